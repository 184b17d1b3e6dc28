/** A proxy that does nothing would let every test of chaos pass: each fault, as a plain client meets it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import {
  type AnswerFault,
  duplicated,
  error,
  first,
  fromDocument,
  healthyAnswers,
  ifOver,
  loginRedirect,
  lost,
  page,
  shifted,
  trickle,
  truncated,
  truncatedUnseen,
  where,
} from './answer-faults.ts';
import { certificates } from './certificates.ts';
import { type Chaos, startChaos } from './chaos-proxy.ts';
import type { TestContext } from './context.ts';
import { blackHole, deafBooth, halfOpen, latency, rate, resetAfter, type WireFault } from './wire-faults.ts';

/** Says who asked for what with how much, and counts. */
async function startPlainServer(t: TestContext) {
  const got = { requests: 0, bytes: 0 };
  const server = createServer(async (asked, response) => {
    got.requests += 1;
    let bytes = 0;
    for await (const chunk of asked) bytes += (chunk as Buffer).length;
    got.bytes += bytes;
    const body = JSON.stringify({ method: asked.method, url: asked.url, bytes });
    response.writeHead(asked.method === 'PUT' ? 201 : 200, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

async function start(t: TestContext, faults: { wire?: WireFault; answer?: AnswerFault } = {}) {
  const server = await startPlainServer(t);
  const chaos = await startChaos(t, server.url);
  Object.assign(chaos.faults, faults);
  return { chaos, got: server.got };
}

const PATH = '/event/photo%3A1';
const put = (chaos: Chaos, bytes: number, path = PATH) =>
  fetch(chaos.url + path, { method: 'PUT', body: Buffer.alloc(bytes) });
const answerTo = async (answer: Promise<Response>) => ({
  status: (await answer).status,
  body: await (await answer).text(),
});

/** All that comes on one connection until it ends, or `enough` says so; "" with a connection that stays silent. */
async function rawly(chaos: Chaos, sent: string, isEnough = (_text: string) => false): Promise<string> {
  const socket = connect(Number(new URL(chaos.url).port), '127.0.0.1');
  socket.write(sent);
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (isEnough(text)) break;
  }
  return text;
}
const GET = 'GET /db HTTP/1.1\r\nhost: x\r\n\r\n';

/** A line on which nothing is heard: the client has to give up by itself. */
async function isSilent(request: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  await assert.rejects(request(AbortSignal.timeout(300)), { name: 'TimeoutError' });
}

test('healthy, it carries everything as it is and keeps the books', async (t) => {
  const { chaos } = await start(t);
  const body = JSON.stringify({ method: 'PUT', url: `${PATH}?a=b`, bytes: 300_000 });
  assert.deepEqual(await answerTo(put(chaos, 300_000, `${PATH}?a=b`)), { status: 201, body });
  assert.deepEqual([...chaos.seen.stored], [['photo:1', 1]]);
  assert.deepEqual(chaos.seen.sentAgain, []);
  await put(chaos, 5);
  assert.deepEqual(chaos.seen.sentAgain, ['photo:1']);
  assert.equal(chaos.seen.requests, 2);
});

test('latency: there and back', async (t) => {
  const { chaos } = await start(t, { wire: latency(100) });
  const started = performance.now();
  await put(chaos, 100_000);
  const took = performance.now() - started;
  assert.ok(took >= 195, `${took} ms: each way`);
  assert.ok(took < 5_000, `${took} ms: not each packet`);
});

test('rate: as slow as told, shared by all connections', async (t) => {
  const { chaos } = await start(t, { wire: rate(40_000, ['up']) });
  const started = performance.now();
  await Promise.all([put(chaos, 10_000), put(chaos, 10_000)]);
  assert.ok(performance.now() - started >= 500);
});

test('reset: in the middle of a body, either way', async (t) => {
  const { chaos, got } = await start(t, { wire: resetAfter(20_000, 'up') });
  await assert.rejects(put(chaos, 50_000), (thrown: Error) => codeOf(thrown) === 'ECONNRESET');
  assert.equal(got.bytes, 0, 'the server never saw the end of it');
  assert.equal((await put(chaos, 5_000)).status, 201);
  chaos.faults.wire = resetAfter(10, 'down');
  await assert.rejects(put(chaos, 5_000), (thrown: Error) => codeOf(thrown) === 'ECONNRESET');
});

test('black hole: silence, on a connection that was good before and on a new one', async (t) => {
  const { chaos, got } = await start(t);
  await put(chaos, 5); // leaves a connection open
  chaos.faults.wire = blackHole;
  const asked = got.requests;
  await isSilent((signal) => fetch(chaos.url, { signal }));
  await isSilent((signal) => fetch(chaos.url, { signal }));
  assert.equal(got.requests, asked);
  chaos.heal();
  assert.equal((await put(chaos, 5)).status, 201);
});

test('half-open: the server is gone and nobody says so; deaf: the server hears, and is not heard', async (t) => {
  const { chaos, got } = await start(t, { wire: halfOpen });
  await isSilent((signal) => fetch(chaos.url, { signal }));
  assert.equal(got.requests, 0);
  chaos.faults.wire = deafBooth;
  await isSilent((signal) => fetch(chaos.url, { signal }));
  assert.equal(got.requests, 1);
});

test('errors and pages come in the place of the server', async (t) => {
  const { chaos, got } = await start(t, { answer: error(503, { 'retry-after': '7' }) });
  const busy = await put(chaos, 100_000);
  assert.deepEqual([busy.status, busy.headers.get('retry-after')], [503, '7']);
  chaos.faults.answer = page(200);
  assert.match((await put(chaos, 5)).headers.get('content-type') ?? '', /^text\/html/);
  chaos.faults.answer = loginRedirect;
  assert.equal((await fetch(chaos.url, { redirect: 'manual' })).status, 302);
  assert.match(await (await fetch(chaos.url)).text(), /Hotel/);
  chaos.faults.answer = ifOver(1_000, error(413));
  assert.deepEqual([(await put(chaos, 2_000)).status, (await put(chaos, 900)).status], [413, 201]);
  assert.equal(got.requests, 1);
});

test('truncated: the announced end does not come; unseen: it was announced too early', async (t) => {
  const { chaos, got } = await start(t, { answer: truncated });
  await assert.rejects((await put(chaos, 5)).text(), { message: 'terminated' });
  chaos.faults.answer = truncatedUnseen;
  const text = await (await put(chaos, 5)).text();
  assert.throws(() => JSON.parse(text), SyntaxError);
  assert.equal(got.requests, 2);
});

test('duplicated: the same answer twice; shifted: the answer to the request before', async (t) => {
  const { chaos, got } = await start(t, { answer: duplicated });
  const twice = await rawly(chaos, GET, (text) => text.split('"bytes":0}').length > 2);
  assert.equal(twice.match(/HTTP\/1\.1 200/g)?.length, 2);
  assert.equal(got.requests, 1);
  chaos.faults.answer = shifted();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 }); // one connection, which `fetch` does not promise
  t.after(() => agent.destroy());
  const urls: string[] = [];
  for (const path of ['/a', '/b', '/c']) {
    const [answer] = await once(request(chaos.url + path, { agent }).end(), 'response');
    urls.push((JSON.parse(String(await answer.toArray())) as { url: string }).url);
  }
  assert.deepEqual(urls, ['/a', '/a', '/b']);
});

test('trickle: something always comes, and never the end', async (t) => {
  const { chaos } = await start(t, { answer: trickle(10) });
  const text = await rawly(
    chaos,
    GET,
    (text) => text.split('\r\n\r\n')[1]?.includes('1\r\n \r\n1\r\n ') === true,
  );
  assert.match(text, /200 OK/);
});

test('lost: the server has it, and its answer does not come', async (t) => {
  const { chaos, got } = await start(t, { answer: lost });
  await assert.rejects(put(chaos, 5));
  assert.equal(got.bytes, 5);
  assert.deepEqual([...chaos.seen.stored], [['photo:1', 1]]);
});

test('faults for some requests: the first few, those that are meant, from a document on', async (t) => {
  const { chaos } = await start(t);
  const statuses = async (paths: string[]) => {
    const answers: number[] = [];
    for (const path of paths) answers.push((await put(chaos, 5, path)).status);
    return answers;
  };
  chaos.faults.answer = first(2, error(500));
  assert.deepEqual(await statuses(['/a', '/b', '/c']), [500, 500, 201]);
  chaos.faults.answer = where(({ request }) => request.url === '/b', error(500));
  assert.deepEqual(await statuses(['/a', '/b', '/c']), [201, 500, 201]);
  let deeds = 0;
  chaos.faults.answer = fromDocument(2, error(500), () => {
    deeds += 1;
  });
  assert.deepEqual(await statuses([PATH, '/a', PATH, '/a', PATH]), [201, 201, 500, 500, 500]);
  assert.equal(deeds, 1);
  chaos.faults.answer = healthyAnswers;
  assert.deepEqual(await statuses(['/a']), [201]);
});

test('TLS: a good certificate carries everything, each bad one is refused for its own reason', async (t) => {
  const server = await startPlainServer(t);
  const chaos = await startChaos(t, server.url, { certificate: certificates.good });
  const ask = async () => {
    const request = httpsRequest(chaos.url, { ca: certificates.authority, agent: false }).end();
    const [response] = await once(request, 'response');
    response.resume();
    return response.statusCode;
  };
  assert.equal(await ask(), 200);
  for (const [name, code] of [
    ['expired', 'CERT_HAS_EXPIRED'],
    ['notYet', 'CERT_NOT_YET_VALID'],
    ['otherHost', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ] as const) {
    chaos.setCertificate(certificates[name]);
    await assert.rejects(ask(), { code });
  }
  assert.equal(server.got.requests, 1);
});

function codeOf(thrown: Error): string | undefined {
  const { cause } = thrown as { cause?: { code?: string; cause?: { code?: string } } };
  return cause?.code;
}
