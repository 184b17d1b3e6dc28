import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { CouchError } from '@photomaton/couch';
import { openKnownPictures, type Pictures } from '../gallery/known-pictures.ts';

const PLACE = ['event-1', 'preview:1', 'thumbnail.jpg'] as const;

/** A CouchDB that answers with this from now on, and how often it was asked. */
function counted(first: () => Awaited<ReturnType<Pictures['attachment']>>) {
  let answer = first;
  const asked: unknown[] = [];
  const pictures = openKnownPictures({
    couch: {
      async attachment(...args) {
        asked.push(args[3]);
        return answer();
      },
    },
  });
  return {
    ...{ asked, pictures },
    now(next: typeof answer) {
      answer = next;
    },
  };
}

const picture = (bytes: Buffer) => ({
  status: 200,
  headers: { etag: '"a"', 'content-type': 'image/jpeg', 'content-length': String(bytes.length) },
  body: Readable.from([bytes]),
});

test('whoever asks for the same small picture gets it, and CouchDB is asked once', async () => {
  const bytes = Buffer.from('a thumbnail');
  const { asked, pictures } = counted(() => picture(bytes));
  const answers = await Promise.all(Array.from({ length: 50 }, () => pictures.attachment(...PLACE)));
  answers.push(await pictures.attachment(...PLACE));
  for (const answer of answers) {
    assert.ok(answer);
    assert.deepEqual([answer.status, answer.headers], [200, picture(bytes).headers]);
    assert.deepEqual(await buffer(answer.body), bytes);
  }
  const again = await pictures.attachment(...PLACE, { ifNoneMatch: '"a"' });
  assert.ok(again);
  assert.deepEqual([again.status, again.headers.etag], [304, '"a"']);
  assert.equal((await buffer(again.body)).length, 0);
  const changed = await pictures.attachment(...PLACE, { ifNoneMatch: '"b"' });
  assert.equal(changed?.status, 200);
  assert.equal(asked.length, 1);
  const other = await pictures.attachment('event-2', PLACE[1], PLACE[2]);
  other?.body.destroy();
  assert.equal(asked.length, 2, 'another event’s is another picture');
});

test('a part is CouchDB’s to give', async () => {
  const { asked, pictures } = counted(() => picture(Buffer.from('whole')));
  await pictures.attachment(...PLACE);
  await pictures.attachment(...PLACE, { range: 'bytes=0-1' });
  assert.deepEqual(asked, [undefined, { range: 'bytes=0-1' }]);
});

test('what is not there, or not to be had, is asked for again', async () => {
  const { asked, pictures, now } = counted(() => undefined);
  assert.equal(await pictures.attachment(...PLACE), undefined);
  now(() => {
    throw new CouchError('UNREACHABLE', 'nobody answers');
  });
  await assert.rejects(pictures.attachment(...PLACE), { code: 'UNREACHABLE' });
  now(() => ({
    ...picture(Buffer.alloc(100)),
    body: new Readable({
      read() {
        this.destroy(new Error('broke off'));
      },
    }),
  }));
  const broken = await pictures.attachment(...PLACE);
  assert.ok(broken);
  await assert.rejects(buffer(broken.body), /broke off/);
  const before = asked.length;
  now(() => picture(Buffer.from('there')));
  const answer = await pictures.attachment(...PLACE);
  assert.ok(answer);
  assert.equal(String(await buffer(answer.body)), 'there');
  assert.equal(asked.length, before + 1);
});

test('a large picture is streamed and not kept', async () => {
  const bytes = Buffer.alloc(3_000_000, 1);
  const { asked, pictures } = counted(() => picture(bytes));
  for (let n = 0; n < 2; n += 1) {
    const answer = await pictures.attachment(...PLACE);
    assert.ok(answer);
    assert.deepEqual(await buffer(answer.body), bytes);
  }
  assert.ok(asked.length > 2);
});
