import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { openProvisioner } from '@photomaton/couch/setup';
import {
  boothDatabase,
  boothDocId,
  boothUser,
  emailClaimId,
  eventDatabase,
  eventDocId,
  markId,
  parsePhotoId,
} from '@photomaton/design-docs/docs';
import { builtInTemplates } from '@photomaton/device/image';
import { pino } from 'pino';
import { fromBufferPromise } from 'yauzl';
import { sweepAccounts } from '../accounts/closing.ts';
import { openAudit } from '../audit/audit.ts';
import { createDesign } from '../templates/designs.ts';
import { keepPicture } from '../templates/pictures.ts';
import { givenBooth, picture } from './booth-with-photos.ts';
import { dyingAt, survived } from './dying.ts';
import { type Stack, startStack } from './stack.ts';
import { everyDocument, statusAs } from './who-sees.ts';

const DAY_MS = 24 * 3600_000;

/** A template of the account's own with a picture behind it. */
async function givenTemplate(stack: Stack, owner: string) {
  const parts = { couch: stack.couch, now: () => new Date() };
  const image = await keepPicture(parts, owner, { bytes: await picture('coffee'), type: 'image/jpeg' });
  const [first] = builtInTemplates();
  assert.ok(first);
  const layout = { ...first.template, background: { colour: 'paper' as const, image }, overlays: [] };
  const { name } = await createDesign(parts, owner, layout);
  return { name, image };
}

test('everything that a customer has, as one zip', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account({ name: 'Camille' });
  const booth = await givenBooth(stack, customer.id, { title: 'Noces d’Été / 14:7' });
  const other = await givenBooth(stack, (await stack.account()).id, { title: 'Secret' });
  const [seen, hidden] = await booth.add(2);
  await other.add(1);
  const key = parsePhotoId(hidden?.photo._id ?? '');
  assert.ok(seen && hidden && key);
  await stack.couch.put(eventDatabase(booth.event), {
    ...{ _id: markId(key), type: 'mark', hidden: { at: new Date().toISOString(), by: customer.id } },
  });

  const { name: design, image } = await givenTemplate(stack, customer.id);

  const answer = await (await stack.visitor(customer)).get('/account/export');
  const zip = await fromBufferPromise(Buffer.from(await answer.arrayBuffer()), { lazyEntries: true });
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry())
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  const folder = `events/Noces d Été 14 7-${booth.event.slice(-4)}`;
  assert.deepEqual(
    [...files.keys()],
    [
      'account.json',
      `booths/${booth.booth.slice(-4).toUpperCase()}-${booth.booth}.json`,
      `templates/${design}/template.json`,
      `templates/${design}/${image}`,
      `${folder}/event.json`,
      `${folder}/${seen.name}`,
      `${folder}/${hidden.name}`,
    ],
  );
  assert.deepEqual(files.get(`${folder}/${hidden.name}`), hidden.jpeg);
  assert.equal(JSON.parse(String(files.get('account.json'))).email, customer.email);
  assert.equal(JSON.parse(String(files.get(`${folder}/event.json`))).title, 'Noces d’Été / 14:7');
  const text = [...files].filter(([name]) => name.endsWith('.json')).map(([, bytes]) => String(bytes));
  assert.doesNotMatch(text.join(), /shareSecret|passwordHash|argon2|Secret/);
});

test('closing an account', async (t) => {
  const stack = await startStack(t);
  const { couch, portal } = stack;
  let now = new Date();
  const log = pino({ level: 'silent' });
  const provisioner = openProvisioner(portal.admin);
  const dying = (left: { left: number }) => ({
    ...{ couch: dyingAt(couch, left), provisioner: dyingAt(provisioner, left), now: () => now, log },
    audit: openAudit({ couch: dyingAt(couch, left), now: () => now }),
  });
  const sweep = () => sweepAccounts(dying({ left: Number.POSITIVE_INFINITY }));
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id, { title: 'Mine' });
  const second = await givenBooth(stack, customer.id, { title: 'Mine too' });
  await booth.add(1);
  const other = await stack.account();
  const theirs = await givenBooth(stack, other.id, { title: 'Theirs' });
  const isThere = async () => (await couch.info(eventDatabase(booth.event))) !== undefined;
  await givenTemplate(stack, customer.id);
  await givenTemplate(stack, other.id);
  const close = async () => (await stack.visitor(customer)).post('/account/close', { sure: 'yes' });

  await t.test('takes a word that one is sure, and ends all sessions', async () => {
    const [mine, phone] = [await stack.visitor(customer), await stack.visitor(customer)];
    assert.equal((await mine.post('/account/close')).status, 422);
    assert.equal((await phone.get('/account')).status, 200);
    assert.match(await (await mine.post('/account/close', { sure: 'yes' })).text(), /within 30 days/);
    for (const visitor of [mine, phone]) assert.equal((await visitor.get('/account')).status, 303);
    await sweep();
    assert.equal(await isThere(), true);
  });

  await t.test('is undone by logging in within thirty days', async () => {
    now = new Date(Date.now() + 29 * DAY_MS);
    await sweep();
    const back = await stack.visitor(customer);
    assert.match(await (await back.get('/')).text(), /Mine too/);
    now = new Date(Date.now() + 31 * DAY_MS);
    await sweep();
    assert.equal(await isThere(), true);
  });

  await t.test('erases all of it after them, killed at any call', async () => {
    await close();
    now = new Date(Date.now() + 31 * DAY_MS);
    let cuts = 0;
    for (let left = 0; !(await survived(() => sweepAccounts(dying({ left })))); left += 1) cuts += 1;
    assert.ok(cuts > 5 && cuts < 100, `${cuts} cuts`);
    const kept = await couch.range<{ owner?: string }>('designs', { limit: 100 });
    assert.deepEqual(new Set(kept.map(({ owner }) => owner)), new Set([undefined, other.id]));
    for (const { event, booth: id, key } of [booth, second]) {
      assert.equal(await couch.info(eventDatabase(event)), undefined);
      assert.equal(await stack.admin.info(boothDatabase(id)), undefined);
      assert.equal(await couch.get('fleet', eventDocId(event)), undefined);
      assert.equal(await couch.get('fleet', boothDocId(id)), undefined);
      assert.equal(await statusAs(portal.admin.url, boothUser(id), key, 'accounts'), 401);
    }
    assert.equal(await stack.accounts.byId(customer.id), undefined);
    assert.equal(await couch.get('accounts', emailClaimId(customer.email)), undefined);
    assert.ok(!(await everyDocument(portal.admin)).includes(customer.email));
    assert.ok(await couch.info(eventDatabase(theirs.event)), 'nobody else’s');
    assert.ok(await couch.get('fleet', boothDocId(theirs.booth)));
    const again = { role: 'customer', name: 'Noé', email: customer.email, language: 'fr' } as const;
    assert.equal((await stack.accounts.create(again)).kind, 'created');
  });

  await t.test(
    'and an address that was left behind by a change that was cut short is free again',
    async () => {
      await couch.put('accounts', { _id: emailClaimId('old@example.com'), type: 'email', account: other.id });
      assert.equal(await stack.accounts.byEmail('old@example.com'), undefined, 'and lets nobody in');
      await sweep();
      assert.equal(await couch.get('accounts', emailClaimId('old@example.com')), undefined);
      assert.ok(await stack.accounts.byEmail(other.email));
    },
  );
});
