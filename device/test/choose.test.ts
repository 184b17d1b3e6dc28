import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Candidate, chooseMoment } from '../image/vision/choose.ts';

/** `[ms from zero, sharpness, are faces found?]` */
type Frame = [at: number, sharpness: number, hasFaces: boolean];
const NO = false;
const FACE = true;

function atOf(...frames: Frame[]): number | undefined {
  const candidates = frames.map(
    ([at, sharpness, hasFaces]): Candidate => ({ at, sharpness, hasFaces: () => hasFaces }),
  );
  const chosen = chooseMoment(candidates);
  return chosen === undefined ? undefined : candidates[chosen]?.at;
}

test('the sharpest near zero with faces is chosen', () => {
  assert.equal(atOf([-120, 100, FACE], [-40, 140, FACE], [30, 120, FACE]), -40);
  assert.equal(atOf([-120, 100, FACE], [-40, 900, NO], [30, 120, FACE]), 30, 'sharper, but without faces');
  assert.equal(atOf([-120, 100, NO], [-40, 140, NO], [30, 120, NO]), -40, 'nowhere faces');
  assert.equal(atOf([90, 100, FACE], [-40, 100, FACE]), -40, 'of two alike the one nearer to zero');
});

test('one from further away is chosen only when it is clearly better', () => {
  assert.equal(atOf([0, 100, FACE], [220, 149, FACE]), 0, 'sharper');
  assert.equal(atOf([0, 100, FACE], [220, 150, FACE]), 220, 'half again as sharp');
  assert.equal(atOf([0, 100, FACE], [220, 900, NO]), 0, 'much sharper, but without faces');
  assert.equal(atOf([0, 100, NO], [-220, 60, FACE]), -220, 'with the only face');
  assert.equal(atOf([150, 100, FACE], [151, 149, FACE]), 150);
});

test('nothing from outside the window is chosen', () => {
  assert.equal(atOf([-301, 900, FACE], [290, 10, NO]), 290);
  assert.equal(atOf([-301, 900, FACE], [700, 900, FACE]), undefined);
  assert.equal(atOf(), undefined);
});

test('faces are looked for in a few frames only', () => {
  let looks = 0;
  const hasFaces = () => {
    looks += 1;
    return false;
  };
  chooseMoment(Array.from({ length: 20 }, (_, i) => ({ at: i * 30 - 300, sharpness: i, hasFaces })));
  assert.equal(looks, 6);
});
