import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEADER_BYTES, mayHoldMetadata } from '../share/jpeg-metadata.ts';
import { PICTURE_NAMES, picture } from './booth-with-photos.ts';

const segment = (marker: number, body: string): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length + 2);
  return Buffer.concat([Buffer.from([0xff, marker]), length, Buffer.from(body)]);
};
/** A true photograph with something put in after its first two bytes. */
const withSegment = async (inserted: Buffer): Promise<Buffer> => {
  const jpeg = await picture('coffee');
  return Buffer.concat([jpeg.subarray(0, 2), inserted, jpeg.subarray(2)]);
};

for (const name of PICTURE_NAMES) {
  test(`${name} says nothing but its pixels`, async () => {
    assert.equal(mayHoldMetadata((await picture(name)).subarray(0, HEADER_BYTES)), false);
  });
}

for (const [what, marker] of [
  ['EXIF or XMP', 0xe1],
  ['IPTC', 0xed],
  ['a comment', 0xfe],
] as const) {
  test(`${what} is seen`, async () => {
    assert.equal(mayHoldMetadata(await withSegment(segment(marker, 'Exif\0\0 48.85, 2.35'))), true);
  });
}

test('a colour profile is no metadata', async () => {
  assert.equal(mayHoldMetadata(await withSegment(segment(0xe2, 'ICC_PROFILE\0'))), false);
});

test('what cannot be told counts as metadata', async () => {
  const jpeg = await picture('coffee');
  assert.equal(mayHoldMetadata(Buffer.alloc(0)), true);
  assert.equal(mayHoldMetadata(Buffer.from('<html>')), true);
  assert.equal(mayHoldMetadata(jpeg.subarray(0, 40)), true);
  assert.equal(mayHoldMetadata(await withSegment(Buffer.alloc(3))), true);
});
