import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import leveldown from 'leveldown';
import { flushLevelDb, openLevelDb, uncopied } from '../leveldb.ts';
import { checkLevelDb } from '../leveldb-check.ts';

async function tempFolder(t: { after(end: () => unknown): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-leveldb-'));
  // Asked for from within, it comes last: by then, whatever works in the folder is closed.
  t.after(() => t.after(() => rm(folder, { recursive: true, force: true })));
  return folder;
}

test('documents and attachments are there again after closing', async (t) => {
  const folder = join(await tempFolder(t), 'queue');
  const first = await openLevelDb<{ n: number }>(folder);
  const { rev } = await first.put({
    _id: 'a',
    n: 1,
    _attachments: { 'x.bin': { content_type: 'image/jpeg', data: Buffer.from('picture') } },
  });
  await first.close();
  const second = await openLevelDb<{ n: number }>(folder);
  t.after(() => second.close());
  const doc = await second.get('a', { attachments: true, binary: true });
  assert.equal(doc._rev, rev);
  assert.equal(doc.n, 1);
  assert.equal(String(await second.getAttachment('a', 'x.bin')), 'picture');
});

test('an attachment that is not copied is stored as it is, also out of the middle of other bytes', async (t) => {
  const database = await openLevelDb(join(await tempFolder(t), 'queue'));
  t.after(() => database.close());
  const data = uncopied(Buffer.from('a picture among others').subarray(2, 9));
  assert.equal(data.buffer.byteLength > data.length, true);
  await database.put({ _id: 'a', _attachments: { x: { content_type: 'image/jpeg', data: data as Buffer } } });
  assert.equal(String(await database.getAttachment('a', 'x')), 'picture');
  const { _attachments } = await database.get('a');
  const md5 = createHash('md5').update('picture').digest('base64');
  assert.deepEqual(_attachments?.x, {
    ...{ content_type: 'image/jpeg', revpos: 1, digest: `md5-${md5}`, length: 7, stub: true },
  });
});

test('what a power cut left of a database that was being made is no database', async (t) => {
  const parent = await tempFolder(t);
  const folder = join(parent, 'queue');
  await mkdir(`${folder}.making`);
  await writeFile(join(`${folder}.making`, 'CURRENT'), 'MANIFEST-000001\n');
  const [one, other] = await Promise.all([openLevelDb(folder), openLevelDb(folder)]);
  t.after(() => one.close());
  await one.put({ _id: 'a' });
  assert.equal((await other.get('a'))._id, 'a', 'opened twice at once, it is one');
  assert.deepEqual(await readdir(parent), ['queue']);
});

test('what is kept in memory stands in files when it is flushed, and the database goes on', async (t) => {
  const folder = join(await tempFolder(t), 'queue');
  const db = await openLevelDb(folder, { writeBufferBytes: 2 ** 24 });
  const data = Buffer.alloc(2 ** 20, 'picture');
  await db.put({ _id: 'a', _attachments: { 'x.bin': { content_type: 'image/jpeg', data } } });
  const tables = async () => (await readdir(folder)).filter((name) => name.endsWith('.ldb'));
  assert.deepEqual(await tables(), []);
  await flushLevelDb(folder);
  assert.equal((await tables()).length, 1);
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  const sizes = await Promise.all(logs.map((name) => stat(join(folder, name))));
  assert.deepEqual(
    sizes.map(({ size }) => size),
    [0],
    'a new log, with nothing in it',
  );
  assert.equal(((await db.getAttachment('a', 'x.bin')) as Buffer).length, data.length);
  await db.put({ _id: 'b' });
  await db.close();
  await flushLevelDb(folder); // nothing is open any more
});

test('every write asks LevelDB to sync', async (t) => {
  const folder = join(await tempFolder(t), 'queue');
  const asked: unknown[] = [];
  // The prototype is where the wrapper's writes end: what they ask for can be seen there.
  const prototype = Object.getPrototypeOf(leveldown(join(folder, 'never-opened')));
  for (const method of ['_put', '_del', '_batch']) {
    const original = prototype[method];
    prototype[method] = function (...args: unknown[]) {
      asked.push((args.at(-2) as { sync?: boolean }).sync);
      return original.apply(this, args);
    };
    t.after(() => {
      prototype[method] = original;
    });
  }
  const db = await openLevelDb(folder);
  t.after(() => db.close());
  await db.put({ _id: 'a' });
  await db.put({ _id: '_local/b' });
  assert.ok(asked.length >= 3);
  assert.deepEqual([...new Set(asked)], [true]);
});

test('two documents of the same content get different revisions', async (t) => {
  const db = await openLevelDb(join(await tempFolder(t), 'queue'));
  t.after(() => db.close());
  const [a, b] = await db.bulkDocs([{ _id: 'a' }, { _id: 'b' }]);
  assert.notEqual(a?.rev, b?.rev);
});

test('a folder that cannot be opened is an error, not a database', async (t) => {
  const folder = await tempFolder(t);
  await writeFile(join(folder, 'file'), 'in the way');
  await assert.rejects(openLevelDb(join(folder, 'file')));
});

test('a closed database is read as PouchDB reads it: newest revisions, no bytes, nothing deleted', async (t) => {
  const folder = join(await tempFolder(t), 'queue');
  const database = await openLevelDb(folder);
  const picture = { x: { content_type: 'image/jpeg', data: Buffer.from('picture') } };
  const { rev } = await database.put({ _id: 'a', n: 1, _attachments: picture });
  await database.put({ _id: 'a', _rev: rev, n: 2, _attachments: picture });
  await database.put({ _id: 'b', of: { it: ['é', null] } });
  await database.remove(await database.put({ _id: 'c' }).then(({ id, rev: _rev }) => ({ _id: id, _rev })));
  await database.put({ _id: '_local/d', n: 3 });
  const { rows } = await database.allDocs({ include_docs: true });
  await database.close();
  const check = await checkLevelDb(folder);
  assert.equal(check.kind, 'whole');
  assert.deepEqual(
    check.docs.toSorted((one, other) => (one._id < other._id ? -1 : 1)),
    rows.map(({ doc }) =>
      JSON.parse(JSON.stringify(doc, (name, value) => (name === 'stub' ? undefined : value))),
    ),
  );
});
