import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { type Change, type DbUpdate, followChanges, followDbUpdates, pauseMs } from '../changes.ts';
import { openCouch } from '../index.ts';
import { raw, testDatabase, testServer, tidy, uniqueId } from './server.ts';

/** The next so many of a feed. */
async function take<T>(feed: AsyncGenerator<T, void>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = await feed.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

const idsOf = (changes: Change<unknown>[]): string[] => changes.map((change) => change.id);

test('every change with its document, from any sequence on', { timeout: 30_000 }, async (t) => {
  const admin = await testServer(t);
  const couch = openCouch(admin);
  const db = await testDatabase(t, admin);
  const stop = new AbortController();
  t.after(() => stop.abort());
  const follow = (since: string) =>
    followChanges<{ n: number }>({ couch: admin, db, since, signal: stop.signal });

  const { rev } = await couch.put(db, { _id: 'a', n: 1 });
  const [first] = await take(follow('0'), 1);
  assert.deepEqual([first?.id, first?.deleted, first?.doc?.n], ['a', false, 1]);

  const feed = follow(first?.seq ?? '');
  const next = take(feed, 2);
  await couch.put(db, { _id: 'b', n: 2 });
  await couch.remove(db, 'a', rev);
  assert.deepEqual(
    (await next).map(({ id, deleted, doc }) => [id, deleted, doc?.n]),
    [
      ['b', false, 2],
      ['a', true, undefined],
    ],
  );
  const waiting = feed.next();
  stop.abort();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  assert.deepEqual(await follow('0').next(), { done: true, value: undefined });
});

test('a feed comes back from where it was when its connection breaks', { timeout: 30_000 }, async (t) => {
  const admin = await testServer(t);
  const couch = openCouch(admin);
  const db = await testDatabase(t, admin);
  const line = await breakable(admin.url);
  const stop = new AbortController();
  t.after(() => {
    stop.abort();
    line.close();
  });
  await couch.put(db, { _id: 'before' });
  const through = { ...admin, url: line.url };
  const seen: string[] = [];
  const ended = (async () => {
    for await (const { id } of followChanges({ couch: through, db, since: '0', signal: stop.signal })) {
      seen.push(id);
    }
  })();
  await until(() => seen.length === 1);
  for (const round of [1, 2, 3]) {
    line.break();
    await couch.put(db, { _id: `while broken ${round}` });
    line.mend();
    await until(() => seen.length === 2 * round);
    await couch.put(db, { _id: `after ${round}` });
    await until(() => seen.length === 2 * round + 1);
  }
  assert.equal(new Set(seen).size, 7, 'each once');
  stop.abort();
  await ended;
});

test('`now` loses nothing that happens between a break and the first change', {
  timeout: 30_000,
}, async (t) => {
  const admin = await testServer(t);
  const couch = openCouch(admin);
  const db = await testDatabase(t, admin);
  const line = await breakable(admin.url);
  const stop = new AbortController();
  t.after(() => {
    stop.abort();
    line.close();
  });
  await couch.put(db, { _id: 'long ago' });
  const through = { ...admin, url: line.url };
  const feed = followChanges({ couch: through, db, since: 'now', signal: stop.signal });
  const next = take(feed, 1);
  await until(() => line.requests >= 2);
  line.break();
  await couch.put(db, { _id: 'while broken' });
  line.mend();
  assert.deepEqual(idsOf(await next), ['while broken']);
});

test('a feed that falls silent is given up for another', { timeout: 30_000 }, async (t) => {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(new URL(req.url ?? '', 'http://x').searchParams.get('since') ?? '');
    res.writeHead(200);
    res.write(`\n{"seq":"${asked.length}-x","id":"doc","changes":[]}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const couch = { url, username: 'a', password: 'b' };
  const feed = followChanges({ couch, db: 'db', since: '0', signal: stop.signal, heartbeatMs: 100 });
  assert.deepEqual(
    (await take(feed, 3)).map((change) => change.seq),
    ['1-x', '2-x', '3-x'],
  );
  assert.deepEqual(asked, ['0', '1-x', '2-x']);
  stop.abort();
  await feed.next();
});

test('what will not come back is thrown', async (t) => {
  const admin = await testServer(t);
  const { signal } = new AbortController();
  const gone = followChanges({ couch: admin, db: `test-${uniqueId()}`, since: '0', signal });
  await assert.rejects(gone.next(), { code: 'NOT_FOUND' });
  const stranger = { ...admin, username: `test-${uniqueId()}`, password: 'x' };
  await assert.rejects(followDbUpdates({ couch: stranger, signal }).next(), { code: 'UNAUTHORIZED' });
});

test('one feed tells of all databases', { timeout: 30_000 }, async (t) => {
  const admin = await testServer(t);
  if ((await raw(admin, 'GET', '_db_updates?limit=1')).status === 404)
    await raw(admin, 'PUT', '_global_changes');
  const stop = new AbortController();
  t.after(() => stop.abort());
  const db = `test-${uniqueId()}`;
  tidy(t, () => raw(admin, 'DELETE', db));
  const seen: DbUpdate['type'][] = [];
  const line = await breakable(admin.url);
  t.after(() => line.close());
  const ended = (async () => {
    const couch = { ...admin, url: line.url };
    for await (const update of followDbUpdates({ couch, signal: stop.signal })) {
      if (update.db === db) seen.push(update.type);
    }
  })();
  await until(() => line.requests >= 2);
  await raw(admin, 'PUT', db);
  await until(() => seen.includes('created'));
  await openCouch(admin).put(db, { _id: 'a' });
  await until(() => seen.includes('updated'));
  await raw(admin, 'DELETE', db);
  await until(() => seen.includes('deleted'));
  stop.abort();
  await ended;
});

test('pauses grow to a cap, with full jitter', () => {
  assert.equal(pauseMs(1, 0), 0);
  assert.equal(pauseMs(1, 1), 500);
  assert.equal(pauseMs(2, 0.5), 500);
  assert.equal(pauseMs(50, 1), 15_000);
});

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`never: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A TCP connection to the server that can be broken and mended. */
async function breakable(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isBroken = false;
  let requests = 0;
  const server = createTcpServer((near) => {
    if (isBroken) return void near.destroy();
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
    near.on('data', (bytes) => {
      requests += bytes.toString().split('GET /').length - 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = () => {
    isBroken = true;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    break: breakAll,
    mend: () => {
      isBroken = false;
    },
    close: () => {
      breakAll();
      server.close();
    },
  };
}
