import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import express, { type ErrorRequestHandler } from 'express';
import { createWebServer, formDeadline } from '../web/web-server.ts';
import { startStack } from './stack.ts';

/** A server of an app that reads forms, with deadlines that a test can wait for. */
async function listening(t: TestContext, ms: { headers: number; form: number }) {
  const app = express();
  app.use(formDeadline(ms.form));
  app.use(express.urlencoded({ extended: false }));
  app.use((_req, res) => void res.send('read'));
  app.use(((_error, _req, res, _next) => void res.destroy()) satisfies ErrorRequestHandler);
  const server = createWebServer(app, { headersMs: ms.headers, requestMs: 60_000, everyMs: 20 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { server, port };
}

const LONG_MS = 60_000;

test('headers that do not end are waited for so long and no longer', { timeout: 10_000 }, async (t) => {
  const { port } = await listening(t, { headers: 100, form: LONG_MS });
  const slow = connect(port, '127.0.0.1');
  slow.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  assert.match(await text(slow), /^HTTP\/1\.1 408 /);
});

test('so is a form', { timeout: 10_000 }, async (t) => {
  const { port } = await listening(t, { headers: LONG_MS, form: 100 });
  const slow = connect(port, '127.0.0.1');
  slow.on('error', () => undefined);
  slow.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n');
  slow.write('Content-Length: 1000\r\n\r\nname=');
  await once(slow, 'close');
});

test('so is each form of the portal, for two minutes', { timeout: 30_000 }, async (t) => {
  const { setTimeout } = globalThis;
  const sooner = (done: () => void, ms = 0, ...args: []) =>
    setTimeout(done, ms === 2 * LONG_MS ? 100 : ms, ...args);
  t.mock.method(globalThis, 'setTimeout', sooner as typeof setTimeout);
  const { port } = (await startStack(t)).portal;
  const slow = connect(port, 'localhost');
  slow.on('error', () => undefined);
  slow.write('POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n');
  slow.write('Content-Length: 1000\r\n\r\nemail=');
  await once(slow, 'close');
});

test('unless told otherwise, headers have half a minute, and a whole request a quarter of an hour', () => {
  const server = createWebServer(() => undefined);
  assert.ok(server.headersTimeout > 0 && server.headersTimeout <= 30_000);
  assert.ok(server.requestTimeout > 0 && server.requestTimeout <= 15 * LONG_MS);
});

test('one that is there is answered, and its connection goes on', async (t) => {
  const { port, server } = await listening(t, { headers: LONG_MS, form: LONG_MS });
  t.after(() => server.closeAllConnections());
  for (const name of ['a', 'b']) {
    const body = new URLSearchParams({ name });
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body });
    assert.equal(await answer.text(), 'read');
  }
});

test('more headers than a browser sends are refused', async (t) => {
  const { port, server } = await listening(t, { headers: LONG_MS, form: LONG_MS });
  t.after(() => server.closeAllConnections());
  const answer = await fetch(`http://127.0.0.1:${port}`, { headers: { 'X-Much': 'x'.repeat(20_000) } });
  assert.equal(answer.status, 431);
});

test('a connection is kept for longer than a proxy in front keeps it', async (t) => {
  const { port, server } = await listening(t, { headers: LONG_MS, form: LONG_MS });
  t.after(() => server.closeAllConnections());
  const answer = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    body: new URLSearchParams({ a: 'b' }),
  });
  const [, seconds] = /timeout=(\d+)/.exec(answer.headers.get('keep-alive') ?? '') ?? [];
  assert.ok(Number(seconds) > 60, `kept for ${seconds} s`);
});
