import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import sharp, { type Color, type Sharp } from 'sharp';
import { builtInTemplates, render, renderSlot, type Tools } from '../image/index.ts';
import { aJob, aTemplate, coloursAt, fourShots, photograph, plainJpeg } from './drawing.ts';

const WHOLE = { x: 0, y: 0, width: 200, height: 100 };
const png = (background: Color, width = 10, height = 10) =>
  sharp({ create: { width, height, channels: 4, background } })
    .png()
    .toBuffer();

test('a picture has exactly the pixels of its paper, says so, and is sRGB with its profile', async () => {
  for (const { template, images } of builtInTemplates()) {
    for (const dpi of [300, 600] as const) {
      const { jpeg, width, height } = await render(aJob({ template, images, dpi }), fourShots());
      const found = await sharp(jpeg).metadata();
      const pixels = { width: (template.size.width * dpi) / 300, height: (template.size.height * dpi) / 300 };
      assert.deepEqual({ width, height }, pixels, template.name);
      assert.deepEqual({ width: found.width, height: found.height }, pixels, template.name);
      assert.deepEqual([found.format, found.space, found.density], ['jpeg', 'srgb', dpi]);
      assert.ok(found.icc?.includes('s\0R\0G\0B'));
      await sharp(jpeg, { failOn: 'warning' }).stats();
    }
  }
});

test('the same input is the same bytes, and any other title or moment other ones', async () => {
  const hash = async (job: Parameters<typeof render>[0]) =>
    createHash('sha256')
      .update((await render(job, fourShots())).jpeg)
      .digest('hex');
  for (const { template, images } of builtInTemplates()) {
    const job = aJob({ template, images });
    const first = await hash(job);
    assert.equal(await hash(job), first, template.name);
    const { occasion } = job;
    assert.notEqual(await hash({ ...job, occasion: { ...occasion, title: 'Camille & Noë' } }), first);
    assert.notEqual(await hash({ ...job, occasion: { ...occasion, date: new Date(0) } }), first);
  }
});

test('a shot is turned upright as its EXIF says; EXIF and GPS stay out of the picture', async () => {
  // Red, green / blue, yellow as a person sees it, whatever way round the camera has stored it.
  const upright = await sharp({ create: { width: 400, height: 200, channels: 3, background: 'red' } })
    .composite([
      { input: await png('lime', 200, 100), left: 200, top: 0 },
      { input: await png('blue', 200, 100), left: 0, top: 100 },
      { input: await png('yellow', 200, 100), left: 200, top: 100 },
    ])
    .png()
    .toBuffer();
  const stored: Record<number, (picture: Sharp) => Sharp> = {
    1: (picture) => picture,
    2: (picture) => picture.flop(),
    3: (picture) => picture.rotate(180),
    4: (picture) => picture.flip(),
    6: (picture) => picture.rotate(270),
    8: (picture) => picture.rotate(90),
  };
  for (const [orientation, turned] of Object.entries(stored)) {
    const exif = {
      IFD0: { Copyright: 'nobody' },
      IFD3: { GPSLatitude: '48/1 51/1 30/1', GPSLatitudeRef: 'N' },
    };
    const shot = await turned(sharp(upright))
      .withMetadata({ orientation: Number(orientation) })
      .withExifMerge(exif)
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    assert.ok(shot.includes('nobody'), 'the shot has EXIF');
    const { jpeg } = await render(aJob(), [shot]);
    const colours = await coloursAt(jpeg, [
      [50, 25],
      [150, 25],
      [50, 75],
      [150, 75],
    ]);
    assert.deepEqual(colours, ['red', 'green', 'blue', 'yellow'], `orientation ${orientation}`);
    const { exif: left, orientation: still, xmp, iptc } = await sharp(jpeg).metadata();
    assert.deepEqual([left, still, xmp, iptc], [undefined, undefined, undefined, undefined]);
    assert.ok(!jpeg.includes('nobody') && !jpeg.includes('Exif'));
  }
});

test('from back to front: background, its image, slots, overlays in their order, with their alpha', async () => {
  const template = aTemplate({
    background: { colour: '#0000ff', image: 'back.png' },
    slots: [{ shot: 0, x: 50, y: 0, width: 150, height: 100 }],
    overlays: [
      { image: 'black.png', x: 100, y: 0, width: 300, height: 100 },
      { image: 'black.png', x: 150, y: -50, width: 100, height: 100, tint: '#00ff00' },
      { image: 'black.png', x: 150, y: 50, width: 50, height: 50, tint: '#ffffff', opacity: 0.5 },
    ],
  });
  const halfGreen = await sharp(await png('lime', 10, 5))
    .extend({ bottom: 5, background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png()
    .toBuffer();
  const images = new Map([
    ['back.png', halfGreen],
    ['black.png', await png('black')],
  ]);
  const { jpeg } = await render(aJob({ template, images }), [await plainJpeg('red')]);
  const colours = await coloursAt(jpeg, [
    [25, 10],
    [25, 90],
    [75, 50],
    [125, 50],
    [175, 25],
    [175, 75],
  ]);
  assert.deepEqual(colours, ['green', 'blue', 'red', 'black', 'green', 'grey']);
});

test('a slot is rounded, turned around its middle, or slanted', async () => {
  const shot = await plainJpeg('red');
  const square = { shot: 0, x: 50, y: 0, width: 100, height: 100 };
  const look = async (slot: Parameters<typeof aTemplate>[0] & object) =>
    coloursAt((await render(aJob({ template: aTemplate(slot) }), [shot])).jpeg, [
      [54, 4],
      [100, 4],
      [100, 50],
      [146, 96],
    ]);
  assert.deepEqual(await look({ slots: [square] }), ['red', 'red', 'red', 'red']);
  assert.deepEqual(await look({ slots: [{ ...square, radius: 40 }] }), ['white', 'red', 'red', 'white']);
  // A bar that stands up when it is turned: its place on the page is where it was, within a pixel.
  const bar = { shot: 0, x: 20, y: 40, width: 160, height: 20, rotation: 90 };
  const { jpeg } = await render(aJob({ template: aTemplate({ slots: [bar] }) }), [shot]);
  const around = await coloursAt(jpeg, [
    [86, 50],
    [92, 50],
    [108, 50],
    [113, 50],
    [100, 2],
    [100, 97],
    [30, 50],
  ]);
  assert.deepEqual(around, ['white', 'red', 'red', 'white', 'red', 'red', 'white']);
  const corners = [
    { x: 100, y: 0 },
    { x: 200, y: 0 },
    { x: 100, y: 100 },
    { x: 0, y: 100 },
  ] as [
    { x: number; y: number },
    { x: number; y: number },
    { x: number; y: number },
    { x: number; y: number },
  ];
  const slanted = aTemplate({ slots: [{ ...square, corners }] });
  const there = await coloursAt((await render(aJob({ template: slanted }), [shot])).jpeg, [
    [20, 20],
    [110, 6],
    [90, 94],
    [180, 80],
  ]);
  assert.deepEqual(there, ['white', 'red', 'red', 'white']);
});

test('perspective and filters are done by the tools; without them the picture is made without', async () => {
  const shot = await plainJpeg('red');
  const corners = [
    { x: 20, y: 10 },
    { x: 180, y: 0 },
    { x: 180, y: 100 },
    { x: 20, y: 90 },
  ] as [
    { x: number; y: number },
    { x: number; y: number },
    { x: number; y: number },
    { x: number; y: number },
  ];
  const template = aTemplate({ slots: [{ shot: 0, ...WHOLE, corners }], filter: 'noir' });
  const asked: unknown[] = [];
  const tools: Tools = {
    filter: (pixels, name, channels) => {
      asked.push(name);
      for (let at = 0; at < pixels.length; at += channels) pixels.set([0, 0, 255], at);
    },
    warp: async (picture, there, size) => {
      asked.push(there, size, picture.width, picture.channels);
      const data = new Uint8Array(size.width * size.height * 4);
      for (let at = 0; at < data.length; at += 4) data.set(picture.data.subarray(0, 4), at);
      return { ...size, channels: 4, data };
    },
  };
  const { left, top, width, height } = await renderSlot(aJob({ template, dpi: 600 }), 0, shot, tools);
  assert.deepEqual([left, top, width, height], [40, 0, 320, 200]);
  const doubled = corners.map(({ x, y }) => ({ x: (x - 20) * 2, y: y * 2 }));
  assert.deepEqual(asked, ['noir', doubled, { width: 320, height: 200 }, 400, 4]);

  const points: [number, number][] = [
    [10, 50],
    [100, 50],
  ];
  const made = await render(aJob({ template, filter: 'sepia' }), [shot], tools);
  assert.deepEqual(await coloursAt(made.jpeg, points), ['white', 'blue']);
  assert.equal(asked[5], 'sepia', 'the guest’s choice, not the template’s');
  const without = await render(aJob({ template }), [shot], {});
  assert.deepEqual(await coloursAt(without.jpeg, points), ['red', 'red'], 'flat, and in its own colours');
});

test('people who stand too far apart for a slot are all in it, with a margin of paper', async () => {
  const apart = await sharp(await plainJpeg('black'))
    .composite([
      { input: await png('red', 40, 40), left: 0, top: 80 },
      { input: await png('blue', 40, 40), left: 360, top: 80 },
    ])
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
  const template = aTemplate({ slots: [{ shot: 0, x: 50, y: 0, width: 100, height: 100 }] });
  const faces = [0, 0.9].map((x) => ({ x, y: 0.4, width: 0.1, height: 0.2 }));
  const points: [number, number][] = [
    [55, 50],
    [145, 50],
    [100, 10],
    [100, 50],
  ];
  const all = await render(aJob({ template, faces: [faces] }), [apart]);
  assert.deepEqual(await coloursAt(all.jpeg, points), ['red', 'blue', 'white', 'black']);
  const nobody = await render(aJob({ template }), [apart]);
  assert.deepEqual(await coloursAt(nobody.jpeg, points), ['black', 'black', 'black', 'black']);
});

test('guests before a green screen stand before the backdrop, cut to the slot, below the filter', async () => {
  const backdrop = await sharp(await png('blue', 400, 400))
    .composite([{ input: await png('yellow', 200, 400), left: 200, top: 0 }])
    .png()
    .toBuffer();
  const shot = await sharp(await plainJpeg('#00ff00'))
    .composite([{ input: await png('red', 200, 200), left: 100, top: 0 }])
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
  const tools: Tools = {
    replaceGreen: ({ data, channels }, behind) => {
      assert.equal(behind.length, data.length);
      for (let at = 0; at < data.length; at += channels) {
        const isGreen = (data[at + 1] ?? 0) > 128 && (data[at] ?? 0) < 128;
        if (isGreen) data.set(behind.subarray(at, at + channels), at);
      }
    },
  };
  const look = async (job: Parameters<typeof aJob>[0]) =>
    coloursAt((await render(aJob(job), [shot], tools)).jpeg, [
      [25, 50],
      [100, 50],
      [175, 50],
    ]);
  assert.deepEqual(await look({ backdrop }), ['blue', 'red', 'yellow']);
  assert.deepEqual(await look({}), ['green', 'red', 'green'], 'no backdrop, no screen');
  await assert.rejects(
    render(aJob({ backdrop: Buffer.from('<svg/>') }), [shot], tools),
    /the backdrop is not/,
  );
});

test('a grey photograph and one with a profile of its own come out in sRGB', async () => {
  const wide = await sharp(photograph('coffee')).withIccProfile('p3').jpeg().toBuffer();
  const means = async (shot: Buffer) => {
    const { channels } = await sharp((await render(aJob(), [shot])).jpeg).stats();
    return channels.map(({ mean }) => Math.round(mean));
  };
  const [asTaken, converted] = [await means(photograph('coffee')), await means(wide)];
  for (const [i, mean] of asTaken.entries())
    assert.ok(Math.abs(mean - (converted[i] ?? 0)) <= 2, `${converted}`);
  const [r, g, b] = await means(await sharp(photograph('cameraman')).greyscale().jpeg().toBuffer());
  assert.ok(r === g && g === b);
});

test('what cannot be drawn is said in words', async () => {
  const shot = await plainJpeg('red');
  await assert.rejects(render(aJob(), []), /the shot of slot 0 is missing/);
  await assert.rejects(render(aJob(), [await png('red')]), /not a JPEG/);
  await assert.rejects(renderSlot(aJob(), 1, shot), /no slot 1/);
  const template = aTemplate({ background: { colour: 'paper', image: 'gone.png' } });
  await assert.rejects(render(aJob({ template }), [shot]), /gone\.png is missing/);
});
