import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  BACKDROP_ATTACHMENT,
  type BoothDoc,
  boothDatabase,
  boothDocId,
  type EventDoc,
  eventDocId,
  FLEET_VIEWS,
  LOGO_ATTACHMENT,
  type SettingsDoc,
} from '@photomaton/design-docs/docs';
import { makeBackdrop, makeLogo } from '@photomaton/device/image';
import { givenBooth, picture, type TestBooth, withComment } from './booth-with-photos.ts';
import type { Visitor } from './browser.ts';
import { pngBomb } from './png-bomb.ts';
import { type Stack, startStack } from './stack.ts';

/** The form of a new event, with what it comes filled in. */
const FORM = {
  ...{ title: 'Anniversaire', from: '2027-07-14', to: '', language: 'fr', languages: 'en' },
  ...{ modes: 'single', templates: 'full-bleed', filters: 'none', accent: '#00FF7F', keepDays: '90' },
  download: 'yes',
};

async function stage(t: TestContext) {
  const stack = await startStack(t);
  const customer = await stack.account();
  const visitor = await stack.visitor(customer);
  const booth = await givenBooth(stack, customer.id);
  return { stack, customer, visitor, booth };
}

async function nonceOf(visitor: Visitor): Promise<string> {
  const [, nonce = ''] = /name="nonce" value="([\w-]+)"/.exec(await textOf(visitor, '/events/new')) ?? [];
  return nonce;
}

const textOf = async (visitor: Visitor, path: string) => (await visitor.get(path)).text();
const settingsOf = (stack: Stack, { booth }: TestBooth) =>
  stack.couch.get<SettingsDoc>(boothDatabase(booth), 'settings');
/** Sends a form with a file, as a browser does. */
async function uploadTo(
  url: string,
  as: Visitor,
  fields: Record<string, string | Uint8Array>,
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ _csrf: await as.csrfToken(), ...fields })) {
    if (typeof value === 'string') form.set(name, value);
    else form.set(name, new Blob([new Uint8Array(value)], { type: 'image/png' }), '../picture.png');
  }
  const body = new Response(form);
  const headers = { cookie: as.cookies(), 'content-type': body.headers.get('content-type') ?? '' };
  return await fetch(url, { method: 'POST', headers, body: await body.arrayBuffer(), redirect: 'manual' });
}

async function partiesOf(stack: Stack, owner: string): Promise<EventDoc[]> {
  const { rows } = await stack.couch.view<EventDoc>('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byOwner, {
    ...{ startkey: [owner, 'event'], endkey: [owner, 'event', {}], includeDocs: true },
  });
  return rows.flatMap(({ doc }) => (doc?.kind === 'party' ? [doc] : []));
}

test('a new event has what was chosen, and so have its booths', async (t) => {
  const { stack, customer, visitor, booth } = await stage(t);
  const form = { ...FORM, booths: booth.booth, nonce: await nonceOf(visitor) };
  const answers = await Promise.all([1, 2].map(() => visitor.post('/events/new', form)));
  for (const { status } of answers) assert.equal(status, 303);
  const [event, ...more] = await partiesOf(stack, customer.id);
  assert.deepEqual(more, [], 'a form that is sent twice makes one event');
  assert.ok(event);
  assert.equal(answers[0]?.headers.get('location'), `/events/${event.event}/booths`);
  const { title, days, languages, modes, templates, filters, accent, guests, keepDays, booths } = event;
  assert.deepEqual(
    { title, days, languages, modes, templates, filters, accent, guests, keepDays, booths },
    {
      ...{ title: 'Anniversaire', days: { from: '2027-07-14', to: '2027-07-14' }, languages: ['fr', 'en'] },
      ...{ modes: ['single'], templates: ['full-bleed'], filters: ['none'], accent: '#00ff7f' },
      ...{ guests: { download: true, delete: false }, keepDays: 90, booths: [booth.booth] },
    },
  );
  const settings = await settingsOf(stack, booth);
  assert.deepEqual(settings?.event, { id: event.event, title: 'Anniversaire', accent: '#00ff7f' });
  assert.deepEqual([settings?.language, settings?.modes], ['fr', ['single']]);
  assert.match(await textOf(visitor, '/events'), /Anniversaire[\s\S]*July 14, 2027/);
});

test('a form that is not right says so, keeps what was typed, and changes nothing', async (t) => {
  const { stack, customer, visitor } = await stage(t);
  const nonce = await nonceOf(visitor);
  for (const [over, says] of [
    [{ title: ' ' }, /Give a title/],
    [{ from: '2027-02-30' }, /Give two days that exist/],
    [{ from: '2027-07-14', to: '2027-07-13' }, /Give two days that exist/],
    [{ from: '' }, /first give the days/],
    [{ language: 'de' }, /at least one language/],
    [{ modes: 'film' }, /at least one kind of photo/],
    [{ templates: 'nothing' }, /at least one layout/],
    [{ modes: 'strip' }, /at least one layout/],
    [{ keepDays: '3' }, /Choose one of the list/],
    [{ from: '2020-07-14', to: '', keepDays: '90' }, /would be erased at once/],
  ] as const) {
    const answer = await visitor.post('/events/new', { ...FORM, filters: 'noir', ...over, nonce });
    const html = await answer.text();
    assert.equal(answer.status, 422, JSON.stringify(over));
    assert.match(html, says);
    assert.match(html, /value="noir" checked/);
  }
  assert.deepEqual(await partiesOf(stack, customer.id), []);
});

test('a last day that is over is taken, and said', async (t) => {
  const { visitor, booth } = await stage(t);
  const path = `/events/${booth.event}`;
  const pages = async () =>
    (await textOf(visitor, `${path}/settings`)) + (await textOf(visitor, `${path}/booths`));
  const save = (days: object) => visitor.post(`${path}/settings`, { ...FORM, keepDays: '', ...days });
  assert.equal((await save({ from: '2020-07-14', to: '2020-07-15' })).status, 303);
  assert.equal((await pages()).split('The last day of this event is over').length, 3);
  assert.equal((await save({ from: '2020-07-14', to: '2127-07-15' })).status, 303);
  assert.doesNotMatch(await pages(), /is over/);
});

test('what is changed reaches the booths, and the page says when it arrived there', async (t) => {
  const { stack, visitor, booth } = await stage(t);
  const path = `/events/${booth.event}`;
  const answer = await visitor.post(`${path}/settings`, { ...FORM, title: 'Léa a 30 ans', keepDays: '' });
  assert.equal(answer.headers.get('location'), `${path}/settings?saved=yes`);
  assert.match(await textOf(visitor, `${path}/settings?saved=yes`), /Saved\.[\s\S]*value="Léa a 30 ans"/);
  const settings = await settingsOf(stack, booth);
  assert.equal(settings?.event.title, 'Léa a 30 ans');
  assert.match(await textOf(visitor, `${path}/booths`), /not there yet/);

  const at = new Date(Date.now() - 180_000).toISOString();
  const rev = settings?._rev ?? '';
  await booth.report(0, new Date(), { settings: { rev, at } });
  assert.match(await textOf(visitor, `${path}/booths`), /arrived there 3 minutes ago/);
  const refused = [{ name: 'templates', reason: 'not on this booth: gold' }];
  await booth.report(0, new Date(), { settings: { rev, at, refused } });
  assert.match(
    await textOf(visitor, `${path}/booths`),
    /keeps the last that worked[\s\S]*Layouts[\s\S]*gold/,
  );
  assert.match(await textOf(visitor, '/'), /cannot apply one of your settings/);
  await booth.report(0, new Date(), { settings: { rev: `9-${'0'.repeat(32)}`, at } });
  assert.match(await textOf(visitor, `${path}/booths`), /not there yet/);
});

test('the settings of a booth reach it, wrong ones do not', async (t) => {
  const { stack, visitor, booth } = await stage(t);
  const path = `/booths/${booth.booth}`;
  const form = {
    ...{ name: 'Salle du bas', countdownS: '5', volume: '0', idle: 'calm', dpi: '600', pin: '012 345' },
    ...{ voice: 'yes', sendFrom: '22:00', sendTo: '07:00' },
  };
  for (const over of [
    ...[{ name: '' }, { countdownS: '0' }, { countdownS: '' }, { volume: '101' }, { pin: '1234' }],
    ...[{ sendTo: '' }, { sendTo: '22:00' }],
  ]) {
    const answer = await visitor.post(path, { ...form, ...over });
    assert.equal(answer.status, 422, JSON.stringify(over));
    assert.match(await answer.text(), /Nothing was saved/);
  }
  assert.equal(await settingsOf(stack, booth), undefined);
  assert.equal((await visitor.post(path, form)).headers.get('location'), `${path}?saved=yes`);
  const { event, language, type, _id, _rev, ...chosen } = (await settingsOf(stack, booth)) ?? {};
  assert.deepEqual(chosen, {
    ...{ countdownS: 5, volume: 0, mirror: false, voice: true, recentPhotos: false, keepShots: false },
    ...{
      hotspotPhotos: false,
      idle: 'calm',
      dpi: 600,
      pin: '012345',
      sendBetween: { from: '22:00', to: '07:00' },
    },
  });
  assert.match(await textOf(visitor, '/booths'), /Salle du bas/);
  assert.match(await textOf(visitor, path), /value="012345"/);
});

for (const [name, attachment, type, make] of [
  ['logo', LOGO_ATTACHMENT, 'image/webp', makeLogo],
  ['backdrop', BACKDROP_ATTACHMENT, 'image/jpeg', makeBackdrop],
] as const) {
  test(`a ${name} is made anew and comes to the booth; what is no picture changes nothing`, async (t) => {
    const { stack, visitor, booth } = await stage(t);
    const path = `/events/${booth.event}`;
    const upload = (bytes: Uint8Array, fields = {}, as = visitor, to: string = name) =>
      uploadTo(`${stack.url}${path}/${to}`, as, { ...fields, [to]: bytes });
    const atBooth = async () => (await settingsOf(stack, booth))?._attachments?.[attachment]?.digest;
    const jpeg = withComment(await picture('coffee'), 'my address');

    assert.equal((await upload(jpeg)).headers.get('location'), `${path}/settings?saved=yes`);
    const shown = await visitor.get(`${path}/${name}`);
    assert.equal(shown.headers.get('content-type'), type);
    const bytes = Buffer.from(await shown.arrayBuffer());
    assert.deepEqual(bytes, await make(jpeg));
    assert.ok(!bytes.includes('my address'));
    const digest = await atBooth();
    assert.ok(digest);
    assert.ok((await textOf(visitor, `${path}/settings`)).includes(`/${name}?${encodeURIComponent(digest)}`));
    const soft = /soft on paper: it has 600 × 400 pixels. Bring one that is at least 1800 pixels wide/;
    assert.equal(soft.test(await textOf(visitor, `${path}/settings`)), name === 'backdrop');
    const greenScreen = name === 'backdrop' ? digest : undefined;
    assert.equal((await settingsOf(stack, booth))?.greenScreen, greenScreen);

    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    for (const bad of [svg, Buffer.alloc(0), pngBomb(10_000)]) {
      const answer = await upload(bad);
      assert.equal(answer.headers.get('location'), `${path}/settings?refused=${name}#${name}`);
    }
    assert.match(
      await textOf(visitor, `${path}/settings?refused=${name}`),
      new RegExp(`id="${name}-problem"[^>]*>This file is no picture that we can read`),
    );
    await visitor.post(`${path}/settings`, { ...FORM, keepDays: '' });
    const other = name === 'logo' ? 'backdrop' : 'logo';
    await upload(jpeg, {}, visitor, other);
    await upload(Buffer.alloc(0), { act: 'take-away' }, visitor, other);
    assert.equal(await atBooth(), digest, 'other settings and pictures leave it alone');
    assert.equal((await settingsOf(stack, booth))?.event.title, FORM.title);

    assert.equal((await upload(jpeg, { _csrf: 'x' })).status, 403);
    const stranger = await stack.visitor(await stack.account());
    assert.equal((await upload(jpeg, {}, stranger)).status, 404);
    assert.equal((await stranger.get(`${path}/${name}`)).status, 404);
    assert.equal((await upload(new Uint8Array(9_000_000))).status, 413);

    await upload(await picture('rocket'));
    assert.notEqual(await atBooth(), digest);
    await upload(new Uint8Array(), { act: 'take-away' });
    assert.deepEqual(
      [await atBooth(), (await settingsOf(stack, booth))?.greenScreen],
      [undefined, undefined],
    );
    assert.equal((await visitor.get(`${path}/${name}`)).status, 404);
    const trail = await stack.couch.range<{ action: string }>('audit', { startkey: 'audit:', limit: 1000 });
    const said = trail.filter(({ action }) => action.startsWith(`event ${name}`));
    assert.deepEqual(
      said.map(({ action }) => action),
      ['changed', 'changed', 'taken away'].map((what) => `event ${name} ${what}`),
    );
  });
}

test('booths are brought from one event to another', async (t) => {
  const { stack, customer, visitor, booth } = await stage(t);
  const other = await givenBooth(stack, customer.id, { title: 'Mariage' });
  const path = `/events/${other.event}/booths`;
  assert.match(await textOf(visitor, path), new RegExp(`${booth.name}[\\s\\S]*Bring here`));
  await visitor.post(path, { booth: booth.booth });
  const doc = await stack.couch.get<BoothDoc>('fleet', boothDocId(booth.booth));
  assert.equal(doc?.event, other.event);
  const event = await stack.couch.get<EventDoc>('fleet', eventDocId(other.event));
  assert.deepEqual(event?.booths, [other.booth, booth.booth], 'two booths, one gallery');
  assert.match(
    await textOf(visitor, `/events/${booth.event}/booths`),
    /It may still hold photos of this one/,
  );
});

test('what is somebody else’s is not there, and nobody comes in without a login', async (t) => {
  const { stack, visitor, booth } = await stage(t);
  const stranger = await stack.visitor(await stack.account());
  const own = await givenBooth(stack, (await stack.account()).id);
  const paths = [
    `/events/${booth.event}/settings`,
    `/events/${booth.event}/booths`,
    `/booths/${booth.booth}`,
  ];
  for (const path of paths) {
    assert.equal((await stranger.get(path)).status, 404, path);
    assert.equal((await stranger.post(path, FORM)).status, 404, path);
    const nobody = await (await stack.visitor()).get(path);
    assert.match(nobody.headers.get('location') ?? '', /^\/login/, path);
  }
  assert.equal((await visitor.post(`/events/${booth.event}/booths`, { booth: own.booth })).status, 404);
  assert.equal((await stack.couch.get<BoothDoc>('fleet', boothDocId(own.booth)))?.event, own.event);
  const nonce = await nonceOf(stranger);
  await stranger.post('/events/new', { ...FORM, booths: booth.booth, nonce });
  assert.equal((await stack.couch.get<BoothDoc>('fleet', boothDocId(booth.booth)))?.event, booth.event);
});

test('an event that is being erased is seen by nobody', async (t) => {
  const { stack, visitor, booth } = await stage(t);
  await stack.couch.update<EventDoc>('fleet', eventDocId(booth.event), (found) =>
    found ? { ...found, erasing: new Date().toISOString() } : undefined,
  );
  assert.equal((await visitor.get(`/events/${booth.event}`)).status, 404);
  assert.doesNotMatch(await textOf(visitor, '/events'), new RegExp(booth.event));
});

test('many events are listed by their days, page by page', async (t) => {
  const { stack, customer, visitor } = await stage(t);
  const nonces = await Promise.all(Array.from({ length: 26 }, () => nonceOf(visitor)));
  for (const [i, nonce] of nonces.entries()) {
    const from = `2027-01-${String(i + 1).padStart(2, '0')}`;
    await visitor.post('/events/new', { ...FORM, title: `Fête ${i + 1}`, from, nonce });
  }
  assert.equal((await partiesOf(stack, customer.id)).length, 26);
  const titlesOn = (html: string) =>
    [...html.matchAll(/event-card__link"[^>]*>([^<]+)</g)].map(([, one]) => one);
  const first = await textOf(visitor, '/events');
  assert.deepEqual(titlesOn(first).slice(0, 2), ['Fête 26', 'Fête 25']);
  const [, next = ''] = /href="(\/events\?from=[^"]+)"/.exec(first) ?? [];
  const all = [...titlesOn(first), ...titlesOn(await textOf(visitor, next))];
  assert.equal(all.length, 27);
  assert.equal(new Set(all).size, 27);
});
