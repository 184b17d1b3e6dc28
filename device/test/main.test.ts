import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { makeDataDir, runBooth, startBooth } from './booth-process.ts';

const photo = await readFile(new URL('../camera/player/astronaut.jpg', import.meta.url));

test('starts, says that it is ready once, tells its health, and stops when asked', async (t) => {
  const booth = await startBooth(t, { DATA_DIR: await makeDataDir(t) });
  const health = (await (await fetch(`${booth.url}/healthz`)).json()) as Record<string, unknown>;
  const { version, ...rest } = health;
  assert.match(String(version), /^\d+\.\d+\.\d+/);
  assert.deepEqual(rest, { status: 'ok', bound: false, network: 'online', photos: 0 });
  booth.process.kill('SIGTERM');
  assert.equal(await booth.ended, 0);
});

test('finishes the photo in hand before it stops', async (t) => {
  const dataDir = await makeDataDir(t);
  const booth = await startBooth(t, { DATA_DIR: dataDir });
  const sent = request(`${booth.url}/api/photos`, {
    method: 'POST',
    headers: { 'Content-Type': 'image/jpeg', 'Content-Length': photo.length },
  });
  const answer = once(sent, 'response') as Promise<[IncomingMessage]>;
  await new Promise((resolve) => sent.write(photo.subarray(0, 1000), resolve));
  // Its answer shows that the server has seen what was sent before it.
  await (await fetch(`${booth.url}/healthz`)).text();
  booth.process.kill('SIGTERM');
  sent.end(photo.subarray(1000));
  const [response] = await answer;
  response.resume();
  assert.equal(response.statusCode, 201);
  assert.equal(await booth.ended, 0);

  const again = await startBooth(t, { DATA_DIR: dataDir });
  const { total } = (await (await fetch(`${again.url}/api/photos`)).json()) as { total: number };
  assert.equal(total, 1);
});

test('without its parent it does not go on', async (t) => {
  const main = new URL('../main.ts', import.meta.url);
  const child = fork(main, {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, BOOTH_PORT: '0', DATA_DIR: await makeDataDir(t) },
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('booth ready')) resolve();
    });
  });
  child.disconnect();
  assert.equal((await exited)[0], 0);
});

const onlyLine = ({ stderr }: { stderr: string }) => {
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  return stderr.trimEnd();
};

test('a taken port: one line that names it, exit code 1', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as { port: number };
  const result = await runBooth({ DATA_DIR: await makeDataDir(t), BOOTH_PORT: String(port) });
  assert.equal(result.code, 1);
  assert.match(onlyLine(result), new RegExp(`^Port ${port} is taken by another program`));
});

test('a folder that cannot be written: one line that names it, exit code 1', async (t) => {
  const file = join(await makeDataDir(t), 'a-file');
  await writeFile(file, '');
  const result = await runBooth({ DATA_DIR: join(file, 'booth') });
  assert.equal(result.code, 1);
  assert.match(onlyLine(result), /^DATA_DIR .*a-file\/booth cannot be written: /);
});

test('a folder that another booth uses: one line, exit code 1', async (t) => {
  const dataDir = await makeDataDir(t);
  await startBooth(t, { DATA_DIR: dataDir });
  const result = await runBooth({ DATA_DIR: dataDir });
  assert.equal(result.code, 1);
  assert.match(onlyLine(result), /is in use by another booth on this machine$/);
});

test('a wrong setting: one line, exit code 1', async () => {
  const result = await runBooth({ PORTAL_URL: 'photos' });
  assert.equal(result.code, 1);
  assert.match(onlyLine(result), /^PORTAL_URL: must be an http or https address/);
});

test('an option that does not exist: one line, exit code 1', async () => {
  const result = await runBooth({}, ['--port', '80']);
  assert.equal(result.code, 1);
  assert.match(onlyLine(result), /--port/);
});

test('only pages of this machine, under its own name, are served', async (t) => {
  const { url } = await startBooth(t, { DATA_DIR: await makeDataDir(t) });
  const statusOf = (headers: Record<string, string>, method = 'GET') =>
    new Promise<number | undefined>((resolve, reject) => {
      request(`${url}/api/skip`, { method, headers }, (res) => {
        res.resume();
        resolve(res.statusCode);
      })
        .on('error', reject)
        .end();
    });
  assert.equal(await statusOf({ Host: 'evil.example' }), 403);
  assert.equal(await statusOf({ Origin: 'http://evil.example' }, 'POST'), 403);
  assert.equal(await statusOf({ Origin: 'null' }, 'POST'), 403);
  assert.equal(await statusOf({ Origin: url }, 'POST'), 204);
  assert.equal(await statusOf({ Origin: url }, 'POST'), 409, 'a second tap means nothing');
});
