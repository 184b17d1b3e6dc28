import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LANGUAGES, type Language } from '../i18n.ts';

const PORTAL = fileURLToPath(new URL('..', import.meta.url));

/** Every text of a language by its full key, `part:key.of.it`. */
function catalogue(lang: Language): Map<string, string> {
  const texts = new Map<string, string>();
  const folder = join(PORTAL, 'i18n', lang);
  for (const file of readdirSync(folder)) {
    const add = (prefix: string, value: unknown): void => {
      if (typeof value === 'string') texts.set(prefix, value);
      else {
        for (const [key, inner] of Object.entries(value as Record<string, unknown>)) {
          add(prefix.endsWith(':') ? `${prefix}${key}` : `${prefix}.${key}`, inner);
        }
      }
    };
    add(`${file.replace(/\.json$/, '')}:`, JSON.parse(readFileSync(join(folder, file), 'utf8')));
  }
  return texts;
}

const PLURAL = /_(zero|one|two|few|many|other)$/;
const stem = (key: string): string => key.replace(PLURAL, '');
const texts = { fr: catalogue('fr'), en: catalogue('en') };

test('both languages have the same keys', () => {
  const stems = (lang: Language) => [...new Set([...texts[lang].keys()].map(stem))].sort();
  assert.deepEqual(stems('fr'), stems('en'));
});

test('a counted text has every form that its language counts in', () => {
  for (const lang of LANGUAGES) {
    const forms = new Intl.PluralRules(lang).resolvedOptions().pluralCategories;
    for (const key of texts[lang].keys()) {
      if (!PLURAL.test(key)) continue;
      for (const form of forms)
        assert.ok(texts[lang].has(`${stem(key)}_${form}`), `${lang}: ${stem(key)}_${form}`);
    }
  }
});

test('both languages use the same variables', () => {
  const variables = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g))].sort();
  for (const [key, text] of texts.en) {
    const french = texts.fr.get(key);
    if (french !== undefined) assert.deepEqual(variables(french), variables(text), key);
  }
});

test('every key that a page or a route asks for exists', () => {
  const known = [...new Set([...texts.en.keys()].map(stem))];
  let asked = 0;
  for (const file of sources(PORTAL)) {
    const source = readFileSync(file, 'utf8');
    for (const [, , key = ''] of source.matchAll(/[^\w.]t\(\s*(['"])([^'"]+)\1/g)) {
      asked += 1;
      assert.ok(known.includes(key) || texts.en.has(key), `${file}: ${key}`);
    }
    // Of a key put together from a state (`booths:${kind}`) at least one must exist.
    for (const [, key = ''] of source.matchAll(/[^\w.]t\(\s*`([^`]+)`/g)) {
      const parts = key.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(/[.\\]/g, '\\$&'));
      assert.ok(
        known.some((one) => new RegExp(`^${parts.join('[\\w-]+')}$`).test(one)),
        `${file}: ${key}`,
      );
    }
    const [loose] = /[^\w.]t\(\s*\w[^)]*\)/.exec(source) ?? [];
    assert.equal(loose, undefined, `${file}: a key in a variable cannot be checked`);
  }
  assert.ok(asked > 30);
});

test('French has its spaces before : ; ! ? and inside « »', () => {
  for (const [key, text] of texts.fr) {
    const prose = text.replaceAll(/\{\{\w+\}\}/g, 'x').replaceAll(/https?:/g, '');
    assert.doesNotMatch(prose, /[^\u00a0\u202f][:;!?»]|«[^\u00a0\u202f]/, `${key}: ${text}`);
  }
});

test('Wi‑Fi is written with a hyphen that does not break', () => {
  for (const lang of LANGUAGES)
    for (const [key, text] of texts[lang]) assert.doesNotMatch(text, /wi-fi|wifi/i, key);
});

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'test', 'i18n', 'public'].includes(entry.name)) return [];
    if (entry.isDirectory()) return sources(join(folder, entry.name));
    return /\.(ts|ejs)$/.test(entry.name) ? [join(folder, entry.name)] : [];
  });
}
