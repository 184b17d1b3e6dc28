import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTexts } from '../i18n/catalogue.ts';

const { fr, en } = readTexts();
/** French has a plural of its own for millions, English none; "zero" is a choice. */
const PLURAL = /_(?:zero|one|two|few|many|other)$/;
const bare = (key: string) => key.replace(PLURAL, '');

const sources = ['../kiosk', '../setup']
  .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|ejs)$/.test(name))
      .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })),
  );

/** Keys as they are written: `t('a.b')`, `data-t="a.b"`, and the fixed beginning of `t(`a.${x}.b`)`. */
function* keysIn(text: string): Generator<RegExp> {
  const quoted = (key: string) => key.replaceAll(/[.*+?^()|[\]\\]/g, '\\$&');
  for (const [, key = ''] of text.matchAll(/\bt\('([^']+)'/g)) {
    if (key) yield new RegExp(`^${quoted(key)}$`);
  }
  // A view that is included is given its key.
  for (const [, key, given] of text.matchAll(/data-t(?:-label)?="([^"<]+)"|include\(.*text: '([^']+)'/g)) {
    yield new RegExp(`^${quoted(key ?? given ?? '')}$`);
  }
  for (const [, key = ''] of text.matchAll(/\bt\(\s*`([^`]+)`/g)) {
    yield new RegExp(`^${quoted(key).replaceAll(/\$\{[^}]*\}/g, '.+')}$`);
  }
}

test('both languages have the same texts, with the same values in them', () => {
  assert.deepEqual(new Set(Object.keys(fr).map(bare)), new Set(Object.keys(en).map(bare)));
  const values = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
  for (const key of Object.keys(en)) assert.deepEqual(values(fr[key] ?? ''), values(en[key] ?? ''), key);
});

test('every key that a page asks for is there', () => {
  const keys = Object.keys(en).map(bare);
  for (const { name, text } of sources) {
    for (const asked of keysIn(text)) {
      assert.ok(
        keys.some((key) => asked.test(key)),
        `${name}: ${asked.source}`,
      );
    }
  }
});

test('every plural has the forms that its language needs', () => {
  for (const [language, texts] of Object.entries({ fr, en })) {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plurals = Object.keys(texts).filter((key) => PLURAL.test(key));
    for (const key of plurals) {
      for (const form of forms)
        assert.ok(`${bare(key)}_${form}` in texts, `${language} ${bare(key)}_${form}`);
    }
  }
});

test('French keeps its signs at the word: no plain space before : ; ! ? and inside « »', () => {
  for (const [key, text] of Object.entries(fr)) {
    assert.doesNotMatch(text, / [:;!?»]|« /, key);
    assert.doesNotMatch(text, /\p{L}[!?;»]|«\p{L}/u, key);
  }
});

test('Wi‑Fi never breaks', () => {
  for (const [key, text] of Object.entries({ ...fr, ...en })) assert.doesNotMatch(text, /Wi[- ]?Fi/, key);
});
