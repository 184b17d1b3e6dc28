import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import sharp from 'sharp';
import { createJpegFinder } from '../camera/daemon/mjpeg.ts';
import { noiseJpeg } from './pictures.ts';
import { seeded } from './seeded.ts';

const photo = (name: string) => readFileSync(new URL(`../camera/player/${name}.jpg`, import.meta.url));
const [coffee, rocket] = [photo('coffee'), photo('rocket')];

function found(chunks: Buffer[], maxBytes?: number): Buffer[] {
  const jpegs: Buffer[] = [];
  const finder = createJpegFinder({ onJpeg: (jpeg) => jpegs.push(jpeg), ...(maxBytes && { maxBytes }) });
  for (const chunk of chunks) finder.push(chunk);
  return jpegs;
}

/** The stream in pieces of random sizes. */
function cut(stream: Buffer, random: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const size = 1 + Math.floor(random() * 70_000);
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

test('every picture is found whole, however the stream is cut', async () => {
  const random = seeded(7);
  const jpegs = [coffee, rocket, await noiseJpeg(300_000), coffee];
  for (let round = 0; round < 50; round += 1) {
    assert.deepEqual(found(cut(Buffer.concat(jpegs), random)), jpegs);
  }
  assert.deepEqual(found([...Buffer.concat([rocket, coffee])].map((byte) => Buffer.from([byte]))), [
    rocket,
    coffee,
  ]);
});

test('the end of a thumbnail inside of a picture is not the end of the picture', async () => {
  const thumbnail = await sharp(rocket).resize(160).jpeg().toBuffer();
  const app1 = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), thumbnail]);
  app1.writeUInt16BE(app1.length - 2, 2);
  const withThumbnail = Buffer.concat([coffee.subarray(0, 2), app1, coffee.subarray(2)]);
  assert.deepEqual(found([withThumbnail, rocket]), [withThumbnail, rocket]);
});

test('progressive pictures have several scans', async () => {
  const progressive = await sharp(coffee).jpeg({ progressive: true }).toBuffer();
  assert.deepEqual(found([progressive, progressive]), [progressive, progressive]);
});

test('words, garbage and pictures that end in the middle cost at most the picture beside them', () => {
  const words = Buffer.from('gphoto2: {/tmp} /> capture-preview\n');
  const half = rocket.subarray(0, rocket.length >> 1);
  const zeros = Buffer.alloc(100_000);
  const starts = Buffer.from([0xff, 0xd8, 0xff, 0xd9, 0xff, 0xd8, 0xff, 0xd8, 0xff, 0xff, 0xd8]);
  for (const garbage of [words, half, zeros, starts]) {
    assert.deepEqual(found([coffee, garbage, coffee, coffee]).at(-1), coffee);
    assert.ok(found([garbage, rocket, coffee, garbage, rocket, coffee]).length >= 2);
  }
  const random = seeded(11);
  const noise = Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(random() * 256)));
  assert.deepEqual(found([noise, coffee, coffee, coffee]).at(-1), coffee);
});

test('a beginning and an end are no picture', () => {
  assert.deepEqual(found([Buffer.from([0xff, 0xd8, 0xff, 0xd9])]), []);
});

test('a picture that does not end takes no more memory than it may, and the next one is found', () => {
  const endless = Buffer.concat([coffee.subarray(0, 5_000), Buffer.alloc(300_000, 0x55)]);
  assert.deepEqual(found([endless, coffee, rocket], 200_000), [coffee, rocket]);
});
