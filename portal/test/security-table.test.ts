import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

test('every line of SECURITY.md names tests that are there', async () => {
  const table = await readFile(new URL('../SECURITY.md', import.meta.url), 'utf8');
  const lines = table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (what holds|---) /.test(line));
  assert.ok(lines.length > 40);
  for (const line of lines) {
    const [, what = '', tests = ''] = /^\| (.+) \| (.+) \|$/.exec(line) ?? [];
    for (const one of tests.split('<br>')) {
      const [, file = '', name = ''] = /^`([\w./-]+\.test\.ts)`: (.+)$/.exec(one) ?? [];
      assert.ok(file && name, `${what}: "${one}" is no \`file\`: name`);
      const folder = file.includes('/') ? '../../' : './';
      const source = await readFile(new URL(folder + file, import.meta.url), 'utf8');
      const titles = [...source.matchAll(/\btest\(\s*(['"`])(.*?)\1/g)].map(([, , title = '']) => title);
      const isThere = titles.some((title) => title === name || title.endsWith(`} ${name}`));
      assert.ok(isThere, `${file} has no test "${name}"`);
    }
  }
});
