import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { applyFilter, FILTERS, type FilterName } from '../image/filters.ts';
import { maskOf, replaceGreen } from '../image/green-screen.ts';
import type * as filterView from '../kiosk/page/filter-view.ts';
import { openChromium } from './chromium.ts';
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
  const page = await (await openChromium(t, ['--enable-unsafe-swiftshader'])).newPage();
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
    replaceGreen(final, background);
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

test('the guest stays, without a green rim', () => {
  const [skin, white, black, oliveCloth] = [
    [224, 172, 140],
    [250, 250, 250],
    [9, 10, 9],
    [120, 128, 70],
  ];
  const [lit, shadow] = [
    [60, 165, 75],
    [25, 75, 30],
  ];
  const rgba = new Uint8Array(
    [skin, white, black, oliveCloth, lit, shadow, [140, 170, 110]].flatMap((c) => [...(c ?? []), 255]),
  );
  assert.deepEqual([...maskOf(rgba).subarray(0, 6)], [255, 255, 255, 255, 0, 0]);
  const background = new Uint8Array(rgba.length).fill(200);
  replaceGreen(rgba, background);
  const [r = 0, g = 0, b = 0] = rgba.subarray(24);
  assert.ok(g <= Math.max(r, b), 'half guest, half screen');
  assert.deepEqual([...rgba.subarray(16, 19)], [200, 200, 200]);
});

test('a cleaned mask counts, and a background of another size is a mistake', () => {
  const rgba = new Uint8Array([10, 200, 10, 255, 200, 10, 10, 255]);
  replaceGreen(rgba, new Uint8Array(8).fill(100), new Uint8Array([255, 0]));
  assert.deepEqual([...rgba], [10, 10, 10, 255, 100, 100, 100, 255]);
  assert.throws(() => replaceGreen(rgba, new Uint8Array(4)), RangeError);
});
