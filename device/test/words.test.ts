import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TemplateText } from '@photomaton/design-docs/template';
import sharp from 'sharp';
import { colourOf } from '../image/render/colours.ts';
import { outline } from '../image/render/fonts.ts';
import { drawText } from '../image/render/text.ts';
import { wordsOf } from '../image/render/words.ts';
import { aJob } from './drawing.ts';

const { occasion } = aJob();

test('placeholders are filled in, in the guest’s language and the time of the place', () => {
  const all = '{event} · {date} · {time}';
  assert.equal(wordsOf(all, occasion), 'Camille & Noé · 14 juillet 2026 · 15:30');
  assert.equal(wordsOf(all, { ...occasion, language: 'en' }), 'Camille & Noé · 14 July 2026 · 15:30');
  const newYear = { ...occasion, date: new Date('2026-12-31T23:05:00Z') };
  assert.equal(wordsOf('{date}, {time}', newYear), '1er janvier 2027, 00:05');
  assert.equal(wordsOf({ fr: 'Carte', en: 'Card' }, { ...occasion, language: 'en' }), 'Card');
});

test('a title is only a title: not a placeholder, no line breaks, no page', () => {
  assert.equal(wordsOf('{event}', { ...occasion, title: '{date} {time}' }), '{date} {time}');
  assert.equal(wordsOf('{event}', { ...occasion, title: ' a\n\tb\u0000  c ' }), 'a b c');
  assert.equal(wordsOf('{event}', { ...occasion, title: 'x'.repeat(500) }).length, 120);
});

const style = { font: 'Fraunces', weight: 600, tracking: 0 } as const;

test('letters are outlines of the fonts that come with the package; what they lack is left out', () => {
  assert.equal(outline('🎂🎉', style).width, 0);
  assert.equal(outline('Léa 🎂', style).svg, outline('Léa ', style).svg);
  assert.equal(outline('Le\u0301a', style).svg, outline('Léa', style).svg, 'composed or not');
  assert.ok(outline('Ωραία', style).width > 1, 'Greek is set in Inter');
  assert.equal(outline('Ωραία', style).svg, outline('Ωραία', { ...style, font: 'Inter' }).svg);
  const apart = outline('AB', { ...style, tracking: 0.1 }).width - outline('AB', style).width;
  assert.ok(Math.abs(apart - 0.1) < 1e-9, 'between the two, not after them');
});

const box: TemplateText = {
  ...{ text: '{event}', x: 100, y: 100, width: 400, height: 120 },
  ...{ align: 'left', font: 'Fraunces', weight: 600, size: 100, colour: 'ink' },
};
const page = { width: 600, height: 320 };

/** Where ink is, in pixels of the page. */
async function inkOf(words: string, changes: Partial<TemplateText> = {}, scale = 1) {
  const scaled = { width: page.width * scale, height: page.height * scale };
  const drawn = await drawText({ ...box, ...changes }, words, { colour: [0, 0, 0], scale, page: scaled });
  if (!drawn) return undefined;
  const { picture, left, top } = drawn;
  const raw = { width: picture.width, height: picture.height, channels: 4 as const };
  const { info } = await sharp(picture.data, { raw })
    .trim({ background: { r: 0, g: 0, b: 0, alpha: 0 }, threshold: 60 })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const x = left - (info.trimOffsetLeft ?? 0);
  const y = top - (info.trimOffsetTop ?? 0);
  return { x, y, right: x + info.width, bottom: y + info.height, width: info.width, height: info.height };
}

test('a text stays in its box, however long: several lines, smaller letters, at last an ellipsis', async () => {
  for (const words of [
    'Léa',
    'Camille & Noé',
    'Anniversaire de Marie-Antoinette',
    'mot '.repeat(60),
    'w'.repeat(90),
  ]) {
    for (const scale of [1, 2]) {
      const ink = await inkOf(words.trim(), {}, scale);
      assert.ok(ink, words);
      const { x, y, right, bottom } = ink;
      const room = 6 * scale; // letters lean out a little
      assert.ok(x >= 100 * scale - room && right <= 500 * scale + room, `${words}: ${JSON.stringify(ink)}`);
      assert.ok(y >= 100 * scale - room && bottom <= 220 * scale + room, `${words}: ${JSON.stringify(ink)}`);
    }
  }
  assert.equal(await inkOf(''), undefined);
  assert.equal(await inkOf('🎂'), undefined);
});

test('a text is where its box says: left, right, middle, top, bottom, turned', async () => {
  const near = (a: number | undefined, b: number) =>
    assert.ok(Math.abs((a ?? 0) - b) < 8, `${a} is not ${b}`);
  near((await inkOf('Léa'))?.x, 100);
  near((await inkOf('Léa', { align: 'right' }))?.right, 500);
  const middle = await inkOf('Hello', { align: 'center' });
  near((middle?.x ?? 0) + (middle?.width ?? 0) / 2, 300);
  near((middle?.y ?? 0) + (middle?.height ?? 0) / 2, 160);
  near((await inkOf('HELLO', { size: 60, verticalAlign: 'top' }))?.y, 100);
  near((await inkOf('HELLO', { size: 60, verticalAlign: 'bottom' }))?.bottom, 220);
  const turned = await inkOf('HELLO', { size: 40, align: 'center', rotation: 90 });
  near((turned?.x ?? 0) + (turned?.width ?? 0) / 2, 300);
  assert.ok((turned?.height ?? 0) > 2 * (turned?.width ?? 0), 'it stands');
});

test('text in the accent, or on it, can be read whatever accent an event chooses', () => {
  const luminance = (rgb: readonly number[]) => {
    const [r = 0, g = 0, b = 0] = rgb.map((c) =>
      c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: readonly number[], b: readonly number[]) => {
    const [light, dark] = [Math.max(luminance(a), luminance(b)), Math.min(luminance(a), luminance(b))];
    return (light + 0.05) / (dark + 0.05);
  };
  for (let i = 0; i < 4096; i += 7) {
    const accent = `#${[...i.toString(16).padStart(3, '0')].map((digit) => digit + digit).join('')}`;
    assert.ok(contrast(colourOf('on-accent', accent), colourOf('accent', accent)) >= 4.5, accent);
    assert.ok(contrast(colourOf('accent-text', accent), colourOf('paper')) >= 4.5, accent);
  }
  assert.deepEqual(colourOf('accent-text', '#b3261e'), [0xb3, 0x26, 0x1e], 'as it is, when it can be');
  assert.deepEqual(colourOf('#0a0b0c'), [10, 11, 12]);
});
