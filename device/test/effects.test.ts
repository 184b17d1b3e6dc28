import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { applyFilter } from '../image/filters.ts';
import { render, renderSlot } from '../image/index.ts';
import { aJob, aTemplate, coloursAt, photograph, plainJpeg } from './drawing.ts';

interface Point {
  x: number;
  y: number;
}
const WHOLE = { x: 0, y: 0, width: 200, height: 100 };

test('the finished picture has the filter that the live view had', async () => {
  const template = aTemplate({ slots: [{ shot: 0, ...WHOLE }] });
  const plain = await renderSlot(aJob({ template }), 0, photograph('astronaut'));
  const noir = await renderSlot(aJob({ template, filter: 'noir' }), 0, photograph('astronaut'));
  assert.deepEqual(
    Buffer.from(noir.data),
    Buffer.from(applyFilter(new Uint8Array(plain.data), 'noir', plain.channels)),
  );
});

test('a slot in perspective is drawn in perspective', async () => {
  const corners: [Point, Point, Point, Point] = [
    { x: 20, y: 0 },
    { x: 180, y: 30 },
    { x: 180, y: 70 },
    { x: 20, y: 100 },
  ];
  const template = aTemplate({ slots: [{ shot: 0, ...WHOLE, corners }] });
  const { jpeg } = await render(aJob({ template }), [await plainJpeg('red')]);
  const points: [number, number][] = [
    [25, 10],
    [100, 50],
    [175, 50],
    [175, 15],
    [10, 50],
  ];
  assert.deepEqual(await coloursAt(jpeg, points), ['red', 'red', 'red', 'white', 'white']);
});

test('guests before a green screen stand before the backdrop', async () => {
  const guest = await sharp(photograph('astronaut')).resize(200, 200).toBuffer();
  const shot = await sharp({ create: { width: 800, height: 400, channels: 3, background: '#3ca54b' } })
    .composite([{ input: guest, left: 300, top: 100 }])
    .jpeg()
    .toBuffer();
  const backdrop = await plainJpeg('blue');
  const template = aTemplate({ slots: [{ shot: 0, ...WHOLE }] });
  const pixelAt = (x: number, y: number, data: Uint8Array) => [
    ...data.subarray((y * 200 + x) * 3, (y * 200 + x) * 3 + 3),
  ];
  const { data: before } = await renderSlot(aJob({ template }), 0, shot);
  const { data: after } = await renderSlot(aJob({ template, backdrop }), 0, shot);
  for (const [x, y] of [
    [5, 5],
    [195, 95],
    [60, 50],
  ] as const) {
    const [r = 255, g = 255, b = 0] = pixelAt(x, y, after);
    assert.ok(r < 10 && g < 10 && b > 240, `${x}, ${y}: ${[r, g, b]}`);
  }
  const { data: other } = await renderSlot(aJob({ template, backdrop: await plainJpeg('red') }), 0, shot);
  assert.ok((pixelAt(5, 5, other)[0] ?? 0) > 240, 'another backdrop is another picture');
  assert.deepEqual(pixelAt(94, 38, after), pixelAt(94, 38, before), 'a face stays as it is');
});
