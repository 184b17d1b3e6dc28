import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate } from '@photomaton/design-docs/template';
import { builtInTemplates, pictureSize } from '@photomaton/device/image';
import { type Box, boxAfterKey, linesOf, snapBox } from '../public/editor/box.ts';
import {
  boxAround,
  type Corners,
  carried,
  cornersIn,
  cornersText,
  isConvex,
} from '../public/editor/corners.ts';
import { createHistory } from '../public/editor/history.ts';
import { isSoft } from '../public/editor/soft.ts';
import { versionArrival } from '../templates/version-arrival.ts';
import { createDice } from './bad-input.ts';

const box: Box = { x: 100, y: 50, width: 200, height: 100, rotation: 0 };
const page = { width: 1800, height: 1200 };

test('a box that comes near a line keeps to it, each axis for itself, the nearest first', () => {
  const lines = linesOf(page, [{ x: 300, y: 300, width: 100, height: 100, rotation: 0 }]);
  for (const [what, at, kept, on] of [
    ['the edge of the page', { x: 4, y: 470 }, { x: 0, y: 470 }, { x: 0 }],
    ['its other edge', { x: 1603, y: 470 }, { x: 1600, y: 470 }, { x: 1800 }],
    ['both middles', { x: 803, y: 548 }, { x: 800, y: 550 }, { x: 900, y: 600 }],
    ['another element', { x: 305, y: 203 }, { x: 300, y: 200 }, { x: 300, y: 300 }],
    ['nothing', { x: 120, y: 130 }, { x: 120, y: 130 }, {}],
  ] as const) {
    const snapped = snapBox({ ...box, ...at }, lines, 6);
    assert.deepEqual(snapped, { box: { ...box, ...kept }, kept: on }, what);
  }
  const turned = linesOf(page, [{ x: 700, y: 300, width: 100, height: 100, rotation: 9 }]);
  assert.deepEqual(turned.x, [0, 900, 1800], 'one that is turned has no edges to keep to');
});

test('keys move, turn and resize by one, with Shift by ten', () => {
  const after = (key: string, isFast = false, from = box) => boxAfterKey(from, { key, isFast });
  assert.deepEqual(after('ArrowLeft'), { ...box, x: 99 });
  assert.deepEqual(after('ArrowDown', true), { ...box, y: 60 });
  assert.deepEqual(after(']'), { ...box, rotation: 1 });
  assert.deepEqual(after(']', true, { ...box, rotation: 175 }), { ...box, rotation: -175 });
  assert.deepEqual(after('['), { ...box, rotation: -1 });
  assert.deepEqual(after('+', true), { ...box, x: 90, y: 45, width: 220, height: 110 });
  assert.deepEqual(after('-', true, { ...box, width: 10, height: 5 })?.width, 1);
  assert.equal(after('a'), undefined);
  assert.equal(after('Tab'), undefined);
});

test('four corners are read as they are written, and go along with what is around them', () => {
  const corners: Corners = [
    { x: 10, y: 20 },
    { x: 110, y: 0 },
    { x: 90, y: 80 },
    { x: -10, y: 60 },
  ];
  assert.deepEqual(cornersIn(cornersText(corners)), corners);
  for (const text of ['', '1 2, 3 4', 'a b, c d, e f, g h', '1 2, 3 4, 5 6, 7 8.5']) {
    assert.equal(cornersIn(text), undefined, text);
  }
  const around = boxAround(corners);
  assert.deepEqual(around, { x: -10, y: 0, width: 120, height: 80, rotation: 0 });
  const twice = { ...around, x: 0, y: 100, width: 240, height: 160 };
  assert.deepEqual(carried({ x: 10, y: 20 }, around, twice), { x: 40, y: 140 });
});

test('the canvas takes four corners when, and only when, a booth does', () => {
  const { template } = builtInTemplates()[0] ?? assert.fail();
  const dice = createDice(7);
  const seen = { true: 0, false: 0 };
  for (let i = 0; i < 400; i++) {
    const at = () => ({ x: dice.below(7) * 100, y: dice.below(7) * 100 });
    const corners: Corners = [at(), at(), at(), at()];
    const slots = template.slots.map((slot) => ({ ...slot, corners }));
    const isTaken = parseTemplate({ ...template, slots }).kind === 'template';
    assert.equal(isConvex(corners), isTaken, cornersText(corners));
    seen[`${isTaken}`] += 1;
  }
  assert.ok(seen.true > 5 && seen.false > 5, JSON.stringify(seen));
});

test('a picture is soft when it has fewer pixels than dots; a colour that is stretched is not', async () => {
  const dots = { width: 1800, height: 1200 };
  for (const [width, height, expected] of [
    [1800, 1200, false],
    [3600, 2400, false],
    [1799, 1200, true],
    [1800, 1199, true],
    [600, 400, true],
    [8, 8, false],
    [8, 1120, false],
  ] as const) {
    assert.equal(isSoft({ width, height }, dots), expected, `${width} × ${height}`);
  }
  for (const { template, images } of builtInTemplates()) {
    for (const overlay of template.overlays) {
      const pixels = (await pictureSize(images.get(overlay.image) ?? new Uint8Array())) ?? assert.fail();
      assert.equal(isSoft(pixels, overlay), false, `${overlay.image} of ${template.name}`);
    }
  }
});

test('what was undone comes back, until something else is done', () => {
  const history = createHistory('a');
  assert.deepEqual([history.canUndo(), history.undo(), history.redo()], [false, undefined, undefined]);
  for (const state of ['b', 'b', 'c']) history.push(state);
  assert.deepEqual([history.undo(), history.undo(), history.undo()], ['b', 'a', undefined]);
  assert.deepEqual([history.redo(), history.canRedo()], ['b', true]);
  history.push('d');
  assert.deepEqual([history.canRedo(), history.redo(), history.undo()], [false, undefined, 'b']);
});

test('a version has arrived when the booth says so of that version', () => {
  const wanted = { name: 'fete-0a1b2c', version: 2 };
  const of = (version: number) => ({ name: wanted.name, version });
  assert.deepEqual(versionArrival(undefined, wanted), { kind: 'on-its-way' });
  assert.deepEqual(versionArrival({ templates: [of(1)] }, wanted), { kind: 'on-its-way' });
  assert.deepEqual(versionArrival({ templates: [of(2)] }, wanted), { kind: 'arrived' });
  const broken = (version: number) => ({
    brokenTemplates: [{ ...of(version), reason: 'x' }],
    templates: [of(1)],
  });
  assert.deepEqual(versionArrival(broken(2), wanted), { kind: 'refused', reason: 'x' });
  assert.deepEqual(versionArrival(broken(1), wanted), { kind: 'on-its-way' }, 'that was the one before');
});
