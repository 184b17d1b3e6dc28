import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpFetch } from '../sync/http.ts';
import type { TestContext } from './context.ts';

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('what is asked goes out, and what is answered comes back, as with fetch', async (t) => {
  const url = await serve(t, async (req, res) => {
    const body = Buffer.concat(await req.toArray()).toString();
    res.writeHead(201, { 'content-type': 'application/json', date: 'Tue, 14 Jul 2026 15:30:00 GMT' });
    res.end(JSON.stringify({ method: req.method, agent: req.headers['x-asked'], body }));
  });
  const headers = new Headers({ 'x-asked': 'yes' });
  for (const body of ['text', Readable.from([Buffer.from('te'), Buffer.from('xt')])]) {
    const init = { method: 'PUT', headers, body } as unknown as RequestInit;
    const answer = await httpFetch(url, init);
    assert.equal(answer.status, 201);
    assert.equal(answer.ok, true);
    assert.equal(answer.headers.get('date'), 'Tue, 14 Jul 2026 15:30:00 GMT');
    assert.deepEqual(await answer.json(), { method: 'PUT', agent: 'yes', body: 'text' });
  }
  assert.equal(((await (await httpFetch(url)).json()) as { method: string }).method, 'GET');
});

test('a stream is sent under its length, not in chunks, which some proxies of venues refuse', async (t) => {
  const url = await serve(t, (req, res) => {
    res.end(JSON.stringify([req.headers['content-length'], req.headers['transfer-encoding'] ?? null]));
  });
  const init = {
    method: 'PUT',
    headers: { 'content-length': '4' },
    body: Readable.from([Buffer.from('text')]),
  };
  const answer = await httpFetch(url, init as unknown as RequestInit);
  assert.deepEqual(await answer.json(), ['4', null]);
});

test('an answer without a body, a redirect, and a server that is not there', async (t) => {
  const url = await serve(t, (req, res) => {
    res.writeHead(req.url === '/empty' ? 204 : 302, { location: 'http://elsewhere.invalid/' }).end();
  });
  assert.equal((await httpFetch(`${url}empty`)).body, null);
  const redirect = await httpFetch(url);
  assert.deepEqual([redirect.status, redirect.headers.get('location')], [302, 'http://elsewhere.invalid/']);
  await assert.rejects(httpFetch('http://127.0.0.1:9/'), { code: 'ECONNREFUSED' });
});

test('it is broken off by its signal', async (t) => {
  const url = await serve(t, () => undefined); // never answers
  const stop = new AbortController();
  const answer = httpFetch(url, { signal: stop.signal });
  stop.abort(new Error('enough'));
  await assert.rejects(answer, /enough|aborted/i);
});

/** Refuses what was sent, as CouchDB a photograph with a wrong digest, and takes all that comes after it for its body. */
async function serveHasty(t: TestContext): Promise<string> {
  const server = createNetServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', async (head) => {
      const isUpload = head.toString('latin1').startsWith('PUT');
      // Until all of it is on its way: a connection that is still written to is used by nobody else.
      if (isUpload) await sleep(200);
      socket.resume().write(`HTTP/1.1 ${isUpload ? '412 No' : '200 OK'}\r\ncontent-length: 2\r\n\r\n{}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('what comes after an upload that was refused does not wait behind it', {
  timeout: 20_000,
}, async (t) => {
  const url = await serveHasty(t);
  const body = Readable.from([Buffer.alloc(50_000)]);
  const refused = await httpFetch(url, { method: 'PUT', body } as unknown as RequestInit);
  assert.equal(refused.status, 412);
  assert.deepEqual(await refused.json(), {});
  await sleep(100);
  const answer = await httpFetch(url, { signal: AbortSignal.timeout(5_000) });
  assert.deepEqual([answer.status, await answer.json()], [200, {}]);
});
