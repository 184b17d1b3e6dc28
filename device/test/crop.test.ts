import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Box } from '../image/index.ts';
import { cropOf } from '../image/render/crop.ts';
import { seeded } from './seeded.ts';

const photo = { width: 4000, height: 3000 };
const aFace = (x: number, y: number, size = 0.1): Box => ({ x, y, width: size, height: size });

test('without faces, or with them well inside, a slot shows the middle of the photo', () => {
  const square = { width: 500, height: 500 };
  const middle = { x: 500, y: 0, width: 3000, height: 3000 };
  assert.deepEqual(cropOf({ photo, slot: square }), middle);
  assert.deepEqual(cropOf({ photo, slot: square, faces: [] }), middle);
  assert.deepEqual(cropOf({ photo, slot: square, faces: [aFace(0.45, 0.4)] }), middle);
  assert.deepEqual(cropOf({ photo, slot: { width: 400, height: 300 } }), { x: 0, y: 0, ...photo });
});

test('of what is too high more is cut off below, where there are no heads', () => {
  const { y, height } = cropOf({ photo, slot: { width: 1600, height: 600 } });
  assert.deepEqual([y, height], [375, 1500]);
});

test('it moves for a head, as far as needed and no further than the photo goes', () => {
  const wide = { width: 1600, height: 600 };
  const atTheTop = cropOf({ photo, slot: wide, faces: [aFace(0.5, 0.08)] });
  // A face from 8 % of the height has hair from 3 % on.
  assert.ok(Math.abs(atTheTop.y - 0.03 * 3000) < 1e-6);
  assert.equal(cropOf({ photo, slot: wide, faces: [aFace(0.5, 0)] }).y, 0);
  const tall = { width: 300, height: 900 };
  const { x, width } = cropOf({ photo, slot: tall, faces: [aFace(0.9, 0.5)] });
  assert.equal(x + width, 4000);
});

test('no head is cut, whatever the photo, the slot and the people', () => {
  const random = seeded(4);
  const between = (from: number, to: number) => from + random() * (to - from);
  let zoomedOut = 0;
  for (let run = 0; run < 2000; run += 1) {
    const size = { width: Math.round(between(300, 6000)), height: Math.round(between(300, 6000)) };
    const slot = { width: Math.round(between(50, 3600)), height: Math.round(between(50, 3600)) };
    const faces = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      aFace(between(0, 0.9), between(0, 0.9), between(0.02, 0.1)),
    );
    const crop = cropOf({ photo: size, slot, faces });
    const close = (a: number, b: number) => Math.abs(a - b) < 1e-6 * size.width * size.height;
    assert.ok(close(crop.width * slot.height, crop.height * slot.width), 'it has the shape of the slot');
    for (const { x, y, width, height } of faces) {
      const hair = Math.max(0, y - height / 2);
      const isWhole =
        crop.x <= x * size.width + 1e-6 &&
        crop.x + crop.width >= (x + width) * size.width - 1e-6 &&
        crop.y <= hair * size.height + 1e-6 &&
        crop.y + crop.height >= (y + height) * size.height - 1e-6;
      assert.ok(isWhole, JSON.stringify({ size, slot, faces, crop }));
    }
    if (crop.width > size.width + 1 || crop.height > size.height + 1) zoomedOut += 1;
    else assert.ok(crop.x >= -0.51 && crop.y >= -0.51, 'no margin without need');
  }
  assert.ok(zoomedOut > 100, 'some people stand too far apart for the slot');
});
