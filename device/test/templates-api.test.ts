import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SettingsDoc } from '@photomaton/design-docs/docs';
import { withDefaults } from '@photomaton/design-docs/settings';
import express from 'express';
import sharp from 'sharp';
import { createImageWorker } from '../image/index.ts';
import type { Layout } from '../session.ts';
import { digestOf } from '../templates/offer.ts';
import { createTemplatePreviews } from '../templates/previews.ts';
import { openTemplates } from '../templates/templates.ts';
import { templatesApi } from '../templates/templates-api.ts';
import { quiet, tempFolder } from './context.ts';
import { openBoothDbIn } from './site.ts';
import { builtIn, layout } from './templates-made.ts';

test('the page is told what the event offers, and shown what it looks like', async (t) => {
  const dir = await tempFolder(t);
  const images = createImageWorker({ log: quiet });
  const boothDb = await openBoothDbIn(dir);
  const chosen: Partial<SettingsDoc> = { templates: ['strip', 'gone'] };
  const settings = async () => ({ ...withDefaults(undefined), ...chosen });
  const templates = await openTemplates({
    ...{ dir: join(dir, 'templates'), binding: 'x', boothDb, images, log: quiet },
    builtIn: [builtIn(layout('full-bleed')), builtIn(layout('strip', { shots: 3 }))],
  });
  let drawn = 0;
  const counted: Pick<typeof images, 'render' | 'previews'> = {
    previews: images.previews,
    render: (...job) => {
      drawn += 1;
      return images.render(...job);
    },
  };
  const previews = createTemplatePreviews({ templates, images: counted, settings, now: () => new Date() });
  const server = express().use(templatesApi({ templates, previews, settings })).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await images.stop();
    await boothDb.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = (path: string) => fetch(url + path);

  const title = { fr: 'Le strip', en: 'The strip' };
  const listed = async () => (await (await get('/api/templates')).json()) as { templates: Layout[] };
  const [first] = (await listed()).templates;
  assert.ok(first);
  const { preview, ...rest } = first;
  assert.deepEqual(rest, {
    ...{ name: 'strip', title, mode: 'strip', shots: 3 },
    places: Array(3).fill({ width: 120, height: 100 }),
  });
  const offer = digestOf([first]);
  for (const times of [1, 2]) {
    const answer = await get(preview);
    assert.match(answer.headers.get('cache-control') ?? '', /immutable/);
    const { format, width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    assert.deepEqual([format, width, height, drawn], ['jpeg', 360, 100, 1], `asked for ${times} times`);
  }
  chosen.event = { id: 'e'.repeat(24), title: 'Léa', accent: '#b3261e' };
  const [now] = (await listed()).templates;
  assert.ok(now && now.preview !== preview, 'another event looks different: at another address');
  assert.notEqual(digestOf([now]), offer, 'and the page is told so');
  const before = await get(preview);
  assert.equal(before.headers.get('cache-control'), 'no-store', 'what is not at its own address is not kept');
  const shown = await get(now.preview);
  assert.match(shown.headers.get('cache-control') ?? '', /immutable/);
  assert.deepEqual(await shown.arrayBuffer(), await before.arrayBuffer());
  assert.equal(drawn, 2);
  assert.equal((await get('/api/templates/gone/preview')).status, 404);
  assert.equal(
    (await fetch(`${url}/api/templates`, { headers: { origin: 'http://evil.example' } })).status,
    403,
  );
});
