import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProvisioner } from '@photomaton/couch/setup';
import {
  boothDatabase,
  type EventDoc,
  eventDocId,
  type PictureDoc,
  pictureId,
  type SettingsDoc,
  type TemplateDoc,
  templateId,
} from '@photomaton/design-docs/docs';
import { imagesOf } from '@photomaton/design-docs/template';
import { builtInTemplates } from '@photomaton/device/image';
import { settleBooth } from '../events/settle-booth.ts';
import { createDesign, findDesign, putEverywhere, saveDraft } from '../templates/designs.ts';
import { keepPicture } from '../templates/pictures.ts';
import { givenBooth, picture } from './booth-with-photos.ts';
import { CALLS_APART, dyingAt, FIRST_CALL, survived } from './dying.ts';
import { startStack } from './stack.ts';

test('a version comes to a booth whole, killed at any call, by two nodes at once, and settings name it after', async (t) => {
  const stack = await startStack(t);
  const { couch } = stack;
  const parts = { couch, provisioner: openProvisioner(stack.portal.admin), now: () => new Date() };
  const owner = (await stack.account()).id;
  const booth = await givenBooth(stack, owner);
  const db = boothDatabase(booth.booth);
  const image = await keepPicture(parts, owner, { bytes: await picture('coffee'), type: 'image/jpeg' });
  const [first] = builtInTemplates();
  assert.ok(first);
  const layout = { ...first.template, background: { colour: 'paper' as const, image }, overlays: [] };
  const { name } = await createDesign(parts, owner, layout);
  const publish = async (): Promise<number> => {
    const design = await findDesign(parts, owner, name);
    assert.ok(design);
    const { edition } = design;
    await saveDraft(parts, design, { edition, layout, publish: { isUsed: true } });
    await putEverywhere(parts, design, design.draft.version);
    return design.draft.version;
  };
  await publish();
  await couch.update<EventDoc>(
    'fleet',
    eventDocId(booth.event),
    (doc) => doc && { ...doc, templates: [name] },
  );

  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    const left = { left: calls };
    const dying = { couch: dyingAt(couch, left), provisioner: dyingAt(parts.provisioner, left) };
    isWhole = await survived(() => settleBooth(dying, booth.booth));
    const [settings, doc] = await Promise.all([
      couch.get<SettingsDoc>(db, 'settings'),
      couch.get<TemplateDoc>(db, templateId(name)),
    ]);
    if (settings) assert.ok(doc, `settings name what is not there, after ${calls}`);
    if (doc) assert.deepEqual(Object.keys(doc._attachments ?? {}), imagesOf(layout), `after ${calls}`);
    assert.ok(calls < 60, 'it ends');
  }

  const version = await publish();
  await Promise.all([settleBooth(parts, booth.booth), settleBooth(parts, booth.booth)]);
  const there = await couch.get<TemplateDoc>(db, templateId(name));
  assert.equal(there?.version, version);
  await settleBooth(parts, booth.booth);
  assert.equal((await couch.get<TemplateDoc>(db, templateId(name)))?._rev, there?._rev, 'nothing new');

  // Its picture is lost: a new version stays away, and the booth has the one before, whole.
  const lost = await couch.get<PictureDoc>('designs', pictureId(owner, image));
  assert.ok(lost);
  await couch.remove('designs', lost._id, lost._rev);
  await publish();
  await settleBooth(parts, booth.booth);
  assert.equal((await couch.get<TemplateDoc>(db, templateId(name)))?._rev, there?._rev);
});
