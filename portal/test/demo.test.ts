import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openVisitor } from './browser.ts';
import { runProgram } from './processes.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function environment(
  t: TestContext,
): Promise<Record<'DATA_DIR' | 'PORTAL_PORT' | 'BOOTH_PORT' | 'COUCH_PORT', string>> {
  return {
    DATA_DIR: join(await temporaryFolder(t), 'data'),
    PORTAL_PORT: String(await freePort()),
    BOOTH_PORT: String(await freePort()),
    COUCH_PORT: '0',
  };
}

/** Nobody answers there any more. */
async function assertGone(...ports: string[]): Promise<void> {
  for (const port of ports) await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`), port);
}

test('npm start: logins once, both programs well, and all of it ends in order', async (t) => {
  const env = await environment(t);
  const first = runProgram(t, { file: 'demo.ts', env: { ...env, LC_ALL: 'en_GB.UTF-8' } });
  await first.says(/Ctrl-C stops everything/);
  const logins = [...first.out().matchAll(/^Log in as (\w+): (\S+) +password: (\S+)$/gm)];
  assert.deepEqual(
    logins.map(([, role]) => role),
    ['operator', 'customer'],
  );
  for (const [, , email = '', password = ''] of logins) {
    const visitor = openVisitor({ url: `http://localhost:${env.PORTAL_PORT}` });
    await visitor.login({ email, password });
    const page = await visitor.get('/', { 'Accept-Language': 'fr' });
    assert.equal(page.headers.get('content-language'), 'en', "the account's, from the terminal");
  }
  assert.match(first.out(), new RegExp(`Booth +http://localhost:${env.BOOTH_PORT}`));
  assert.equal((await fetch(`http://localhost:${env.BOOTH_PORT}/healthz`)).status, 200);

  const begin = performance.now();
  first.process.kill('SIGINT');
  assert.equal(await first.ended, 0);
  assert.ok(performance.now() - begin < 5000, `${performance.now() - begin} ms`);
  assert.equal(first.err(), '');
  await assertGone(env.PORTAL_PORT, env.BOOTH_PORT);

  const second = runProgram(t, { file: 'demo.ts', env });
  await second.says(/Ctrl-C stops everything/);
  assert.doesNotMatch(second.out(), /^Log in as/m);
  assert.match(second.out(), /logins were shown at the first start.*set-password/s);
  const [, , email = '', password = ''] = logins[1] ?? [];
  await openVisitor({ url: `http://localhost:${env.PORTAL_PORT}` }).login({ email, password });

  // Killed, it cannot stop anything; the programs notice by themselves.
  second.process.kill('SIGKILL');
  await second.ended;
  const deadline = Date.now() + 10_000;
  const answers = () =>
    fetch(`http://127.0.0.1:${env.PORTAL_PORT}/healthz`).then(
      () => true,
      () => false,
    );
  while ((await answers()) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
  await assertGone(env.PORTAL_PORT, env.BOOTH_PORT);
});

test('npm start: when one program cannot start, that is said in a line and the other ends too', async (t) => {
  const env = await environment(t);
  const server = createServer((_req, res) => res.writeHead(500).end());
  await new Promise<void>((resolve) => server.listen(Number(env.BOOTH_PORT), '127.0.0.1', resolve));
  t.after(() => server.close());
  const program = runProgram(t, { file: 'demo.ts', env });
  assert.equal(await program.ended, 1);
  assert.match(program.err(), new RegExp(`^booth: .*${env.BOOTH_PORT}`, 'm'));
  assert.doesNotMatch(program.err(), /\n\s+at /);
  await assertGone(env.PORTAL_PORT);
});
