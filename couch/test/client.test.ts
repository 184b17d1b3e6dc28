import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CouchAddress, CouchError, openCouch } from '../index.ts';
import { openRequests } from '../request.ts';
import { embeddedServer, testDatabase, testServer, uniqueId } from './server.ts';

const textOf = async (body: Readable): Promise<string> => {
  let text = '';
  for await (const chunk of body) text += String(chunk);
  return text;
};
const withCode =
  (...codes: CouchError['code'][]) =>
  (error: unknown) =>
    error instanceof CouchError && codes.includes(error.code);

test('documents, ranges, views and changes', async (t) => {
  const admin = await testServer(t);
  const couch = openCouch(admin);
  const db = await testDatabase(t, admin);

  await t.test('a document is written, read, changed and removed', async () => {
    assert.equal(await couch.get(db, 'a:b/é'), undefined);
    const { rev } = await couch.put(db, { _id: 'a:b/é', n: 1 });
    assert.deepEqual(await couch.get(db, 'a:b/é'), { _id: 'a:b/é', _rev: rev, n: 1 });
    await assert.rejects(couch.put(db, { _id: 'a:b/é', n: 2 }), withCode('CONFLICT'));
    const second = await couch.put(db, { _id: 'a:b/é', _rev: rev, n: 2 });
    await assert.rejects(couch.remove(db, 'a:b/é', rev), withCode('CONFLICT'));
    await couch.remove(db, 'a:b/é', second.rev);
    await couch.remove(db, 'a:b/é', second.rev);
    await couch.remove(db, 'never-there', '1-0123456789abcdef0123456789abcdef');
    assert.equal(await couch.get(db, 'a:b/é'), undefined);
  });

  await t.test('of updates at the same time, none is lost', async () => {
    const add = () =>
      couch.update<{ _id: string; n: number }>(db, 'counter', (doc) => ({
        _id: 'counter',
        n: (doc?.n ?? 0) + 1,
      }));
    await Promise.all([add(), add(), add(), add()]);
    assert.equal((await couch.get<{ n: number }>(db, 'counter'))?.n, 4);
    const left = await couch.update(db, 'counter', () => undefined);
    assert.equal((left as { n?: number } | undefined)?.n, 4);
    assert.equal(await couch.update(db, 'nothing', () => undefined), undefined);
  });

  await t.test('many by id, and ranges', async () => {
    for (const n of [1, 2, 3]) await couch.put(db, { _id: `row:${n}`, n });
    const many = await couch.getMany<{ n: number }>(db, ['row:3', 'row:9', 'row:1']);
    assert.deepEqual(
      many.map((doc) => doc?.n),
      [3, undefined, 1],
    );
    assert.deepEqual(await couch.getMany(db, []), []);
    const between = { startkey: 'row:', endkey: 'row:\ufff0' };
    const idsOf = async (options: Parameters<typeof couch.range>[1]) =>
      (await couch.range(db, options)).map((doc) => doc._id);
    assert.deepEqual(await idsOf({ ...between, limit: 2 }), ['row:1', 'row:2']);
    assert.deepEqual(await idsOf({ startkey: 'row:2', endkey: 'row:', descending: true, limit: 9 }), [
      'row:2',
      'row:1',
    ]);
    await assert.rejects(couch.range(db, { limit: 1001 }), RangeError);
    assert.deepEqual(await couch.ids(db, { ...between, limit: 2 }), ['row:1', 'row:2']);
    await assert.rejects(couch.ids(db, { limit: 1001 }), RangeError);
  });

  await t.test('many are written at once, each by itself', async (t) => {
    const other = await testDatabase(t, admin);
    const { rev } = await couch.put(other, { _id: 'many:1', n: 1 });
    const docs = [{ _id: 'many:1', _rev: rev, n: 2 }, { _id: 'many:1', n: 3 }, { _id: 'many:2' }];
    const fared = await couch.putMany(other, docs);
    assert.deepEqual(
      fared.map((one) => ('rev' in one ? one.rev.split('-')[0] : one.error.code)),
      ['2', 'CONFLICT', '1'],
    );
    assert.equal((await couch.get<{ n: number }>(other, 'many:1'))?.n, 2);
    assert.deepEqual(await couch.putMany(other, []), []);
  });

  await t.test('views by key, by range, with documents', async () => {
    const map = '(function (doc) { if (doc.n) emit([doc._id.slice(0, 3), doc.n], doc.n * 2); })';
    await couch.put(db, { _id: '_design/rows', language: 'javascript', views: { rows: { map } } });
    const { totalRows, rows } = await couch.view<{ n: number }>(db, 'rows', 'rows', {
      startkey: ['row', 2],
      endkey: ['row', {}],
      includeDocs: true,
    });
    assert.equal(totalRows, 4);
    assert.deepEqual(
      rows.map(({ id, key, value, doc }) => [id, key, value, doc?.n]),
      [
        ['row:2', ['row', 2], 4, 2],
        ['row:3', ['row', 3], 6, 3],
      ],
    );
    const one = await couch.view(db, 'rows', 'rows', { key: ['row', 1] });
    assert.deepEqual(one.rows, [{ id: 'row:1', key: ['row', 1], value: 2 }]);
    const last = await couch.view(db, 'rows', 'rows', { descending: true, limit: 1 });
    assert.deepEqual(
      last.rows.map((row) => row.id),
      ['row:3'],
    );
  });

  await t.test('changes by pages', async () => {
    const info = await couch.info(db);
    assert.ok(info && info.docCount >= 4);
    const first = await couch.changes(db, { since: '0', limit: 1 });
    assert.ok(first.pending > 0);
    const rest = await couch.changes<{ n: number }>(db, { since: first.lastSeq, limit: 1000 });
    assert.equal(rest.pending, 0);
    assert.ok(rest.docs.some((doc) => doc._id === 'row:3' && doc.n === 3));
    const now = await couch.changes(db, { since: 'now', limit: 10 });
    assert.deepEqual([now.docs, now.deleted], [[], []]);
    const gone = await couch.get(db, 'row:2');
    await couch.remove(db, 'row:2', gone?._rev ?? '');
    assert.deepEqual((await couch.changes(db, { since: now.lastSeq, limit: 10 })).deleted, ['row:2']);
    assert.equal(await couch.info(`test-${uniqueId()}`), undefined);
  });
});

test('a document is added with its attachments as they are read: whole and once, or not at all', async (t) => {
  const admin = await testServer(t);
  const couch = openCouch(admin);
  const db = await testDatabase(t, admin);
  const bytes = Buffer.alloc(3_000_000, 'photomaton ');
  const digest = `md5-${createHash('md5').update(bytes).digest('base64')}`;
  const facts = { content_type: 'image/jpeg', digest, length: bytes.length };
  const doc = (rev: string) => ({
    ...{ _id: 'photo:1', _rev: rev, n: 1 },
    _attachments: { 'a.jpg': facts, 'b.jpg': facts },
  });
  const [first, second] = [`1-${'a'.repeat(32)}`, `1-${'b'.repeat(32)}`];
  const sent = (one = bytes) => ({ 'a.jpg': Readable.from([one]), 'b.jpg': Readable.from([bytes]) });
  const broken = Readable.from(
    (async function* () {
      yield bytes.subarray(0, 100_000);
      throw new Error('the disk broke');
    })(),
  );
  const other = Buffer.alloc(bytes.length, 'x');
  // A CouchDB answers before it has read all, and may hang up before its answer is read.
  await assert.rejects(couch.add(db, doc(first), sent(other)), withCode('REFUSED', 'UNREACHABLE'));
  await assert.rejects(couch.add(db, doc(first), { ...sent(), 'b.jpg': broken }), withCode('UNREACHABLE'));
  assert.equal(await couch.get(db, 'photo:1'), undefined);
  for (const again of [1, 2]) {
    await couch.add(db, doc(first), sent());
    const stored = await couch.get<{ n: number }>(db, 'photo:1');
    assert.deepEqual([stored?._rev, stored?.n], [first, 1], `${again}`);
    assert.equal(stored?._attachments?.['b.jpg']?.digest, digest);
  }
  await couch.remove(db, 'photo:1', first);
  await couch.add(db, doc(first), sent());
  assert.equal(await couch.get(db, 'photo:1'), undefined, 'what was deleted does not come back as it was');
  await couch.add(db, doc(second), sent());
  assert.equal((await couch.get(db, 'photo:1'))?._rev, second);
  const nowhere = openCouch({ ...admin, url: 'http://127.0.0.1:9' });
  await assert.rejects(nowhere.add(db, doc(first), sent()), withCode('UNREACHABLE'));
});

test('what comes after photos that were refused does not wait behind them', async (t) => {
  // As a CouchDB does that knows from the first bytes: it takes all that comes after them for the rest.
  const server = createNetServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', async (head) => {
      const isUpload = head.toString('latin1').startsWith('PUT');
      // Until all of it is on its way: a connection that is still written to is used by nobody else.
      if (isUpload) await sleep(200);
      const status = isUpload ? '412 No' : '404 No';
      socket
        .resume()
        .write(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const couch = openCouch({ url, username: 'a', password: 'b' });
  const bytes = Buffer.alloc(50_000);
  const facts = { content_type: 'image/jpeg', digest: 'md5-x', length: bytes.length };
  const doc = { _id: 'photo:1', _rev: `1-${'a'.repeat(32)}`, _attachments: { 'a.jpg': facts } };
  await assert.rejects(couch.add('db', doc, { 'a.jpg': Readable.from([bytes]) }), withCode('REFUSED'));
  await sleep(100);
  assert.equal(await couch.get('db', 'photo:1'), undefined);
});

test('attachments: whole, in part, unchanged, missing, aborted', async (t) => {
  await attachmentsOf(t, await testServer(t));
});

test('attachments are the same by the door of the embedded server', async (t) => {
  await attachmentsOf(t, await embeddedServer(t, { byDoor: true }));
});

async function attachmentsOf(t: TestContext, admin: CouchAddress): Promise<void> {
  const couch = openCouch(admin);
  const db = await testDatabase(t, admin);
  const bytes = Buffer.alloc(3_000_000, 'photomaton ');
  await couch.put(db, {
    _id: 'photo:1',
    _attachments: {
      'p 1.jpg': { content_type: 'image/jpeg', data: Buffer.from('0123456789').toString('base64') },
      'large.jpg': { content_type: 'image/jpeg', data: bytes.toString('base64') },
    },
  });
  const whole = await couch.attachment(db, 'photo:1', 'p 1.jpg');
  assert.equal(whole?.status, 200);
  assert.equal(whole.headers['content-type'], 'image/jpeg');
  assert.equal(whole.headers['content-length'], '10');
  assert.equal(await textOf(whole.body), '0123456789');
  const part = await couch.attachment(db, 'photo:1', 'p 1.jpg', { range: 'bytes=2-4' });
  assert.equal(part?.status, 206);
  assert.equal(part.headers['content-range'], 'bytes 2-4/10');
  assert.equal(await textOf(part.body), '234');
  const same = await couch.attachment(db, 'photo:1', 'p 1.jpg', { ifNoneMatch: whole.headers.etag });
  assert.equal(same?.status, 304);
  assert.equal(await textOf(same.body), '');
  const beyond = await couch.attachment(db, 'photo:1', 'p 1.jpg', { range: 'bytes=99-' });
  assert.equal(beyond?.status, 416);
  await textOf(beyond.body);
  assert.equal(await couch.attachment(db, 'photo:1', 'none.jpg'), undefined);
  assert.equal(await couch.attachment(db, 'photo:2', 'p 1.jpg'), undefined);
  await assert.rejects(
    openCouch({ ...admin, password: 'wrong' }).attachment(db, 'photo:1', 'p 1.jpg'),
    withCode('UNAUTHORIZED'),
  );

  const stop = new AbortController();
  const large = await couch.attachment(db, 'photo:1', 'large.jpg', { signal: stop.signal });
  assert.ok(large);
  // By the door it is all there at once.
  if (admin.door) return;
  await assert.rejects(async () => {
    for await (const _chunk of large.body) stop.abort();
  });
}

test('a server is known by its version, and says when it does not know us', async (t) => {
  const admin = await testServer(t);
  const { version, vendor } = await openCouch(admin).server();
  assert.match(version, /^3\./);
  assert.notEqual(vendor, '');
  const stranger = { ...admin, username: `test-${uniqueId()}`, password: 'sesame-sesame' };
  await assert.rejects(openCouch(stranger).server(), (error: CouchError) => {
    assert.equal(error.code, 'UNAUTHORIZED');
    assert.equal(error.status, 401);
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error)} ${error.stack}`, /sesame/);
    return true;
  });
  assert.throws(
    () => openCouch({ ...admin, url: 'http://admin:sesame@127.0.0.1:1' }),
    (error: Error) => error instanceof TypeError && !/sesame/.test(error.message),
  );
});

test('silence, nonsense and absence have their own codes', async () => {
  const server = createServer((req, res) => {
    if (req.url === '/html') res.writeHead(200, { 'content-type': 'text/html' }).end('<p>Welcome');
    else if (req.url === '/broken') {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"a":');
      setTimeout(() => res.destroy(), 20);
    } else if (req.url === '/slow') {
      res.writeHead(200, { 'content-type': 'application/json' }).write('{"a":');
    } else if (req.url === '/500') res.writeHead(500).end();
    else if (req.url === '/db/doc' && req.method === 'GET') {
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"_id":"doc","_rev":"1-a"}');
    } else if (req.url === '/db/doc') {
      res
        .writeHead(409, { 'content-type': 'application/json' })
        .end('{"reason":"Document update conflict."}');
    } else if (req.url === '/') res.writeHead(200, { 'content-type': 'application/json' }).end('{"hello":1}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const address = { url, username: 'a', password: 'b' };
  const request = openRequests(address);
  await assert.rejects(request({ path: 'html' }), withCode('UNREACHABLE'));
  await assert.rejects(request({ path: 'broken' }), withCode('UNREACHABLE'));
  await assert.rejects(request({ path: '500' }), withCode('REFUSED'));
  await assert.rejects(request({ path: 'silent', deadlineMs: 50 }), withCode('TIMEOUT'));
  await assert.rejects(request({ path: 'slow', deadlineMs: 50 }), withCode('TIMEOUT'));
  await assert.rejects(openCouch(address).server(), withCode('REFUSED'));
  let tries = 0;
  const unlucky = openCouch(address).update('db', 'doc', () => {
    tries += 1;
    return { _id: 'doc' };
  });
  await assert.rejects(unlucky, withCode('CONFLICT'));
  assert.equal(tries, 8);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(openCouch(address).server(), withCode('UNREACHABLE'));
  await assert.rejects(openCouch(address).attachment('d', 'i', 'n'), withCode('UNREACHABLE'));
});
