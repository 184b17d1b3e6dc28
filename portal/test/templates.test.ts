import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  boothDatabase,
  type DesignDoc,
  designId,
  type SettingsDoc,
  type TemplateDoc,
  templateId,
} from '@photomaton/design-docs/docs';
import {
  builtInTemplates,
  checkTemplate,
  type Occasion,
  render,
  samplePhotographs,
} from '@photomaton/device/image';
import { givenBooth, picture, withComment } from './booth-with-photos.ts';
import { pngBomb } from './png-bomb.ts';
import { startStack } from './stack.ts';

/** A customer with a booth, and a template of her own that is a copy of the postcard. */
async function stage(t: TestContext, from = 'postcard') {
  const stack = await startStack(t);
  const customer = await stack.account({ language: 'en' });
  const visitor = await stack.visitor(customer);
  const booth = await givenBooth(stack, customer.id, { title: 'Léa & Noé' });
  const made = await visitor.post('/templates', { from });
  assert.equal(made.status, 303);
  const path = made.headers.get('location') ?? '';
  const name = path.slice('/templates/'.length);
  const design = async () => {
    const found = await stack.couch.get<DesignDoc>('designs', designId(customer.id, name));
    assert.ok(found);
    return found;
  };
  const _csrf = await visitor.csrfToken();
  /** Sends the editor's form as a browser does. */
  const send = (fields: Record<string, string>, picture?: Uint8Array, to = path) => {
    const form = new FormData();
    for (const [field, value] of Object.entries({ _csrf, ...fields })) form.append(field, value);
    if (picture) form.append('picture', new Blob([new Uint8Array(picture)]), 'x.png');
    return fetch(stack.url + to, {
      ...{ method: 'POST', body: form, redirect: 'manual' },
      headers: { Cookie: visitor.cookies(), Origin: stack.portal.url, 'Accept-Language': 'en' },
    });
  };
  const htmlOf = async (answer: Response | Promise<Response>) => await (await answer).text();
  /** The fields of the page, as a browser would send them. */
  const fieldsOf = async (answer?: Response) => formIn(await htmlOf(answer ?? visitor.get(path)));
  const publish = async () => {
    const answer = await send({ ...(await fieldsOf()), act: 'publish' });
    assert.equal(answer.status, 303, await htmlOf(answer));
  };
  /** What the customer chooses of her event. */
  const offer = (templates: string) =>
    visitor.post(`/events/${booth.event}/settings`, {
      ...{ title: 'Léa & Noé', from: '', to: '', language: 'fr', accent: '#b3261e', keepDays: '' },
      ...{ modes: 'single', templates, filters: 'none' },
    });
  return { stack, customer, visitor, booth, path, name, design, send, htmlOf, fieldsOf, publish, offer };
}

/** What a browser would send of the form in a page. */
function formIn(html: string): Record<string, string> {
  const plain = (text: string) =>
    text.replaceAll('&#34;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');
  const [form = ''] = /<form class="editor"[\s\S]*?<\/form>/.exec(html) ?? [];
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const name = / name="([^"]*)"/.exec(tag)?.[1];
    if (name && !tag.includes('type="file"')) fields[name] = plain(/ value="([^"]*)"/.exec(tag)?.[1] ?? '');
  }
  for (const [, name = '', options = ''] of form.matchAll(
    /<select[^>]* name="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g,
  )) {
    fields[name] = plain(
      (/value="([^"]*)" selected/.exec(options) ?? /value="([^"]*)"/.exec(options))?.[1] ?? '',
    );
  }
  const { _csrf, ...rest } = fields;
  return rest;
}

test('a template of one’s own begins as a copy, with its pictures, and its form has every value', async (t) => {
  const { design, send, fieldsOf, visitor, path, htmlOf } = await stage(t);
  const postcard = builtInTemplates().find(({ template }) => template.name === 'postcard')?.template;
  assert.ok(postcard);
  const before = await design();
  assert.deepEqual(before.draft.slots, postcard.slots);
  assert.deepEqual(before.draft.texts, postcard.texts);
  assert.equal(before.draft.title.en, 'Postcard (copy)');
  assert.match(before.name, /^carte-postale-[0-9a-f]{6}$/);

  const saved = await send({ ...(await fieldsOf()), act: 'save' });
  assert.equal(saved.headers.get('location'), `${path}?said=saved`);
  // The form says the middle where nothing was said.
  const withMiddle = before.draft.texts.map((text) => ({ verticalAlign: 'middle', ...text }));
  assert.deepEqual({ ...(await design()).draft }, { ...before.draft, texts: withMiddle });

  for (const { image } of before.draft.overlays) {
    const answer = await visitor.get(`${path}/pictures/${image}`);
    assert.equal(answer.headers.get('content-type'), 'image/png');
  }
  assert.match(await htmlOf(visitor.get('/templates')), /Postcard \(copy\)/);
});

test('the preview of what is typed is what the booth makes of it, byte for byte', async (t) => {
  const { send, fieldsOf, path, design, customer, stack, publish, offer, booth, name } = await stage(t);
  await publish();
  assert.equal((await offer(name)).status, 303);
  const fields = await fieldsOf();
  const answer = await send(fields, undefined, `${path}/preview`);
  assert.equal(answer.headers.get('content-type'), 'image/jpeg');
  const shown = Buffer.from(await answer.arrayBuffer());

  // What lies in the booth's database, taken in as the booth does.
  const doc = await stack.couch.get<TemplateDoc>(boothDatabase(booth.booth), templateId(name));
  assert.ok(doc?._attachments);
  const images = new Map<string, Buffer>();
  for (const image of Object.keys(doc._attachments)) {
    const found = await stack.couch.attachment(boothDatabase(booth.booth), doc._id, image);
    images.set(image, Buffer.from(await new Response(found?.body as never).arrayBuffer()));
  }
  const checked = await checkTemplate(doc.layout, images);
  assert.ok(checked.kind === 'template');
  const at = (await design()).changedAt;
  const occasion: Occasion = { title: 'Léa & Noé', language: 'fr', date: new Date(at) };
  const job = { template: checked.template, images, occasion, dpi: 300 } as const;
  // The postcard says the minute, which may just have passed.
  const minutes = [0, 60_000].map((ms) => ({
    ...job,
    occasion: { ...occasion, date: new Date(Date.parse(at) + ms) },
  }));
  const made = await Promise.all(
    minutes.map(async (one) => (await render(one, await samplePhotographs(1))).jpeg),
  );
  assert.ok(
    made.some((jpeg) => jpeg.equals(shown)),
    `not what ${customer.name} sees`,
  );
});

test('who saves what somebody has changed meanwhile is told, keeps what was typed, and may mean it', async (t) => {
  const { send, fieldsOf, design, htmlOf } = await stage(t);
  const [mine, theirs] = [await fieldsOf(), await fieldsOf()];
  assert.equal((await send({ ...theirs, 'title.en': 'Theirs', act: 'save' })).status, 303);
  const answer = await send({ ...mine, 'title.en': 'Mine', act: 'save' });
  assert.equal(answer.status, 409);
  const html = await htmlOf(answer);
  assert.match(html, /Somebody saved meanwhile/);
  assert.equal((await design()).draft.title.en, 'Theirs');
  const again = formIn(html);
  assert.equal(again['title.en'], 'Mine');
  assert.equal((await send({ ...again, act: 'save' })).status, 303);
  assert.equal((await design()).draft.title.en, 'Mine');
});

test('a hundred layouts that no booth could make are refused, each with what is wrong beside the field', async (t) => {
  const { send, fieldsOf, design, htmlOf } = await stage(t);
  const good = await fieldsOf();
  const before = await design();
  const numbers = Object.keys(good).filter((name) => /\.(x|y|width|height|size|weight)$/.test(name));
  const cases: [string, string][] = [
    ...numbers.flatMap((name) => ['x', '1.5', '99999', ''].map((value): [string, string] => [name, value])),
    ['title.fr', ''],
    ['title.en', 'x'.repeat(81)],
    ['mode', 'strip'],
    ['mode', 'poster'],
    ['slots.0.shot', '3'],
    ['slots.0.rotation', '181'],
    ['slots.0.x', '3000'],
    ['slots.0.corners', '0 0, 10 10, 0 10, 10 0'],
    ['slots.0.corners', '0 0, 10'],
    ['overlays.0.opacity', '2'],
    ['overlays.0.image', 'gone.png'],
    ['overlays.0.image', '../fleet'],
    ['overlays.0.tint', 'red'],
    ['background.colour', ''],
    ['background.image', 'program.svg'],
    ['filter', 'sparkle'],
    ['texts.0.font', 'Comic Sans'],
    ['texts.0.text.fr', ''],
    ['texts.0.text.fr', '{guest}'],
    ['texts.0.text.en', 'x'.repeat(201)],
  ];
  assert.ok(cases.length >= 100, `${cases.length}`);
  for (const [name, value] of cases) {
    const answer = await send({ ...good, [name]: value, act: 'save' });
    assert.equal(answer.status, 422, `${name}=${value}`);
    const html = await htmlOf(answer);
    assert.match(html, /field__error/, `${name}=${value}`);
    assert.doesNotMatch(html, /templates:problem/, `${name}=${value}`);
  }
  assert.deepEqual(await design(), before);
});

test('a picture that is uploaded is made anew; what is none, or a bomb, is refused', async (t) => {
  const { send, fieldsOf, htmlOf, design, stack, visitor, path } = await stage(t, 'grid');
  const fields = await fieldsOf();
  const size = `${fields['size.width']} × ${fields['size.height']}`;
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  for (const bytes of [
    svg,
    pngBomb(60_000),
    Buffer.from('GIF89a'),
    Buffer.alloc(0),
    (await picture('coffee')).subarray(0, 900),
  ]) {
    const answer = await send({ ...fields, act: 'upload' }, bytes);
    assert.equal(answer.status, 422);
    assert.match(await htmlOf(answer), /no picture that we can read/);
  }
  const idsBefore = await stack.couch.ids('designs', { limit: 100 });
  const commented = withComment(await picture('coffee'), 'my address');
  const html = await htmlOf(send({ ...fields, act: 'upload' }, commented));
  const [, added] = (await stack.couch.ids('designs', { limit: 100 })).filter(
    (id) => !idsBefore.includes(id) || id === idsBefore[0],
  );
  const image = formIn(html)['overlays.0.image'] ?? '';
  assert.match(image, /^[0-9a-f]{32}\.jpg$/);
  assert.ok(added?.endsWith(image), `${added}`);
  const kept = await (await visitor.get(`${path}/pictures/${image}`)).arrayBuffer();
  assert.ok(kept.byteLength > 1000 && !Buffer.from(kept).includes('my address'));
  assert.equal((await design()).draft.overlays.length, 0, 'nothing is saved by that');
  assert.equal((await send({ ...formIn(html), act: 'save' })).status, 303);
  assert.equal((await design()).draft.overlays[0]?.image, image);
  const behind = formIn(
    await htmlOf(send({ ...fields, act: 'upload', place: 'background' }, await picture('chelsea'))),
  );
  assert.equal((await send({ ...behind, act: 'save' })).status, 409);

  // 451 by 300 pixels behind a page of 1800 by 1200 dots: no error, but who would like it on paper?
  const soft = async (fields: Record<string, string>) =>
    (await htmlOf(send({ ...fields, act: 'x' }))).match(/(?<=>)[^<>]*soft on paper: it has \d[^<]*/g) ?? [];
  assert.deepEqual(await soft(behind), [
    `The background picture will look soft on paper: it has 451 × 300 pixels. Bring one of at least ${size}.`,
  ]);
  assert.deepEqual(await soft({ ...behind, 'size.width': '451', 'size.height': '300' }), []);
  const onPage = formIn(html);
  assert.deepEqual(await soft(onPage), [], 'put on the page no larger than it is');
  const [one] = await soft({ ...onPage, 'overlays.0.width': '601' });
  assert.match(
    one ?? '',
    /^Picture 1 will look soft on paper: it has 600 × 400 pixels\. Bring one of at least 601 × /,
  );
  assert.deepEqual(await soft({ ...onPage, 'overlays.0.width': 'x', 'background.image': '../fleet' }), []);
});

test('buttons add, copy, move and take away; nothing is saved by that', async (t) => {
  const { send, fieldsOf, design } = await stage(t);
  const edition = (await design()).edition;
  const press = async (fields: Record<string, string>, act: string) =>
    fieldsOf(await send({ ...fields, act }));
  const count = (fields: Record<string, string>, list: string) =>
    Object.keys(fields).filter((name) => name.startsWith(list) && name.endsWith('.x')).length;
  let fields = await fieldsOf();
  const texts = count(fields, 'texts.');
  fields = await press(fields, 'add:texts');
  assert.equal(count(fields, 'texts.'), texts + 1);
  assert.equal(fields[`texts.${texts}.text.fr`], '{event}');
  fields = await press(fields, `down:texts:${texts}`);
  assert.equal(fields[`texts.${texts - 1}.text.fr`], '{event}');
  fields = await press(fields, 'copy:slots:0');
  assert.equal(fields['slots.2.x'], String(Number(fields['slots.0.x']) + 24));
  const [x = 0, y = 0, width = 0, height = 0] = ['x', 'y', 'width', 'height'].map((name) =>
    Number(fields[`slots.0.${name}`]),
  );
  fields = await press({ ...fields, 'slots.0.rotation': '90' }, 'slant:slots:0');
  const [a, b] = (fields['slots.0.corners'] ?? '').split(', ');
  const [right, top] = [x + (width + height) / 2, y + (height - width) / 2];
  assert.deepEqual([a, b], [`${right} ${top}`, `${right} ${top + width}`], 'the corners of what was turned');
  assert.equal(
    (await press(fields, 'copy:slots:0'))['slots.3.corners']?.split(', ')[0],
    `${right + 24} ${top + 24}`,
  );
  fields = await press({ ...fields, 'slots.0.rotation': '' }, 'straighten:slots:0');
  assert.equal(fields['slots.0.corners'], '');
  fields = await press(fields, 'remove:slots:2');
  assert.equal(count(fields, 'slots.'), 2);
  for (const act of [
    'slant:texts:0',
    'straighten:texts:0',
    'slant:slots',
    'remove:slots:9',
    'add:__proto__',
    'up:slots',
    'x',
  ]) {
    assert.deepEqual(await press(fields, act), fields, act);
  }
  assert.equal((await design()).edition, edition);
});

test('a version comes to one booth first, then to all; the booth says when it is there', async (t) => {
  const { stack, customer, visitor, booth, path, name, send, fieldsOf, publish, offer, htmlOf } =
    await stage(t);
  const second = await givenBooth(stack, customer.id);
  const layoutAt = async ({ booth: id }: { booth: string }) =>
    (await stack.couch.get<TemplateDoc>(boothDatabase(id), templateId(name)))?.version;
  await publish();
  await offer(name);
  await visitor.post(`/events/${booth.event}/booths`, { booth: second.booth });
  assert.deepEqual(
    [await layoutAt(booth), await layoutAt(second)],
    [1, 1],
    'the first is everywhere at once',
  );
  const settings = await stack.couch.get<SettingsDoc>(boothDatabase(booth.booth), 'settings');
  assert.deepEqual(settings?.templates, [name]);

  assert.equal((await send({ ...(await fieldsOf()), 'title.en': 'Second', act: 'publish' })).status, 303);
  assert.deepEqual([await layoutAt(booth), await layoutAt(second)], [1, 1], 'the second waits');
  assert.equal((await visitor.post(`${path}/booths`, { booth: second.booth })).status, 303);
  assert.deepEqual([await layoutAt(booth), await layoutAt(second)], [1, 2]);
  assert.match(await htmlOf(visitor.get(`${path}/booths`)), /Version 2 is on its way/);

  const brokenTemplates = [{ name, version: 2, reason: 'frame.png is missing' }];
  await second.report(0, new Date(), { brokenTemplates });
  assert.match(await htmlOf(visitor.get(`${path}/booths`)), /could not be used[\s\S]*frame.png is missing/);
  await second.report(0, new Date(), { templates: [{ name, version: 2 }] });
  assert.match(await htmlOf(visitor.get(`${path}/booths`)), /Version 2 is there[\s\S]*It has arrived/);

  await visitor.post(`${path}/booths`, { act: 'everywhere', version: '2' });
  assert.deepEqual([await layoutAt(booth), await layoutAt(second)], [2, 2]);
  const before = await stack.couch.get(boothDatabase(booth.booth), templateId(name));
  await visitor.post(`${path}/booths`, { act: 'everywhere', version: '2' });
  assert.equal(
    (await stack.couch.get(boothDatabase(booth.booth), templateId(name)))?._rev,
    before?._rev,
    'nothing new',
  );

  await visitor.post(`${path}/versions`, { version: '1' });
  assert.equal((await fieldsOf())['title.en'], 'Postcard (copy)');
  assert.equal((await visitor.get(`${path}/versions/1?small`)).headers.get('content-type'), 'image/jpeg');
  assert.equal((await visitor.get(`${path}/versions/9`)).status, 404);
  await publish();
  assert.match(await htmlOf(visitor.get(`${path}/versions`)), /Version 3[\s\S]*Version 2[\s\S]*Version 1/);

  assert.match(await htmlOf(visitor.get(`${path}/remove`)), /These events offer it/);
  await visitor.post(`${path}/remove`);
  assert.equal((await visitor.get(path)).status, 200, 'refused while it is offered');
  await offer('full-bleed');
  assert.equal(await layoutAt(booth), undefined, 'gone from the booth with the event’s choice');
  assert.equal((await visitor.post(`${path}/remove`)).headers.get('location'), '/templates');
  assert.equal((await visitor.get(path)).status, 404);
});

test('an event cannot offer the template of somebody else, nor one that was never published', async (t) => {
  const { offer, name, stack, publish } = await stage(t);
  assert.equal((await offer(name)).status, 422);
  await publish();
  assert.equal((await offer(name)).status, 303);
  const other = await stack.account();
  const booth = await givenBooth(stack, other.id);
  const theirs = await stack.visitor(other);
  const answer = await theirs.post(`/events/${booth.event}/settings`, {
    ...{ title: 'x', from: '', to: '', language: 'fr', accent: '#b3261e', keepDays: '' },
    ...{ modes: 'single', templates: name, filters: 'none' },
  });
  assert.equal(answer.status, 422);
});
