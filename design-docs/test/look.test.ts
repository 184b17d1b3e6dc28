import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import express, { type Express } from 'express';
import { browserCode, lookRoutes } from '../look/look.ts';

async function serve(t: TestContext, app: Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the style sheet comes with every font it names, and is not sent twice', async (t) => {
  const url = await serve(t, express().use('/look', lookRoutes()));
  const answer = await fetch(`${url}/look/look.css`);
  const css = await answer.text();
  const fonts = [...css.matchAll(/url\("([^"]+)"\)/g)].map((m) => m[1]);
  assert.equal(fonts.length, 4);
  for (const font of fonts) {
    const file = await fetch(url + font);
    assert.equal(file.status, 200, font);
    assert.match(file.headers.get('cache-control') ?? '', /immutable/);
    await file.arrayBuffer();
  }
  // Not fetch: it adds "Cache-Control: no-cache" to a conditional request, which asks for the whole again.
  const headers = { 'If-None-Match': answer.headers.get('etag') ?? '' };
  const again = await new Promise<number | undefined>((resolve) => {
    get(`${url}/look/look.css`, { headers }, (res) => resolve(res.resume().statusCode));
  });
  assert.equal(again, 304);
});

test('every text colour stands out from its ground: 4.5:1, edges that one acts on 3:1', async (t) => {
  const url = await serve(t, express().use('/look', lookRoutes()));
  const css = await (await fetch(`${url}/look/look.css`)).text();
  const [light, dark] = [...css.matchAll(/:root \{([^}]*--ink:[^}]*)\}/g)].map((m) =>
    Object.fromEntries(
      [...(m[1] ?? '').matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6})/g)].map((v) => [v[1], v[2]]),
    ),
  );
  const texts = [
    ['ink', 'paper'],
    ['ink', 'card'],
    ['ink-2', 'paper'],
    ['ink-2', 'card'],
    ['accent-text', 'paper'],
    ['accent-text', 'card'],
    ['on-accent', 'accent'],
    ['on-flash', 'flash'],
    ['error-ink', 'error-paper'],
    ['error-ink', 'card'],
    ['ok-ink', 'ok-paper'],
    ['waiting-ink', 'waiting-paper'],
  ] as const;
  for (const theme of [light, { ...light, ...dark }]) {
    assert.ok(theme);
    for (const [text, ground] of texts) assertContrast(theme, text, ground, 4.5);
    assertContrast(theme, 'on-accent', 'accent-strong', 4.5);
    for (const edge of ['field-line', 'ok', 'waiting', 'off']) assertContrast(theme, edge, 'paper', 3);
  }
});

/** WCAG 2.2, "contrast ratio" and "relative luminance". */
function assertContrast(theme: Record<string, string | undefined>, a: string, b: string, least: number) {
  const [x, y] = [a, b].map((name) => {
    const hex = theme[name];
    assert.ok(hex, `no token --${name}`);
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  const ratio = (Math.max(x ?? 0, y ?? 0) + 0.05) / (Math.min(x ?? 0, y ?? 0) + 0.05);
  assert.ok(ratio >= least, `--${a} on --${b}: ${ratio.toFixed(2)}`);
}

test('a browser gets a module without its types, the new one after a change, and nothing outside', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'browser-code-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'a.ts'), 'export const n: number = 1;\n');
  const url = await serve(t, express().use('/static', browserCode({ folder })));
  const answer = await fetch(`${url}/static/a.ts`);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/javascript/);
  assert.equal((await answer.text()).includes('number'), false);
  await writeFile(join(folder, 'a.ts'), 'export const n: number = 22;\n');
  assert.match(await (await fetch(`${url}/static/a.ts`)).text(), /22/);
  for (const path of ['/static/b.ts', '/static/..%2fa.ts', '/static/a.js', '/static/A.ts']) {
    assert.equal((await fetch(url + path)).status, 404, path);
  }
});
