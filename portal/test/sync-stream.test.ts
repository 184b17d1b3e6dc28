import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import express from 'express';
import { pino } from 'pino';
import { createSyncProxy } from '../sync/proxy.ts';
import { eventually } from './eventually.ts';

const arrivals = { before: async () => undefined, after: async () => undefined };

/** A stand-in for a CouchDB that misbehaves in ways a true one cannot be asked to. */
async function proxyBefore(
  t: TestContext,
  behaviour: (req: IncomingMessage, res: ServerResponse) => void | Promise<void>,
  idleMs = 300,
) {
  const upstream = createServer((req, res) => {
    if (req.url === '/_session') return void res.end('{"ok":true}');
    void behaviour(req, res);
  });
  const app = express();
  const listen = (server: ReturnType<typeof createServer>) =>
    new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    );
  const couchUrl = `http://127.0.0.1:${await listen(upstream)}`;
  const proxy = createSyncProxy({ couchUrl, arrivals, log: pino({ level: 'silent' }), idleMs });
  app.use('/couch', proxy.handler);
  const front = createServer(app);
  const port = await listen(front);
  t.after(async () => {
    await proxy.stop();
    for (const server of [front, upstream]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  return { upstream, url: `http://127.0.0.1:${port}/couch` };
}
const booth = 'a'.repeat(24);
const authorization = `Basic ${Buffer.from(`booth-${booth}:key`).toString('base64')}`;

test('only the headers that replication needs go up, and come down', async (t) => {
  let seen: NodeJS.Dict<string | string[]> = {};
  const { url } = await proxyBefore(t, (req, res) => {
    seen = req.headers;
    res
      .setHeader('set-cookie', 'AuthSession=x')
      .setHeader('server', 'CouchDB')
      .setHeader('etag', '"1"')
      .end('{}');
  });
  const answer = await fetch(`${url}/booth-${booth}/settings`, {
    headers: {
      authorization,
      cookie: 'a=b',
      'x-forwarded-for': '6.6.6.6',
      'x-auth-couchdb-username': 'admin',
      'if-match': '"1"',
      accept: 'application/json',
    },
  });
  assert.deepEqual(Object.keys(seen).sort(), [
    'accept',
    'authorization',
    'connection',
    'host',
    'if-match',
    'x-forwarded-for',
  ]);
  assert.notEqual(seen['x-forwarded-for'], '6.6.6.6');
  assert.equal(answer.headers.get('set-cookie'), null);
  assert.equal(answer.headers.get('server'), null);
  assert.equal(answer.headers.get('etag'), '"1"');
});

test('what is uploaded has a connection to CouchDB that nothing comes after, should it be refused half-read', async (t) => {
  const seen: (string | undefined)[] = [];
  const { url } = await proxyBefore(t, async (req, res) => {
    seen.push(req.headers.connection);
    await text(req);
    res.end('{}');
  });
  const headers = { authorization, 'content-type': 'application/json' };
  const upload = { method: 'PUT', headers, body: '{}' };
  assert.equal((await fetch(`${url}/event-${booth}/photo?new_edits=false`, upload)).status, 200);
  assert.equal((await fetch(`${url}/booth-${booth}`, { headers })).status, 200);
  assert.deepEqual(seen, ['close', 'keep-alive']);
});

test('CouchDB being down is 503 and when to come back', async (t) => {
  const { upstream, url } = await proxyBefore(t, (_req, res) => void res.end('{}'));
  const ask = () => fetch(`${url}/booth-${booth}`, { headers: { authorization } });
  assert.equal((await ask()).status, 200);
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  const answer = await ask();
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '30');
});

test('a CouchDB that stalls is given up: before its answer with 503, within it by cutting it off', async (t) => {
  const { url } = await proxyBefore(t, (req, res) => {
    if (req.url?.endsWith('/settings')) res.write('{"half":');
  });
  assert.equal((await fetch(`${url}/booth-${booth}`, { headers: { authorization } })).status, 503);
  const half = await fetch(`${url}/booth-${booth}/settings`, { headers: { authorization } });
  await assert.rejects(half.text());
});

test('what arrives is passed on before the rest has come, both ways', async (t) => {
  let firstUp = '';
  const { url } = await proxyBefore(
    t,
    (req, res) => {
      req.once('data', (chunk: Buffer) => {
        firstUp = chunk.toString();
        res.write('first down');
        req.on('end', () => res.end());
        req.resume();
      });
    },
    5_000,
  );
  const call = request(`${url}/booth-${booth}/_bulk_docs`, { method: 'POST', headers: { authorization } });
  call.write('first up');
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve) =>
    call.once('response', resolve),
  );
  const [chunk] = (await new Promise<[Buffer]>((resolve) =>
    answer.once('data', (data) => resolve([data])),
  )) as [Buffer];
  assert.equal(firstUp, 'first up');
  assert.equal(chunk.toString(), 'first down');
  call.end();
  await once(answer.resume(), 'end');
});

test('a booth that goes away ends the request to CouchDB', async (t) => {
  let isUpstreamClosed = false;
  let hasArrived = false;
  const { url } = await proxyBefore(
    t,
    (req, _res) => {
      hasArrived = true;
      req.socket.once('close', () => {
        isUpstreamClosed = true;
      });
    },
    60_000,
  );
  const gone = new AbortController();
  const answer = fetch(`${url}/booth-${booth}/_changes?feed=longpoll`, {
    headers: { authorization },
    signal: gone.signal,
  });
  await eventually('the request upstream', async () => hasArrived);
  gone.abort();
  await assert.rejects(answer);
  await eventually('the end of the request upstream', async () => isUpstreamClosed);
});

test('a booth that stops in the middle of sending does not hold CouchDB', async (t) => {
  let isUpstreamClosed = false;
  const { url } = await proxyBefore(t, (req) => {
    req.socket.once('close', () => {
      isUpstreamClosed = true;
    });
  });
  const call = request(`${url}/event-${booth}/_bulk_docs`, {
    method: 'POST',
    headers: { authorization, 'content-length': 1000 },
  });
  call.on('error', () => {});
  call.write('{"docs":[');
  await eventually('the end of the request upstream', async () => isUpstreamClosed);
  call.destroy();
});

test('of the body of _all_docs only its keys go up', async (t) => {
  let sent = '';
  const { url } = await proxyBefore(t, async (req, res) => {
    sent = await text(req);
    res.end('{"rows":[]}');
  });
  const ask = (body: string) =>
    fetch(`${url}/event-${booth}/_all_docs?include_docs=true`, {
      method: 'POST',
      headers: { authorization },
      body,
    });
  // A true CouchDB takes options from the body as well, and gives the bytes of every attachment.
  await ask('{"keys":["a"],"attachments":true,"include_docs":true}');
  assert.equal(sent, '{"keys":["a"]}');
  for (const body of ['', 'null', '[]', '{}', '{"keys":"a"}', '{"keys":[1]}', '{"queries":[{}]}']) {
    assert.equal((await ask(body)).status, 400, body);
  }
});
