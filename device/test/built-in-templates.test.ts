/**
 * The six built-in templates, pixel by pixel against the pictures in `built-in-templates/`, which are made, to be
 * looked at before they are committed, by:
 *   REFERENCES=write node --import tsx --test device/test/built-in-templates.test.ts
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { shotsOf } from '@photomaton/design-docs/template';
import sharp from 'sharp';
import { builtInTemplates, checkTemplate, type Occasion, render } from '../image/index.ts';
import { aJob, fourShots } from './drawing.ts';

const folder = fileURLToPath(new URL('built-in-templates/', import.meta.url));
const { occasion } = aJob();
const occasions: Record<string, Occasion> = {
  fr: occasion,
  en: {
    ...occasion,
    ...{
      language: 'en',
      accent: '#f2c14e',
      title: 'The golden wedding of Marie-Antoinette and Jean-Christophe',
    },
  },
};

const WIDTH = 400;
/** Of a channel, above what JPEG, another processor or another version of a codec makes of it. */
const DIFFERENT = 48;
const ALLOWED = 0.0001;

const small = (picture: Buffer) => sharp(picture).resize(WIDTH);

/** The part of the pixels that a person would see to be others. */
async function difference(a: Buffer, b: Buffer): Promise<number> {
  const [one, other] = await Promise.all(
    [a, b].map((picture) => small(picture).removeAlpha().raw().toBuffer()),
  );
  assert.ok(one && other && one.length === other.length, 'they are of one size');
  let different = 0;
  for (let at = 0; at < one.length; at += 3) {
    const isDifferent = [0, 1, 2].some(
      (c) => Math.abs((one[at + c] ?? 0) - (other[at + c] ?? 0)) > DIFFERENT,
    );
    if (isDifferent) different += 1;
  }
  return different / (one.length / 3);
}

test('there are six, sound by their own rules, for one shot and for several', async () => {
  const all = builtInTemplates();
  assert.deepEqual(
    all.map(({ template }) => [template.name, template.mode, shotsOf(template)]),
    [
      ['full-bleed', 'single', 1],
      ['classic-strip', 'strip', 4],
      ['grid', 'strip', 4],
      ['polaroid', 'single', 1],
      ['postcard', 'single', 1],
      ['boomerang', 'boomerang', 1],
    ],
  );
  for (const { template, images } of all) {
    assert.deepEqual(await checkTemplate(template, images), { kind: 'template', template });
  }
});

for (const { template, images } of builtInTemplates()) {
  for (const [language, at] of Object.entries(occasions)) {
    test(`${template.name} looks as it was drawn, ${language}`, async () => {
      const file = `${folder}${template.name}.${language}.jpg`;
      const job = aJob({ template, images, occasion: at });
      const { jpeg } = await render(job, fourShots());
      if (process.env.REFERENCES === 'write') {
        mkdirSync(folder, { recursive: true });
        const reference = small(jpeg).jpeg({ quality: 92, chromaSubsampling: '4:4:4' });
        writeFileSync(file, await reference.toBuffer());
      }
      const reference = readFileSync(file);
      const part = await difference(jpeg, reference);
      assert.ok(part <= ALLOWED, `${part} of the pixels are others`);

      // The comparison would see any of it missing, however small.
      for (const text of template.texts) {
        const texts = template.texts.filter((other) => other !== text);
        const { jpeg: without } = await render({ ...job, template: { ...template, texts } }, fourShots());
        assert.ok((await difference(without, reference)) > ALLOWED, JSON.stringify(text.text));
      }
    });
  }
}
