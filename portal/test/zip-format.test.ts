import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { fromBufferPromise, fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import { type ZipEntry, zipBytes } from '../gallery/zip-format.ts';

test('names, times and bytes come out as they went in', async () => {
  const entries: ZipEntry[] = [
    { name: 'fête/ça.json', lastModified: new Date(2026, 6, 14, 15, 30, 12), input: '{}' },
    { name: 'empty', lastModified: new Date(1970, 0, 1), input: '' },
    { name: 'pieces', input: Readable.from([Buffer.from('one'), Buffer.from('two')]) },
  ];
  const zip = await fromBufferPromise(await buffer(zipBytes(entries)), { lazyEntries: true });
  const found: string[] = [];
  for await (const entry of zip.eachEntry()) {
    const bytes = await buffer(await zip.openReadStreamPromise(entry));
    assert.equal(crc32(bytes), entry.crc32);
    found.push(`${entry.fileName}: ${bytes}`);
    if (found.length === 1)
      assert.deepEqual(entry.getLastModDate({ timezone: 'local' }), entries[0]?.lastModified);
    if (found.length === 2) assert.equal(entry.getLastModDate({ timezone: 'local' }).getFullYear(), 1980);
  }
  assert.deepEqual(found, ['fête/ça.json: {}', 'empty: ', 'pieces: onetwo']);
});

test('what begins beyond 4 GB is found, and so are more files than fit into 16 bits', async () => {
  const block = Buffer.alloc(2 ** 26);
  async function* large() {
    for (let bytes = 0; bytes < 2.2e9; bytes += block.length) yield block;
  }
  function* entries(): Generator<ZipEntry> {
    for (const name of ['1.jpg', '2.jpg']) yield { name, input: large() };
    for (let n = 3; n <= 70_000; n += 1) yield { name: `${n}.jpg`, input: String(n) };
  }
  const tail = new Tail();
  let size = 0;
  for await (const bytes of zipBytes(entries())) {
    // Whole pieces: it begins with the first that begins there.
    if (size >= 2 ** 32) tail.add(bytes, size);
    size += bytes.length;
  }
  const zip = await fromRandomAccessReaderPromise(tail, size, { lazyEntries: true });
  assert.equal(zip.entryCount, 70_000);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== '69999.jpg') continue;
    assert.equal(String(await buffer(await zip.openReadStreamPromise(entry))), '69999');
    return;
  }
  assert.fail('the file is not in the directory');
});

/** The end of a zip that nobody has room for. */
class Tail extends RandomAccessReader {
  readonly #pieces: Buffer[] = [];
  #from: number | undefined;
  #all: Buffer | undefined;

  add(bytes: Uint8Array, at: number): void {
    this.#from ??= at;
    this.#pieces.push(Buffer.from(bytes));
  }

  override _readStreamForRange(start: number, end: number): Readable {
    this.#all ??= Buffer.concat(this.#pieces);
    const from = this.#from ?? 0;
    return Readable.from([this.#all.subarray(start - from, end - from)]);
  }
}
