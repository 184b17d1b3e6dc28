import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { checkJpeg } from '../store/jpeg.ts';
import { noiseJpeg } from './pictures.ts';

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } });
const rejected = (reason: string) => ({ kind: 'rejected', reason });

test('width and height are as shown: EXIF orientation is applied', async () => {
  const upright = await blank(40, 30).jpeg().toBuffer();
  assert.deepEqual(await checkJpeg(upright, 1e6), { kind: 'jpeg', width: 40, height: 30 });
  const turned = await blank(40, 30).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  assert.deepEqual(await checkJpeg(turned, 1e6), { kind: 'jpeg', width: 30, height: 40 });
});

test('a progressive JPEG, and bytes after the end, are allowed', async () => {
  const progressive = await blank(64, 64).jpeg({ progressive: true }).toBuffer();
  assert.equal((await checkJpeg(progressive, 1e6)).kind, 'jpeg');
  assert.equal((await checkJpeg(Buffer.concat([progressive, Buffer.alloc(100)]), 1e6)).kind, 'jpeg');
});

test('every truncation of a JPEG is noticed', async () => {
  const jpeg = await noiseJpeg(2_000);
  for (let length = 3; length < jpeg.length; length += 7) {
    assert.deepEqual(await checkJpeg(jpeg.subarray(0, length), 1e6), rejected('truncated'), `at ${length}`);
  }
});

test('the end of an embedded thumbnail does not pass for that of the photo', async () => {
  const jpeg = await noiseJpeg(2_000);
  const thumbnail = await noiseJpeg(500);
  const app1 = Buffer.from([0xff, 0xe1, 0, 0]);
  app1.writeUInt16BE(thumbnail.length + 2, 2);
  const photo = Buffer.concat([jpeg.subarray(0, 2), app1, thumbnail, jpeg.subarray(2)]);
  assert.equal((await checkJpeg(photo, 1e6)).kind, 'jpeg');
  assert.deepEqual(await checkJpeg(photo.subarray(0, -2), 1e6), rejected('truncated'));
});

test('other formats, garbage and a picture that claims too many pixels are refused', async () => {
  assert.deepEqual(await checkJpeg(await blank(8, 8).png().toBuffer(), 1e6), rejected('not-jpeg'));
  assert.deepEqual(await checkJpeg(Buffer.from('<svg/>'), 1e6), rejected('not-jpeg'));
  assert.deepEqual(
    await checkJpeg(Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xd9]), 1e6),
    rejected('not-jpeg'),
  );
  const bomb = await blank(64, 64).jpeg().toBuffer();
  const frame = bomb.indexOf(Buffer.from([0xff, 0xc0]));
  bomb.writeUInt16BE(60_000, frame + 5);
  bomb.writeUInt16BE(60_000, frame + 7);
  assert.deepEqual(await checkJpeg(bomb, 1e6), rejected('too-large'));
});
