import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { basic } from './credentials.ts';

const ROUNDS = 10;
const admin = { username: 'admin', password: 'only-here' };
const headers = { authorization: basic(admin) };

async function start(dir: string): Promise<{ server: ChildProcess; url: string }> {
  const writer = new URL('./embedded-writer.ts', import.meta.url).pathname;
  const server = spawn(process.execPath, ['--import', 'tsx', writer, dir, admin.password], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(server.stdout);
  for await (const url of createInterface(server.stdout)) return { server, url };
  throw new Error('the server did not start');
}

async function kill(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}

/** Writes documents with an attachment, one after the other, until the server is gone; notes what it acknowledged. */
async function write(url: string, db: string, acknowledged: Map<string, string>): Promise<void> {
  while (true) {
    const bytes = randomBytes(20_000);
    const id = randomBytes(8).toString('hex');
    const attachment = { content_type: 'image/jpeg', data: bytes.toString('base64') };
    const body = JSON.stringify({ _attachments: { 'photo.jpg': attachment } });
    try {
      const reply = await fetch(`${url}/${db}/${id}`, { method: 'PUT', headers, body });
      if (reply.status !== 201) throw new Error(`refused with ${reply.status}`);
      acknowledged.set(id, createHash('md5').update(bytes).digest('base64'));
      await reply.arrayBuffer();
    } catch (error) {
      // `fetch` fails with a TypeError when the server was killed: what was not acknowledged may be lost.
      if (error instanceof TypeError) return;
      throw error;
    }
  }
}

test('a killed server has every document that it acknowledged', { timeout: 120_000 }, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-kill-'));
  // Asked for from within, it comes last: by then, whatever works in the folder is closed.
  t.after(() => t.after(() => rm(dir, { recursive: true, force: true })));
  const db = 'written';
  const acknowledged = new Map<string, string>();
  for (let round = 0; round <= ROUNDS; round += 1) {
    const { server, url } = await start(dir);
    t.after(() => kill(server));
    const made = await fetch(`${url}/${db}`, { method: 'PUT', headers });
    assert.equal(made.status, round === 0 ? 201 : 412);

    const rows = await fetch(`${url}/${db}/_all_docs?include_docs=true`, { headers });
    const stored = new Map<string, string>();
    for (const { id, doc } of ((await rows.json()) as { rows: { id: string; doc: Stored }[] }).rows) {
      stored.set(id, doc._attachments['photo.jpg'].digest.slice('md5-'.length));
    }
    for (const [id, digest] of acknowledged) assert.equal(stored.get(id), digest, `round ${round}: ${id}`);
    for (const id of [...acknowledged.keys()].slice(-5)) {
      const bytes = await (await fetch(`${url}/${db}/${id}/photo.jpg`, { headers })).arrayBuffer();
      assert.equal(createHash('md5').update(Buffer.from(bytes)).digest('base64'), acknowledged.get(id));
    }
    if (round === ROUNDS) return kill(server);

    const writing = Promise.all([1, 2, 3].map(() => write(url, db, acknowledged)));
    const before = acknowledged.size;
    while (acknowledged.size < before + 3) await sleep(5); // it is in the middle of writing
    await sleep(Math.random() * 60);
    await kill(server);
    await writing;
  }
});

interface Stored {
  _attachments: { 'photo.jpg': { digest: string } };
}
