import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CouchAddress } from '@photomaton/couch';
import { openLevelDb } from '@photomaton/couch/leveldb';
import { multipartBody } from '@photomaton/couch/multipart-body';
import PouchDB from 'pouchdb';
import { openLine } from '../sync/line.ts';
import { type ReadAttachment, readLater, writeAsMultipart } from '../sync/multipart.ts';
import { hex24, type TestContext, tempFolder } from './context.ts';
import { deleteDatabase, startServer } from './site.ts';

const OPTIONS = { batch_size: 3, batches_limit: 1, retry: false } as const;

async function makeDatabase(
  t: TestContext,
  { url, username, password }: CouchAddress,
  fetch?: typeof globalThis.fetch,
) {
  const name = `test-${hex24()}`;
  // An embedded server goes with its folder.
  if (process.env.COUCH_URL) t.after(() => deleteDatabase({ url, username, password }, name));
  const db = new PouchDB(`${url}/${name}`, { auth: { username, password }, ...(fetch ? { fetch } : {}) });
  await db.info(); // makes it
  return db;
}

const attachment = (data: Buffer, content_type = 'image/jpeg') => ({ content_type, data });

/** Documents of every kind that replication can meet, with histories. */
async function makeSource(t: TestContext) {
  const db = await openLevelDb(join(await tempFolder(t), 'source'));
  t.after(() => db.close());
  for (let i = 0; i < 7; i += 1) {
    await db.put({
      _id: `photo:${i}`,
      n: i,
      _attachments: { 'photo.jpg': attachment(randomBytes(70_000 + i)) },
    } as object);
  }
  const pictures = {
    'b é.jpg': attachment(randomBytes(10)),
    'a.txt': attachment(Buffer.from('text'), 'text/plain'),
  };
  const { rev } = await db.put({ _id: 'two/attachments', title: 'É', _attachments: pictures } as object);
  await db.put({ ...(await db.get('two/attachments')), _rev: rev, title: 'changed' } as object);
  await db.put({ _id: 'plain', text: 'no attachment' } as object);
  await db.put({ _id: 'empty', _attachments: { 'empty.bin': attachment(Buffer.alloc(0)) } } as object);
  const gone = await db.put({ _id: 'gone' });
  await db.remove('gone', gone.rev);
  return db;
}

/** Everything that replication is to carry over: revisions, histories, bodies, digests and lengths, bytes. */
async function contents(db: PouchDB.Database): Promise<unknown[]> {
  const { results } = await db.changes({ style: 'all_docs' });
  const docs = results.map(async ({ id, changes, deleted }) => {
    const doc = await db.get(id, { rev: changes[0]?.rev ?? '', revs: true });
    const stubs = Object.entries(doc._attachments ?? {}).map(async ([name, stub]) => {
      const { digest, length, content_type, revpos } = stub as PouchDB.Core.StubAttachment & {
        revpos: number;
      };
      const bytes = (await db.getAttachment(id, name)) as Buffer;
      return {
        name,
        digest,
        length,
        content_type,
        revpos,
        bytes: createHash('sha256').update(bytes).digest('hex'),
      };
    });
    return { ...doc, changes, deleted, _attachments: await Promise.all(stubs) };
  });
  return (await Promise.all(docs)).sort((a, b) => (a._id < b._id ? -1 : 1));
}

test('revisions, histories, bodies and attachments are those of stock replication', async (t) => {
  const server = await startServer(t);
  const source = await makeSource(t);
  const stock = await makeDatabase(t, server);
  const byStock = await PouchDB.replicate(source, stock, OPTIONS);
  const expected = await contents(stock);
  assert.equal(expected.length, 11);
  for (const from of [source, readLater(source)]) {
    const multipart = writeAsMultipart(await makeDatabase(t, server), { parallel: () => 3 });
    const byMultipart = await PouchDB.replicate(from, multipart, OPTIONS);
    assert.equal(byMultipart.docs_written, byStock.docs_written);
    assert.deepEqual(await contents(multipart), expected);
  }
});

test('an attachment is read when its turn comes, and not before', async (t) => {
  const source = await makeSource(t);
  let open = 0;
  let most = 0;
  const read: ReadAttachment = async ({ id, rev }, name) => {
    open += 1;
    most = Math.max(most, open);
    const bytes = (await source.getAttachment(id, name, { rev })) as Buffer;
    return { bytes, length: bytes.length };
  };
  const onEnd = (id: string) => {
    open -= id === 'two/attachments' ? 2 : 1;
  };
  const target = writeAsMultipart(await makeDatabase(t, await startServer(t)), { parallel: () => 1, onEnd });
  await PouchDB.replicate(readLater(source, read), target, { ...OPTIONS, batch_size: 100 });
  assert.equal(most, 2, 'of one document at a time, which has two');
  assert.equal(open, 0);
});

test('what is read while it is sent arrives whole; what breaks off is read a second time', async (t) => {
  const source = await makeSource(t);
  const attempts: string[] = [];
  async function* inPieces(bytes: Buffer, upTo: number) {
    for (let at = 0; at < upTo; at += 10_000) yield bytes.subarray(at, Math.min(at + 10_000, upTo));
    if (upTo < bytes.length) throw new Error('the disk does not answer');
  }
  const read: ReadAttachment = async ({ id, rev }, name, attempt) => {
    attempts.push(`${id} ${attempt}`);
    const bytes = (await source.getAttachment(id, name, { rev })) as Buffer;
    const breaksOff = id === 'photo:2' && attempt === 1;
    return { bytes: inPieces(bytes, breaksOff ? 30_000 : bytes.length), length: bytes.length };
  };
  const { signal } = new AbortController();
  const line = openLine({ fetch, signal, stallMs: 5_000 });
  const server = await startServer(t);
  const remote = await makeDatabase(t, server, line.fetch);
  const target = writeAsMultipart(remote, { parallel: () => 2 });
  await PouchDB.replicate(readLater(source, read), target, OPTIONS);
  assert.equal(line.trouble(), undefined, 'the line has no part in it');
  assert.deepEqual(
    attempts.filter((attempt) => attempt.endsWith('2')),
    ['photo:2 2'],
  );
  const { username, password } = server;
  const again = new PouchDB(remote.name, { auth: { username, password } });
  const stock = await makeDatabase(t, server);
  await PouchDB.replicate(source, stock, OPTIONS);
  assert.deepEqual(await contents(again), await contents(stock));
});

test('checkpoints are PouchDB’s own: a second replication sends nothing', async (t) => {
  const server = await startServer(t);
  const source = await makeSource(t);
  const sent: string[] = [];
  const target = writeAsMultipart(await makeDatabase(t, server), {
    parallel: () => 3,
    onStart: (id) => sent.push(id),
  });
  await PouchDB.replicate(source, target, OPTIONS);
  assert.equal(sent.length, 9);
  const second = await PouchDB.replicate(source, target, OPTIONS);
  assert.equal(second.docs_read, 0);
  assert.equal(sent.length, 9);
});

test('several travel at once, and no more than said', async (t) => {
  const server = await startServer(t);
  const source = await makeSource(t);
  let now = 0;
  let most = 0;
  const target = writeAsMultipart(await makeDatabase(t, server), {
    parallel: () => 2,
    onStart: () => {
      now += 1;
      most = Math.max(most, now);
    },
    onEnd: () => {
      now -= 1;
    },
  });
  await PouchDB.replicate(source, target, { ...OPTIONS, batch_size: 8 });
  assert.equal(most, 2);
  assert.equal(now, 0);
});

test('a document that the server refuses is denied as in stock replication; the others arrive', async (t) => {
  const server = await startServer(t);
  const source = await makeSource(t);
  const target = await makeDatabase(t, server, (input, init) =>
    init?.method === 'PUT' && String(input).includes('photo%3A3')
      ? Promise.resolve(Response.json({ error: 'forbidden', reason: 'not this one' }, { status: 403 }))
      : fetch(input, init),
  );
  writeAsMultipart(target, { parallel: () => 4 });
  const denied: unknown[] = [];
  const replication = PouchDB.replicate(source, target, OPTIONS);
  replication.on('denied', (refusal) => denied.push(refusal));
  const { doc_write_failures } = await replication;
  assert.equal(doc_write_failures, 1);
  const [refusal] = denied as { id: string; reason: string }[];
  assert.deepEqual([refusal?.id, refusal?.reason], ['photo:3', 'not this one']);
  assert.equal((await target.info()).doc_count, 9);
});

test('a failure of the server ends the replication with its status', async (t) => {
  const server = await startServer(t);
  const source = await makeSource(t);
  const target = await makeDatabase(t, server, (input, init) =>
    init?.method === 'PUT' && String(input).includes('photo%3A3')
      ? Promise.resolve(Response.json({ error: 'internal', reason: 'disk' }, { status: 500 }))
      : fetch(input, init),
  );
  writeAsMultipart(target, { parallel: () => 4 });
  await assert.rejects(async () => await PouchDB.replicate(source, target, OPTIONS), { status: 500 });
});

test('a digest that is not that of the bytes is not stored', async (t) => {
  const server = await startServer(t);
  const target = await makeDatabase(t, server);
  const data = randomBytes(1000);
  const digest = `md5-${createHash('md5').update('something else').digest('base64')}`;
  const stub = { content_type: 'image/jpeg', digest, length: data.length };
  const doc = { _id: 'a', _rev: '1-aa', _attachments: { x: stub } };
  const { headers, body } = multipartBody(doc, { x: data });
  const init = { method: 'PUT', headers: new Headers(headers), body, duplex: 'half' };
  const { fetch } = target as unknown as { fetch(path: string, init: object): Promise<Response> };
  const answer = await fetch('a?new_edits=false', init).catch(() => undefined); // CouchDB may just hang up
  assert.ok(!answer?.ok);
  await assert.rejects(target.get('a'), { status: 404 });
});

test('a document whose bytes the disk has changed is sent with bytes from elsewhere, or alone stays behind', async (t) => {
  const folder = join(await tempFolder(t), 'damaged');
  let source = await openLevelDb(folder);
  const pictures = [0, 1, 2].map(() => randomBytes(20_000));
  for (const [n, data] of pictures.entries())
    await source.put({ _id: `photo:${n}`, _attachments: { 'photo.jpg': attachment(data) } } as object);
  await source.close();
  source = await openLevelDb(folder); // makes a table of its log
  await source.close();
  const [table] = (await readdir(folder)).filter((name) => name.endsWith('.ldb'));
  assert.ok(table);
  const bytes = await readFile(join(folder, table));
  const at = bytes.indexOf(pictures[0]?.subarray(9_000, 9_100) ?? '');
  assert.notEqual(at, -1);
  bytes.fill(0, at, at + 100);
  await writeFile(join(folder, table), bytes);
  source = await openLevelDb(folder);
  t.after(() => source.close());

  const remote = await makeDatabase(t, await startServer(t));
  const replication = PouchDB.replicate(source, writeAsMultipart(remote, { parallel: () => 2 }), OPTIONS);
  const denied: unknown[] = [];
  replication.on('denied', (refused) => denied.push(refused));
  await replication;
  assert.deepEqual(denied, [
    {
      ...{ error: true, id: 'photo:0', name: 'forbidden', status: 403 },
      reason: 'damaged on the booth',
    },
  ]);
  const { rows } = await remote.allDocs();
  assert.deepEqual(
    rows.map(({ id }) => id),
    ['photo:1', 'photo:2'],
  );

  const elsewhere: ReadAttachment = async ({ id }) => {
    const bytes = pictures[Number(id.slice(-1))] ?? Buffer.alloc(0);
    return { bytes, length: bytes.length };
  };
  await PouchDB.replicate(readLater(source, elsewhere), remote, { ...OPTIONS, checkpoint: false });
  const restored = (await remote.getAttachment('photo:0', 'photo.jpg')) as Buffer;
  assert.ok(restored.equals(pictures[0] ?? Buffer.alloc(0)), 'with bytes from elsewhere it is sent');
});
