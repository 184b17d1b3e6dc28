import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type PhotoDoc, type PreviewDoc, photoId, previewId } from '@photomaton/design-docs/docs';
import { openQueue, type PhotoQueue } from '../store/queue.ts';
import { quiet, tempFolder } from './context.ts';

const booth = 'a'.repeat(24);
const time = '20260714T133012.042Z';

const open = (dir: string, limits: { maxBytes?: number; maxPhotos?: number } = {}): Promise<PhotoQueue> =>
  openQueue({ dir, asideDir: `${dir}-aside`, now: () => new Date(), log: quiet, ...limits });

function photo(n: number): { doc: PhotoDoc; jpeg: Buffer } {
  const jpeg = randomBytes(1000);
  const md5Hex = createHash('md5').update(jpeg).digest('hex');
  const doc: PhotoDoc = {
    ...{ _id: photoId({ time, booth, n }, md5Hex), type: 'photo', booth, n, name: `${n}.jpg`, takenAt: time },
    ...{ width: 1, height: 1, bytes: 1000, clock: { bootId: '', monotonicMs: n, trusted: false } },
  };
  return { doc, jpeg };
}

async function addPreview(queue: PhotoQueue, id: string): Promise<string> {
  const found = queue.find(id);
  assert.ok(found);
  const { n, name, takenAt } = found.photo.doc;
  const preview: PreviewDoc = {
    ...{ _id: previewId({ time, booth, n }), type: 'preview', booth, n, photo: id, name, takenAt },
    ...{ width: 1, height: 1 },
  };
  await found.segment.addPreview(preview, {
    'thumbnail.jpg': randomBytes(10),
    'screen.jpg': randomBytes(10),
  });
  return preview._id;
}

test('a full segment is closed; the last one takes what comes, also after a restart', async (t) => {
  const dir = join(await tempFolder(t), 'queue');
  let queue = await open(dir, { maxPhotos: 2 });
  for (let n = 1; n <= 3; n += 1) {
    const { doc, jpeg } = photo(n);
    await queue.addPhoto(doc, jpeg);
  }
  await queue.close();
  queue = await open(dir, { maxBytes: 2000 });
  t.after(() => queue.close());
  const fourth = photo(4);
  await queue.addPhoto(fourth.doc, fourth.jpeg);
  const fifth = photo(5);
  await queue.addPhoto(fifth.doc, fifth.jpeg);
  const numbers = queue.segments().map(({ photos }) => [...photos.values()].map(({ doc }) => doc.n));
  assert.deepEqual(numbers, [[1, 2], [3, 4], [5]]);
});

test('segments are opened side by side, and one by one when the booth ended over one of them', async (t) => {
  const dir = join(await tempFolder(t), 'queue');
  const filled = await open(dir, { maxPhotos: 1 });
  for (let n = 1; n <= 12; n += 1) {
    const { doc, jpeg } = photo(n);
    await filled.addPhoto(doc, jpeg);
  }
  await filled.close();
  /** Opens all, and gives how many were being opened at the same time. */
  async function mostAtOnce(): Promise<number> {
    let most = 0;
    let isOver = false;
    const opening = open(dir).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      const names = await readdir(dir);
      most = Math.max(most, names.filter((name) => name.endsWith('.opening')).length);
    }
    const queue = await opening;
    const numbers = queue.segments().map(({ name }) => Number(name));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    assert.equal(numbers.length, 12);
    await queue.close();
    return most;
  }
  const sideBySide = await mostAtOnce();
  assert.ok(sideBySide > 1 && sideBySide <= 4, `${sideBySide} at once`);
  await writeFile(join(dir, '0007.opening'), '2');
  // Beside that of the one which is being opened there is the mark of the attempt before, until it is its turn.
  assert.ok((await mostAtOnce()) <= 2);
  assert.ok((await mostAtOnce()) > 1, 'it opened, and that is forgotten');
});

test('a segment is destroyed when the server has all of it, and not sooner', async (t) => {
  const dir = join(await tempFolder(t), 'queue');
  const queue = await open(dir, { maxPhotos: 1 });
  const photos = [photo(1), photo(2), photo(3)];
  for (const { doc, jpeg } of photos) await queue.addPhoto(doc, jpeg);
  const [first, second, third] = photos.map(({ doc }) => doc._id) as [string, string, string];
  const verify = (id: string, ids: string[]) =>
    queue.find(id)?.segment.markVerified(ids, { verified: true, at: new Date(1_000) });

  await verify(first, [first]);
  assert.equal(
    await queue.destroyFinished({ verifiedBefore: new Date() }),
    0,
    'its preview is still to be made',
  );
  const preview = await addPreview(queue, first);
  assert.equal(
    await queue.destroyFinished({ verifiedBefore: new Date() }),
    0,
    'its preview is still to be sent',
  );
  await verify(first, [preview]);
  const impossible = queue.find(second)?.photo;
  assert.ok(impossible);
  impossible.previewImpossible = true;
  await verify(third, [third]);
  assert.equal(await queue.destroyFinished({ verifiedBefore: new Date() }), 1);
  assert.deepEqual(await readdir(dir), ['0002', '0003', 'destroyed.json']);
  await verify(second, [second]);
  assert.equal(await queue.destroyFinished({ verifiedBefore: new Date() }), 1);
  assert.deepEqual(await readdir(dir), ['0003', 'destroyed.json'], 'its preview is still to be made');
  await addPreview(queue, third).then((id) => verify(third, [id]));
  assert.equal(
    await queue.destroyFinished({ verifiedBefore: new Date(0) }),
    0,
    'it is to be kept for a while',
  );
  assert.equal(await queue.destroyFinished({ verifiedBefore: new Date() }), 1);
  await queue.close();
  const again = await open(dir);
  t.after(() => again.close());
  const { doc, jpeg } = photo(4);
  await again.addPhoto(doc, jpeg);
  assert.deepEqual(await readdir(dir), ['0004', 'destroyed.json'], 'no number is given twice');
});

test('what a power cut left of a destroyed segment is removed', async (t) => {
  const dir = join(await tempFolder(t), 'queue');
  await mkdir(join(dir, '0001.finished'), { recursive: true });
  await writeFile(join(dir, '0001.finished', 'MANIFEST-000001'), 'torn');
  const queue = await open(dir);
  t.after(() => queue.close());
  assert.deepEqual(await readdir(dir), []);
});
