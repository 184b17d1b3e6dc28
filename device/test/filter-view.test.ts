import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openChromium } from '@photomaton/design-docs/chromium';
import { WEBGL } from '@photomaton/design-docs/launch-chromium';
import type { FilterName } from '@photomaton/design-docs/template';
import express from 'express';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { applyFilter, FILTERS } from '../image/filters.ts';
import { maskOf, replaceGreen } from '../image/green-screen.ts';
import { renderSlot } from '../image/index.ts';
import { cropOf } from '../image/render/crop.ts';
import { cleanMask } from '../image/vision/clean-mask.ts';
import type * as backdrop from '../kiosk/page/backdrop.ts';
import type * as filterView from '../kiosk/page/filter-view.ts';
import type * as look from '../kiosk/page/look.ts';
import { lookOf } from '../kiosk/page/look.ts';
import { aJob, aTemplate } from './drawing.ts';
import { startShownKiosk } from './shown-kiosk.ts';

/** Of 255: both round the same formula, one in single precision. */
const TOLERANCE = 2;

const SIZE = { width: 480, height: 320 };

/** A shipped photograph, RGBA. */
async function photo(name: string): Promise<Buffer> {
  const file = fileURLToPath(new URL(`../camera/player/${name}.jpg`, import.meta.url));
  return sharp(file).resize(SIZE).ensureAlpha().raw().toBuffer();
}

/** A guest with a soft outline before a cloth of uneven light. */
function beforeCloth(guest: Buffer): Buffer {
  const picture = Buffer.from(guest);
  for (let i = 0; i < picture.length; i += 4) {
    const [x, y] = [(i / 4) % SIZE.width, Math.floor(i / 4 / SIZE.width)];
    const part = Math.min(1, Math.max(0, (190 - Math.hypot(x - 220, y - 160)) / 60));
    for (const [c, cloth] of [50, 130 + x / 10, 60 + y / 20].entries())
      picture[i + c] = cloth + ((picture[i + c] ?? 0) - cloth) * part;
  }
  return picture;
}

/** What Chromium shows of it, RGBA. */
async function show(page: Page, picture: Buffer, filter: FilterName, background?: Buffer): Promise<Buffer> {
  const sent = background ? [picture, background] : [picture];
  const pngs = await Promise.all(
    sent.map((rgba) =>
      sharp(rgba, { raw: { ...SIZE, channels: 4 } })
        .png()
        .toBuffer(),
    ),
  );
  const png = await page.evaluate(
    async ({ pngs, filter, module }) => {
      const { createFilterView } = (await import(module)) as typeof filterView;
      const images: HTMLImageElement[] = [];
      for (const png of pngs) {
        const image = new Image();
        image.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))]));
        await image.decode();
        images.push(image);
      }
      const view = images[0] && createFilterView(images[0]);
      if (!view) throw new Error('no WebGL');
      view.show({ filter, background: images[1] });
      view.draw();
      return view.view.toDataURL('image/png');
    },
    { pngs: pngs.map((png) => png.toString('base64')), filter, module: '/code/kiosk/page/filter-view.ts' },
  );
  return sharp(Buffer.from(png.slice(png.indexOf(',')), 'base64'))
    .ensureAlpha()
    .raw()
    .toBuffer();
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, byte, i) => Math.max(most, Math.abs(byte - (b[i] as number))), 0);
}

test('the live view is what the final picture will be', { timeout: 60_000 }, async (t) => {
  const { url } = await startShownKiosk(t);
  const page = await (await openChromium(t, [WEBGL])).newPage();
  await page.goto(`${url}/healthz`);

  for (const name of Object.keys(FILTERS) as FilterName[]) {
    await t.test(`with the filter ${name}`, async () => {
      const picture = await photo('astronaut');
      const shown = await show(page, picture, name);
      const final = applyFilter(new Uint8Array(picture), name);
      const difference = largestDifference(final, shown);
      assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
      if (name !== 'none') assert.ok(largestDifference(picture, shown) > 15, 'it is seen');
    });
  }

  await t.test('before another background, with a filter over both', async () => {
    const picture = beforeCloth(await photo('astronaut'));
    const background = await photo('coffee');
    const shown = await show(page, picture, 'warm', background);
    const final = new Uint8Array(picture);
    replaceGreen({ ...SIZE, channels: 4, data: final }, background);
    const unfiltered = final.slice();
    const difference = largestDifference(applyFilter(final, 'warm'), shown);
    assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
    const at = (pixels: Uint8Array, x: number, y: number) => [
      ...pixels.subarray((y * 480 + x) * 4, (y * 480 + x) * 4 + 3),
    ];
    assert.deepEqual(at(unfiltered, 470, 10), at(background, 470, 10), 'where the screen was');
    assert.deepEqual(at(unfiltered, 470, 310), at(background, 470, 310));
  });
});

/** Red and green say where on it a pixel lies. */
function mapOf(width: number, height: number): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const at = [(pixel % width) / width, Math.floor(pixel / width) / height, 0.5];
    return Math.round((at[i % 3] ?? 0) * 255);
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

test('a guest before a green screen: the live view of the page, and the slot of the final picture', {
  timeout: 60_000,
}, async (t) => {
  const shot = await sharp(beforeCloth(await photo('astronaut')), { raw: { ...SIZE, channels: 4 } })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
  const backdrops = { square: await mapOf(500, 500), wide: await mapOf(900, 300) };
  const pictures = express.Router();
  pictures.get('/backdrop/:is', (req, res) => {
    res.type('png').send(backdrops[req.params.is as keyof typeof backdrops]);
  });
  pictures.get('/shot.jpg', (_req, res) => res.type('jpeg').send(shot));
  const { url } = await startShownKiosk(t, { photos: pictures });
  const page = await (await openChromium(t, [WEBGL])).newPage();
  await page.goto(`${url}/healthz`);
  const liveView = (is: keyof typeof backdrops, place: { width: number; height: number }) =>
    page.evaluate(
      async ({ folder, url, place }) => {
        const { createLook } = (await import(`${folder}/look.ts`)) as typeof look;
        const { createBackdrop } = (await import(`${folder}/backdrop.ts`)) as typeof backdrop;
        const camera = new Image();
        camera.src = '/shot.jpg';
        await camera.decode();
        const { view, show } = createLook(camera);
        const loaded = new EventTarget();
        const made = createBackdrop({ onChange: loaded.dispatchEvent.bind(loaded, new Event('loaded')) });
        made.follow(url);
        await new Promise((resolve) => loaded.addEventListener('loaded', resolve));
        show({ filter: 'warm', background: made.picture(), place });
        const shown = view.querySelector('canvas')?.toDataURL('image/png');
        show({ filter: 'none' });
        return { shown: shown ?? '', isHidden: view.querySelector('canvas')?.hidden };
      },
      { folder: '/code/kiosk/page', url: `/backdrop/${is}`, place },
    );

  for (const [is, place] of [
    ['square', SIZE],
    ['square', { width: 320, height: 320 }],
    ['wide', { width: 160, height: 320 }],
    ['wide', { width: 480, height: 120 }],
  ] as const) {
    await t.test(`a ${is} backdrop, in a place of ${place.width} by ${place.height}`, async () => {
      const { shown, isHidden } = await liveView(is, place);
      assert.equal(isHidden, true, 'without a look the camera is seen as it comes');
      const { x, y, width, height } = cropOf({ photo: SIZE, slot: place });
      const live = await sharp(Buffer.from(shown.slice(shown.indexOf(',')), 'base64'))
        .extract({ left: x, top: y, width, height })
        .removeAlpha()
        .raw()
        .toBuffer();
      const template = aTemplate({ size: SIZE, slots: [{ shot: 0, x: 0, y: 0, ...place }] });
      const job = aJob({ template, filter: 'warm', backdrop: backdrops[is] });
      const { data: final } = await renderSlot(job, 0, shot);
      assert.equal(live.length, final.length);
      // Two decoders of JPEG; and a mask without specks, which a live view has no time for.
      const far = live.filter((byte, i) => Math.abs(byte - (final[i] as number)) > 6).length / live.length;
      assert.ok(far < 0.01, `${far}`);
    });
  }
});

test('a guest who is counted to is seen in the place of that shot', () => {
  const places = [SIZE, { width: 100, height: 300 }];
  const title = { fr: '', en: '' };
  const layout = { name: 'two', title, mode: 'strip', shots: 2, places, preview: '' } as const;
  const plan = { layout, filter: 'sepia', countdownS: 3 } as const;
  const turn = { shot: 1, rest: [], taken: 1 };
  assert.deepEqual(lookOf({ kind: 'countdown', plan, turn, left: 3 }), { filter: 'sepia', place: places[1] });
  assert.deepEqual(lookOf({ kind: 'attract' }), { filter: 'none' });
});

test('a graphics driver that starts again brings the look back', { timeout: 60_000 }, async (t) => {
  const { url } = await startShownKiosk(t);
  const page = await (await openChromium(t, [WEBGL])).newPage();
  await page.goto(`${url}/healthz`);
  const seen = await page.evaluate(async (module) => {
    const { createFilterView } = (await import(module)) as typeof filterView;
    const image = new Image();
    image.src = '/pictures/astronaut.jpg';
    await image.decode();
    const made = createFilterView(image);
    if (!made) throw new Error('no WebGL');
    made.show({ filter: 'noir' });
    made.draw();
    const before = made.view.toDataURL();
    const driver = made.view.getContext('webgl')?.getExtension('WEBGL_lose_context');
    driver?.loseContext();
    await new Promise((resolve) => made.view.addEventListener('webglcontextlost', resolve));
    made.draw();
    const { visibility } = made.view.style;
    await new Promise((resolve) => setTimeout(resolve)); // not from within the event: there it is not allowed
    driver?.restoreContext();
    await new Promise((resolve) => made.view.addEventListener('webglcontextrestored', resolve));
    made.draw();
    return { visibility, after: made.view.style.visibility, isSame: made.view.toDataURL() === before };
  }, '/code/kiosk/page/filter-view.ts');
  assert.deepEqual(seen, { visibility: 'hidden', after: '', isSame: true });
});

test('the guest stays, without a green rim', () => {
  const guest = [
    [224, 172, 140], // skin
    [250, 250, 250],
    [9, 11, 9],
    [120, 128, 70], // olive cloth
  ];
  const cloth = [
    [60, 165, 75],
    [25, 75, 30], // in shadow
  ];
  const rim = [140, 170, 110];
  const data = new Uint8Array([...guest, ...cloth, rim].flat());
  const background = new Uint8Array(data.length).fill(200);
  replaceGreen({ data, width: 7, height: 1, channels: 3 }, background);
  const at = (pixel: number) => [...data.subarray(pixel * 3, pixel * 3 + 3)];
  assert.deepEqual([at(0), at(1), at(2)], [guest[0], guest[1], [9, 9, 9]]);
  assert.deepEqual(at(3), [120, 120, 70]);
  assert.deepEqual(
    [at(4), at(5)],
    [
      [200, 200, 200],
      [200, 200, 200],
    ],
  );
  const [r = 0, g = 0, b = 0] = at(6);
  assert.ok(g <= Math.max(r, b), `${at(6)}`);
});

test('with a cleaned mask specks on the cloth and pinholes in the guest are gone, and the outline is as fine', () => {
  const [width, height] = [243, 121]; // no whole number of squares
  const [skin, cloth, behind] = [
    [224, 172, 140],
    [60, 165, 75],
    [10, 20, 30],
  ];
  const paint = (colourAt: (x: number, y: number) => number[]) =>
    Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return colourAt(pixel % width, Math.floor(pixel / width))[i % 3] ?? 0;
    });
  const isGuest = (x: number, y: number) => Math.hypot(x - 120, y - 60) < 50;
  const data = paint((x, y) => {
    if (x >= 118 && x < 122 && y >= 60 && y < 64) return cloth; // a green brooch
    if (x >= 20 && x < 24 && y >= 20 && y < 24) return skin; // a hole in the cloth
    return isGuest(x, y) ? skin : cloth;
  });
  const background = paint(() => behind);
  const picture = { data, width, height, channels: 3 } as const;
  replaceGreen(picture, background, cleanMask(maskOf(picture)));
  const wanted = paint((x, y) => {
    if (x >= 118 && x < 122 && y >= 60 && y < 64) return [60, 75, 75];
    return isGuest(x, y) ? skin : behind;
  });
  assert.deepEqual(data, wanted);
});

test('a background of another size is a mistake', () => {
  const picture = { data: new Uint8Array(12), width: 4, height: 1, channels: 3 } as const;
  assert.throws(() => replaceGreen(picture, new Uint8Array(3)), RangeError);
});
