import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLine } from '../sync/line.ts';
import type { TestContext } from './context.ts';

const STALL_MS = 1_000;

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const open = (signal = new AbortController().signal) => openLine({ fetch, signal, stallMs: STALL_MS });
const upload = (body: Readable) => ({ method: 'PUT', body, duplex: 'half' }) as unknown as RequestInit;

test('an answer passes as it is', async (t) => {
  const url = await serve(t, (_req, res) =>
    res.writeHead(404, { 'content-type': 'application/json' }).end('{"a":1}'),
  );
  const line = open();
  const answer = await line.fetch(url);
  assert.deepEqual([answer.status, await answer.json()], [404, { a: 1 }]);
  assert.equal(line.trouble(), undefined);
});

test('a slow upload that moves is let go on; its bytes arrive', async (t) => {
  let got = 0;
  const url = await serve(t, (req, res) => {
    req.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    req.on('end', () => res.end('{}'));
  });
  async function* slow() {
    for (let i = 0; i < 5; i += 1) {
      await sleep(STALL_MS / 2);
      yield Buffer.alloc(1000);
    }
  }
  assert.equal((await open().fetch(url, upload(Readable.from(slow())))).status, 200);
  assert.equal(got, 5000);
});

test('an upload that stops moving, and an answer that does not end, cost one deadline', async (t) => {
  const url = await serve(t, (req, res) => {
    if (req.method === 'PUT') return; // reads nothing, says nothing
    res.writeHead(200).write('{"half":');
  });
  const stalls = [upload(Readable.from([Buffer.alloc(10)])), {}];
  for (const init of stalls) {
    const line = open();
    const started = performance.now();
    await assert.rejects(line.fetch(url, init));
    assert.ok(performance.now() - started < 10 * STALL_MS);
    assert.deepEqual(line.trouble(), { kind: 'offline', reason: 'no answer' });
  }
});

test('a slow answer that moves is let go on; one that never comes to its end is not', async (t) => {
  const url = await serve(t, (req, res) => {
    const pieces = req.url === '/endless' ? 1_000_000 : 5;
    const send = async () => {
      for (let i = 0; i < pieces && !res.destroyed; i += 1) {
        res.write(' ');
        await sleep(STALL_MS / 2);
      }
      res.end('{}');
    };
    void send();
  });
  assert.equal((await open().fetch(url)).status, 200);
  const line = open();
  await assert.rejects(line.fetch(`${url}/endless`));
  assert.deepEqual(line.trouble(), { kind: 'offline', reason: 'no answer' });
});

test('uploads that share a slow line wait for each other', async (t) => {
  const [uploads, bytes] = [4, 4_000];
  const answers: (() => void)[] = [];
  const url = await serve(t, (req, res) => {
    req.resume().once('end', () => answers.push(() => res.end('{}')));
  });
  const line = open();
  const sent = Array.from({ length: uploads }, () =>
    line.fetch(url, upload(Readable.from([Buffer.alloc(bytes)]))),
  );
  await sleep(((uploads - 1) * bytes) / 8); // at 64 kbit/s the last one is not there yet
  for (const answer of answers) answer();
  assert.deepEqual(
    (await Promise.all(sent)).map(({ status }) => status),
    [200, 200, 200, 200],
  );
});

test('nobody sends a document elsewhere, and a page says who answers in place of the server', async (t) => {
  let followed = 0;
  const portal = await serve(t, (_req, res) => {
    followed += 1;
    res.end('{}');
  });
  const url = await serve(t, (req, res) => {
    const status = Number(req.url?.slice(1));
    res
      .writeHead(status, status === 302 ? { location: `${portal}/login` } : { 'content-type': 'text/html' })
      .end();
  });
  for (const [status, kind] of [
    [302, 'login-page'],
    [200, 'login-page'],
    [403, 'login-page'],
    [401, 'login-page'],
    [511, 'login-page'],
    [500, 'busy'],
    [503, 'busy'],
  ] as const) {
    const line = open();
    await assert.rejects(line.fetch(`${url}/${status}`, upload(Readable.from([Buffer.alloc(10)]))));
    assert.equal(line.trouble()?.kind, kind, `${status}`);
  }
  assert.equal(followed, 0);
});

test('what is too large for a proxy is the matter of one document', async (t) => {
  const url = await serve(t, (_req, res) =>
    res.writeHead(413, { 'content-type': 'text/html' }).end('<html>'),
  );
  const line = open();
  const answer = await line.fetch(url);
  assert.deepEqual([answer.status, ((await answer.json()) as { error: string }).error], [413, 'too_large']);
  assert.equal(line.trouble(), undefined);
});

test('an answer that was cut and looks whole is no answer', async (t) => {
  const url = await serve(t, (_req, res) =>
    res.setHeader('content-type', 'application/json').end('{"rows":[{"id'),
  );
  const line = open();
  await assert.rejects(line.fetch(url));
  assert.deepEqual(line.trouble(), { kind: 'offline', reason: 'an answer was cut short' });
});

test('after the first trouble nothing more is tried', async (t) => {
  let asked = 0;
  const url = await serve(t, (_req, res) => {
    asked += 1;
    res.writeHead(401).end('{}');
  });
  const line = open();
  await assert.rejects(line.fetch(url));
  await assert.rejects(line.fetch(url));
  assert.equal(asked, 1);
  assert.deepEqual(line.trouble(), { kind: 'unauthorized' });
});

test('a stop is no trouble of the line', async (t) => {
  const url = await serve(t, () => undefined);
  const stopping = new AbortController();
  const line = open(stopping.signal);
  const request = line.fetch(url);
  stopping.abort();
  await assert.rejects(request);
  assert.equal(line.trouble(), undefined);
});

test('a server that is away is told by its code', async () => {
  const line = open();
  await assert.rejects(line.fetch('http://127.0.0.1:1/'));
  assert.equal(line.trouble()?.kind, 'offline');
});
