import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SettingsDoc } from '@photomaton/design-docs/docs';
import { withDefaults } from '@photomaton/design-docs/settings';
import express from 'express';
import sharp from 'sharp';
import { createImageWorker } from '../image/index.ts';
import { createTemplatePreviews } from '../templates/previews.ts';
import { openTemplates } from '../templates/templates.ts';
import { backdropUrl, templatesApi } from '../templates/templates-api.ts';
import { openBoothDbIn, quiet, tempFolder } from './site.ts';
import { builtIn, layout, png } from './templates-made.ts';

test('the page is told what the event offers, and shown what it looks like', async (t) => {
  const dir = await tempFolder(t);
  const images = createImageWorker({ log: quiet });
  const boothDb = await openBoothDbIn(dir);
  const beach = await png();
  const chosen: Partial<SettingsDoc> = { templates: ['strip', 'gone'] };
  const settings = async () => ({ ...withDefaults(undefined), ...chosen });
  const templates = await openTemplates({
    ...{ dir: join(dir, 'templates'), binding: 'x', boothDb, images, log: quiet },
    builtIn: [
      { template: layout('full-bleed'), images: new Map([['beach.png', beach]]) },
      builtIn(layout('strip', { shots: 3 })),
    ],
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
  const preview = '/api/templates/strip/preview';
  assert.deepEqual(await (await get('/api/templates')).json(), {
    templates: [{ name: 'strip', title, mode: 'strip', shots: 3, preview }],
  });
  for (const times of [1, 2]) {
    const answer = await get(preview);
    const { format, width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    assert.deepEqual([format, width, height, drawn], ['jpeg', 360, 100, 1], `asked for ${times} times`);
  }
  chosen.event = { id: 'e'.repeat(24), title: 'Léa', accent: '#b3261e' };
  await (await get(preview)).body?.cancel();
  assert.equal(drawn, 2, 'another event looks different');
  assert.equal((await get('/api/templates/gone/preview')).status, 404);

  const greenScreen = (image: string, template = 'full-bleed') => ({
    greenScreen: { background: { template, image } },
  });
  assert.equal(backdropUrl(templates, {}), undefined);
  assert.equal(backdropUrl(templates, greenScreen('beach.png', 'gone')), undefined);
  const picture = backdropUrl(templates, greenScreen('beach.png')) ?? '';
  const answer = await get(picture);
  assert.equal(answer.headers.get('content-type'), 'image/png');
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), beach);
  assert.equal((await get(picture.replace('beach', 'sea'))).status, 404);
  assert.equal(
    (await fetch(`${url}/api/templates`, { headers: { origin: 'http://evil.example' } })).status,
    403,
  );
});
