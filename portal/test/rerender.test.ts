import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  BACKDROP_ATTACHMENT,
  boothDatabase,
  type EventDoc,
  eventDocId,
  type SettingsDoc,
  templateId,
} from '@photomaton/design-docs/docs';
import type { Template } from '@photomaton/design-docs/template';
import { builtInTemplates, makeBoomerang, type Occasion, render, renderFilm } from '@photomaton/device/image';
import pino from 'pino';
import type { PortalConfig } from '../config.ts';
import { givenBooth, picture, type TestPhoto } from './booth-with-photos.ts';
import { runProgram } from './processes.ts';
import { startStack } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { couchEnv, testCouch } from './test-couch.ts';

type Place = Pick<PortalConfig, 'dataDir' | 'couch'>;

async function admin(t: TestContext, { dataDir, couch }: Place, args: string[]) {
  const env = { DATA_DIR: dataDir, ...couchEnv(couch), LC_ALL: 'fr_FR.UTF-8' };
  const program = runProgram(t, { file: 'admin.ts', args, env });
  return { code: await program.ended, out: program.out(), err: program.err() };
}

/** Of two shots side by side, under a picture. */
const PAIR: Template = {
  ...{ name: 'pair', version: 3, mode: 'strip', title: { fr: 'La paire', en: 'The pair' } },
  ...{ size: { width: 240, height: 100 }, background: { colour: 'accent' }, texts: [] },
  slots: [0, 1].map((shot) => ({ shot, x: 10 + 120 * shot, y: 10, width: 100, height: 80 })),
  overlays: [{ image: 'frame.jpg', x: 0, y: 90, width: 240, height: 10 }],
};

test('an event is made again from its shots', async (t) => {
  const place = { dataDir: await temporaryFolder(t), couch: await testCouch(t) };
  const stack = await startStack(t, place);
  const booth = await givenBooth(stack, (await stack.account()).id, { title: 'Léa & Noé' });
  const own = boothDatabase(booth.booth);
  const settings: SettingsDoc = {
    ...{ _id: 'settings', type: 'settings', language: 'fr', countdownS: 3 },
    event: { id: booth.event, title: 'Léa & Noé', accent: '#1d7a4f' },
  };
  await stack.couch.put(own, settings);
  const [frame, backdrop] = [await picture('rocket'), await picture('astronaut')];
  await stack.couch.update<EventDoc & { _attachments?: object }>(
    'fleet',
    eventDocId(booth.event),
    (found) => {
      const hung = { content_type: 'image/jpeg', data: backdrop.toString('base64') };
      return found && { ...found, _attachments: { [BACKDROP_ATTACHMENT]: hung } };
    },
  );
  await stack.couch.put(own, {
    ...{ _id: templateId('pair'), type: 'template', name: 'pair', version: 3, layout: PAIR },
    _attachments: { 'frame.jpg': { content_type: 'image/jpeg', data: frame.toString('base64') } },
  });

  const shots = [await picture('chelsea'), await picture('coffee')];
  const pair = await booth.take('coffee', new Date('2026-07-14T13:30:00Z'));
  pair.photo.made = { template: 'pair', version: 3, language: 'fr' };
  await booth.sendOriginal(pair);
  for (const [i, shot] of shots.entries()) await booth.sendShot(pair, i, shot);
  const single = await booth.take('rocket', new Date('2026-07-14T13:31:00Z'));
  single.photo.made = { template: 'full-bleed', version: 1, language: 'fr' };
  await booth.sendOriginal(single);
  await booth.sendShot(single, 0, shots[0] as Buffer);
  const frames = [...shots, await picture('rocket')];
  const [film, still] = [14, 15].map((minute) => new Date(`2026-07-14T13:${minute}:00Z`));
  const boomerangs = [await booth.take('astronaut', film), await booth.take('cameraman', still)];
  for (const one of boomerangs) {
    one.photo.made = { template: 'boomerang', version: 1, language: 'fr', filter: 'noir' };
    await booth.sendOriginal(one);
  }
  const [moves, stands] = boomerangs as [TestPhoto, TestPhoto];
  for (const [i, frame] of frames.entries()) await booth.sendShot(moves, i, frame);
  await booth.sendShot(stands, 0, frames[0] as Buffer);
  const [plain] = await booth.add(1);

  await t.test('with its own templates and backdrop, byte for byte what the renderer makes', async (t) => {
    const folder = join(await temporaryFolder(t), 'again');
    const { code, out, err } = await admin(t, place, ['rerender', booth.event, '--output', folder]);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, new RegExp(`^${plain?.name} skipped: its shots were not kept$`, 'm'));
    assert.match(out, new RegExp(`^${stands.name} has no film: its frames were not kept$`, 'm'));
    assert.match(out, /^4 pictures of Léa & Noé in /m);
    const [base] = moves.name.split('.');
    const written = [pair.name, single.name, moves.name, `${base}.mp4`, `${base}.webp`, stands.name];
    assert.deepEqual((await readdir(folder)).sort(), written.sort());
    const occasion: Occasion = {
      ...{ title: 'Léa & Noé', language: 'fr', accent: '#1d7a4f' },
      ...{ date: new Date('2026-07-14T13:30:00Z'), timeZone: 'UTC' },
    };
    const images = new Map([['frame.jpg', frame]]);
    const job = { template: PAIR, images, occasion, dpi: 300 } as const;
    const made = await render({ ...job, backdrop }, shots);
    assert.ok((await readFile(join(folder, pair.name))).equals(made.jpeg));
    const boomerang = builtInTemplates().find(({ template }) => template.name === 'boomerang');
    assert.ok(boomerang && film);
    const filmJob = { ...boomerang, occasion: { ...occasion, date: film }, filter: 'noir' } as const;
    const jpegs = await renderFilm({ ...filmJob, backdrop }, frames);
    const again = await makeBoomerang({ jpegs, log: pino({ level: 'silent' }) });
    assert.ok(again.kind === 'made');
    assert.ok((await readFile(join(folder, `${base}.webp`))).equals(again.webp), 'as the booth makes films');
    assert.equal((await readFile(join(folder, `${base}.mp4`))).toString('latin1', 4, 8), 'ftyp');
    const without = await render(job, shots);
    assert.ok(!without.jpeg.equals(made.jpeg), 'the backdrop is seen');
  });

  await t.test('with another template, where there are shots enough', async (t) => {
    const folder = await temporaryFolder(t);
    const { out } = await admin(t, place, [
      ...['rerender', booth.event, '--template', 'pair', '--output', folder],
    ]);
    assert.match(out, new RegExp(`^${single.name} skipped: pair takes 2 shots, and it has 1$`, 'm'));
    assert.deepEqual((await readdir(folder)).sort(), [pair.name, moves.name].sort(), 'a boomerang’s as well');
    const none = await admin(t, place, [
      ...['rerender', booth.event, '--template', 'nothing', '--output', folder],
    ]);
    assert.match(none.out, /there is no template nothing/);
    assert.match(none.out, /^0 pictures/m);
  });

  await t.test('and mistakes are said', async (t) => {
    for (const [id, message] of [
      ['x', /^x is not the id of an event$/m],
      ['f'.repeat(24), /^there is no event f+$/m],
    ] as const) {
      const { code, err } = await admin(t, place, ['rerender', id]);
      assert.equal(code, 1);
      assert.match(err, message);
    }
  });

  await t.test('nothing is added to the event', async () => {
    const { totalRows } = await stack.couch.view(`event-${booth.event}`, 'event', 'photos', { limit: 1 });
    assert.equal(totalRows, 5);
  });
});
