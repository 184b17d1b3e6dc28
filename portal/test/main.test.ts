import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Running, runProgram } from './processes.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function environment(t: TestContext): Promise<Record<string, string>> {
  return { DATA_DIR: join(await temporaryFolder(t), 'portal'), PORTAL_PORT: '0', COUCH_PORT: '0' };
}

/** One line on stderr, exit code 1, no stack. */
async function assertRefuses(program: Running, line: RegExp): Promise<void> {
  assert.equal(await program.ended, 1);
  assert.match(program.err(), line);
  assert.equal(program.err().trimEnd().split('\n').length, 1, program.err());
  assert.doesNotMatch(program.err(), /\n\s+at /);
}

async function takenPort(t: TestContext, answer = (_body: string): string => ''): Promise<number> {
  const server = createServer((_req, res) =>
    res.writeHead(401, { 'Content-Type': 'application/json' }).end(answer('')),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('starts, says that it is ready, is healthy, keeps its data, and stops when asked', async (t) => {
  const env = await environment(t);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const program = runProgram(t, { file: 'main.ts', env });
    const [, port] = await program.says(/"port":(\d+).*"portal ready"/);
    const res = await fetch(`http://127.0.0.1:${port}/healthz`);
    assert.equal(res.status, 200);
    const health = (await res.json()) as { status: string; version: string; couch: Record<string, unknown> };
    assert.equal(health.status, 'ok');
    assert.match(health.version, /^\d+\.\d+\.\d+$/);
    assert.equal(health.couch.embedded, true);
    assert.equal(typeof health.couch.vendor, 'string');
    program.process.kill(signal);
    assert.equal(await program.ended, 0);
    assert.equal(program.err(), '');
    assert.doesNotMatch(program.out(), /password/i);
  }
});

test('a child stops when its parent is gone', async (t) => {
  const program = runProgram(t, { file: 'main.ts', env: await environment(t), ipc: true });
  await program.says(/portal ready/);
  program.process.disconnect();
  assert.equal(await program.ended, 0);
});

test('a taken port', async (t) => {
  const port = await takenPort(t);
  const env = { ...(await environment(t)), PORTAL_PORT: String(port) };
  await assertRefuses(
    runProgram(t, { file: 'main.ts', env }),
    new RegExp(`^Port ${port} is taken.*PORTAL_PORT=`),
  );
});

test('a taken port of the embedded CouchDB', async (t) => {
  const port = await takenPort(t);
  const env = { ...(await environment(t)), COUCH_PORT: String(port) };
  await assertRefuses(
    runProgram(t, { file: 'main.ts', env }),
    new RegExp(`^Port ${port} is taken.*COUCH_PORT=`),
  );
});

test('a folder that cannot be written', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, '');
  const env = { ...(await environment(t)), DATA_DIR: join(file, 'portal') };
  await assertRefuses(runProgram(t, { file: 'main.ts', env }), /^DATA_DIR .* cannot be written/);
});

test('a COUCH_URL where nobody answers', async (t) => {
  const env = { ...(await environment(t)), COUCH_URL: 'http://admin:very-secret@127.0.0.1:9' };
  const program = runProgram(t, { file: 'main.ts', env });
  await assertRefuses(program, /^COUCH_URL http:\/\/127\.0\.0\.1:9 does not answer/);
  assert.doesNotMatch(program.err() + program.out(), /very-secret/);
});

test('a COUCH_URL with a wrong password', async (t) => {
  const port = await takenPort(t, () => '{"error":"unauthorized","reason":"Name or password is incorrect."}');
  const env = { ...(await environment(t)), COUCH_URL: `http://admin:wrong@127.0.0.1:${port}` };
  await assertRefuses(runProgram(t, { file: 'main.ts', env }), /refuses the name or the password/);
});

test('a configuration with mistakes: a line each', async (t) => {
  const env = { ...(await environment(t)), PORTAL_PORT: 'x', LOG_LEVEL: 'y' };
  const program = runProgram(t, { file: 'main.ts', env });
  assert.equal(await program.ended, 1);
  assert.match(program.err(), /^PORTAL_PORT: .*\nLOG_LEVEL: .*\n$/);
});

test('a folder that another portal uses', async (t) => {
  const env = await environment(t);
  const first = runProgram(t, { file: 'main.ts', env });
  await first.says(/portal ready/);
  await assertRefuses(runProgram(t, { file: 'main.ts', env }), /^DATA_DIR .* is used by another/);
});
