import assert from 'node:assert/strict';
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLevelDb } from '@photomaton/couch/leveldb';
import { boothDatabase, type StatusDoc, templateId } from '@photomaton/design-docs/docs';
import type { Template } from '@photomaton/design-docs/template';
import { createImageWorker } from '../image/index.ts';
import { openTemplates } from '../templates/templates.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { makeSite, openBoothDbIn, type Site, startServer } from './site.ts';
import { openBooth } from './syncing-booth.ts';
import { builtIn, layout, png } from './templates-made.ts';

/** The booth's own database, and a portal's that it is pulled from. */
async function openDesk(t: TestContext) {
  const dir = await tempFolder(t);
  const local = await openLevelDb<{ version?: number }>(join(await tempFolder(t), 'portal'));
  // Asked whether there is news, it does not say: then replication finds out.
  const portal = Object.assign(local, { fetch: async () => new Response('', { status: 500 }) });
  const boothDb = await openBoothDbIn(dir);
  const images = createImageWorker({ log: quiet });
  t.after(async () => {
    await images.stop();
    await boothDb.close();
    await portal.close();
  });
  const open = (binding = 'the first') =>
    openTemplates({
      ...{ dir: join(dir, 'templates'), binding, boothDb, images, log: quiet },
      builtIn: [builtIn(layout('full-bleed')), builtIn(layout('classic-strip', { shots: 3 }))],
    });
  const templates = await open();
  return {
    dir: join(dir, 'templates'),
    templates,
    open,
    /** The portal writes it, and it comes down; `name` and `version` are the document's. */
    async send(
      template: Template | object,
      pictures: Record<string, Buffer> = {},
      { name, version } = template as Pick<Template, 'name' | 'version'>,
    ): Promise<void> {
      const _id = templateId(name);
      const before = await portal.get(_id).catch(() => undefined);
      const attachments = Object.entries(pictures).map(([picture, data]) => [
        picture,
        { content_type: 'image/png', data: data.toString('base64') },
      ]);
      await portal.put({
        ...{ _id, type: 'template', name, version, layout: template },
        ...{ _attachments: Object.fromEntries(attachments), ...(before && { _rev: before._rev }) },
      });
      await boothDb.pull(portal);
      await templates.bring();
    },
    async withdraw(name: string): Promise<void> {
      await portal.remove(await portal.get(templateId(name)));
      await boothDb.pull(portal);
      await templates.bring();
    },
  };
}

const nameAndVersion = ({ name, version }: Template) => `${name} ${version}`;

test('a template that comes down is written with its pictures, and there after a restart', async (t) => {
  const { dir, templates, send, open } = await openDesk(t);
  const frame = await png();
  const gold = layout('gold', { frame: 'frame.png' });
  await send(gold, { 'frame.png': frame, 'beach.png': await png(30) });
  const files = ['beach.png', 'frame.png', 'origin', 'template.json'];
  assert.deepEqual((await readdir(join(dir, 'gold'))).sort(), files);
  assert.deepEqual(await readFile(join(dir, 'gold', 'frame.png')), frame);
  assert.deepEqual(JSON.parse(await readFile(join(dir, 'gold', 'template.json'), 'utf8')), gold);

  for (const one of [templates, await open()]) {
    assert.deepEqual(one.offered(['gold', 'classic-strip', 'nothing']).map(nameAndVersion), [
      'gold 1',
      'classic-strip 1',
    ]);
    const loaded = await one.load('gold');
    assert.deepEqual(loaded?.template, gold);
    assert.deepEqual(loaded.images, new Map([['frame.png', frame]]), 'what is drawn');
    assert.deepEqual(one.broken(), []);
  }
});

test('what comes down is another revision, also where whoever wrote it left the version as it was', async (t) => {
  const { templates, send } = await openDesk(t);
  const came = templates.revision('classic-strip');
  assert.equal(templates.revision('gold'), undefined);
  const seen = new Set([came]);
  await send(layout('classic-strip'));
  seen.add(templates.revision('classic-strip'));
  await send(layout('classic-strip'), { 'beach.png': await png(30) });
  seen.add(templates.revision('classic-strip'));
  assert.equal(seen.size, 3);
});

test('there is always one that the booth came with', async (t) => {
  const { templates } = await openDesk(t);
  assert.deepEqual(templates.offered(['nothing', 'less']).map(nameAndVersion), ['full-bleed 1']);
  assert.deepEqual(templates.offered([]).map(nameAndVersion), ['full-bleed 1']);
  assert.equal(await templates.load('nothing'), undefined);
  assert.deepEqual((await templates.load('classic-strip'))?.template.name, 'classic-strip');
});

test('a broken one never takes the place of one that works, and is said with the reason', async (t) => {
  const { dir, templates, send } = await openDesk(t);
  const frame = await png();
  const gold = layout('gold', { frame: 'frame.png' });
  await send(gold, { 'frame.png': frame });
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  const huge = Buffer.alloc(33 * 2 ** 20);
  const cases: [string, object, Record<string, Buffer>, RegExp][] = [
    ['refused by the schema', { slots: [] }, { 'frame.png': frame }, /slots/],
    ['larger than any paper', { size: { width: 20_000, height: 100 } }, { 'frame.png': frame }, /size.width/],
    ['a picture is missing', {}, { 'other.png': frame }, /frame\.png is missing/],
    ['no image', {}, { 'frame.png': Buffer.from('hello') }, /frame\.png is not a PNG/],
    ['a program', {}, { 'frame.png': svg }, /frame\.png is not a PNG/],
    ['too large', {}, { 'frame.png': huge }, /larger than 32 MB/],
    [
      'a broken one that is not in the layout',
      {},
      { 'frame.png': frame, 'beach.png': svg },
      /beach\.png is not/,
    ],
    ['a file of elsewhere', {}, { 'frame.png': frame, '../silver/frame.png': frame }, /is called by/],
    ['of another name', { name: 'silver' }, { 'frame.png': frame }, /another template/],
  ];
  let version = 1;
  for (const [what, change, pictures, reason] of cases) {
    version += 1;
    await send({ ...gold, version, ...change }, pictures, { name: 'gold', version });
    const [said, ...more] = templates.broken();
    assert.deepEqual([said?.name, more], ['gold', []], what);
    assert.match(said?.reason ?? '', reason, what);
    assert.deepEqual(templates.offered(['gold']).map(nameAndVersion), ['gold 1'], what);
    assert.deepEqual((await templates.load('gold'))?.images.get('frame.png'), frame, what);
  }
  assert.deepEqual(await readdir(dir), ['gold'], 'and leaves nothing behind');
  await send({ ...gold, version: version + 1 }, { 'frame.png': frame });
  assert.deepEqual(templates.broken(), [], 'until it is mended');
  assert.deepEqual(templates.offered(['gold']).map(nameAndVersion), [`gold ${version + 1}`]);
});

test('one that a power cut left half-way is the old one or the new one, whole', async (t) => {
  const { dir, send, open } = await openDesk(t);
  await send(layout('gold'));
  const old = await tempFolder(t);
  await cp(dir, old, { recursive: true });
  await send(layout('gold', { version: 2 }));
  const fresh = join(dir, 'gold');
  const was = join(old, 'gold');
  const start = async () => (await open()).offered(['gold']).map(nameAndVersion);
  const restore = async () => {
    for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true });
    await cp(was, fresh, { recursive: true });
  };

  await restore(); // cut while it is written
  await cp(was, join(dir, '.new-gold'), { recursive: true });
  await writeFile(join(dir, '.new-gold', 'template.json'), '{"half');
  assert.deepEqual(await start(), ['gold 1']);
  assert.deepEqual(await readdir(dir), ['gold']);

  await restore(); // between the two renames
  await rename(fresh, join(dir, '.old-gold'));
  assert.deepEqual(await start(), ['gold 1']);

  await cp(was, join(dir, '.old-gold'), { recursive: true }); // before the old one was removed
  await writeFile(join(fresh, 'template.json'), JSON.stringify(layout('gold', { version: 2 })));
  assert.deepEqual(await start(), ['gold 2']);
  assert.deepEqual(await readdir(dir), ['gold']);

  await writeFile(join(fresh, 'template.json'), '{"half'); // the disk has damaged it
  assert.deepEqual(await start(), ['full-bleed 1']);
});

test('what the portal deletes goes, and so does what belongs to whoever had the booth before', async (t) => {
  const { dir, templates, send, open, withdraw } = await openDesk(t);
  await send(layout('gold'));
  await send(layout('silver'));
  await withdraw('gold');
  assert.deepEqual(await readdir(dir), ['silver']);
  assert.deepEqual(templates.offered(['gold', 'silver']).map(nameAndVersion), ['silver 1']);
  await open('the second');
  assert.deepEqual(await readdir(dir), []);
});

test('a cycle brings templates down, and the status says which are broken', async (t) => {
  const site: Site = await makeSite(t, await startServer(t));
  const database = boothDatabase(site.booth);
  const gold = layout('gold', { frame: 'frame.png' });
  const put = (name: string) =>
    site.couch.put(database, {
      ...{ _id: templateId(name), type: 'template', name, version: 1, layout: { ...gold, name } },
      ...(name === 'gold' && {
        _attachments: { 'frame.png': { content_type: 'image/png', data: frame.toString('base64') } },
      }),
    });
  const frame = await png();
  for (const name of ['gold', 'silver']) await put(name);
  const booth = await openBooth(t, site, { templates: true });
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  const status = await site.couch.get<StatusDoc>(database, 'status');
  assert.deepEqual(status?.brokenTemplates, [{ name: 'silver', version: 1, reason: 'frame.png is missing' }]);
  assert.deepEqual(status?.templates, [{ name: 'gold', version: 1 }]);
  assert.deepEqual(await readdir(join(booth.dir, 'templates')), ['gold']);
});
