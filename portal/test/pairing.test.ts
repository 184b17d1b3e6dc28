import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boothIdOf, makeBoothKeys, unseal } from '@photomaton/design-docs/booth-keys';
import {
  boothDatabase,
  boothUser,
  type EventDoc,
  eventDatabase,
  eventDocId,
  type PairingDoc,
  type SettingsDoc,
  serialOf,
} from '@photomaton/design-docs/docs';
import { showCode, wordsOf } from '@photomaton/design-docs/pairing';
import { pairingKeys } from '../pairing/pairing-keys.ts';
import { openPairingRequests } from '../pairing/requests.ts';
import { bindingOf, claim, pair, pairings, record, shareSecret } from './paired-booth.ts';
import { connectRawBooth } from './raw-booth.ts';
import { startStack } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testCouch } from './test-couch.ts';
import { statusAs } from './who-sees.ts';

test('a booth is paired by its code, the yes of a customer and the tap', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account({ name: 'Camille & Noé', language: 'fr' });
  const visitor = await stack.visitor(customer);
  const booth = await connectRawBooth(t, stack.url);
  const id = boothIdOf(booth.keys.publicKey);
  const code = await booth.nextCode();

  const typed = await visitor.post('/booths/register', { code: ` ${showCode(code)} ` });
  assert.equal(typed.status, 303);
  const page = await (await visitor.get('/booths/register/confirm')).text();
  for (const shown of [serialOf(id), wordsOf(booth.keys.publicKey, code).fr, showCode(code)]) {
    assert.ok(page.includes(shown), shown);
  }
  assert.equal((await visitor.post('/booths/register/confirm')).status, 303);

  const asked = await booth.next('ask');
  assert.equal(asked.customer, 'Camille & Noé');
  assert.equal(await unseal(asked.sealed, booth.keys), code);
  assert.equal(await record(stack, id), undefined, 'nothing is bound before the tap');
  assert.equal((await visitor.get('/booths/register/wait')).status, 200);

  booth.socket.emit('confirm', { question: asked.question, shareSecret });
  const binding = await bindingOf(booth);
  assert.equal(binding.syncUrl, `${stack.portal.url}/couch`);
  assert.equal(Buffer.from(binding.key, 'base64url').length, 32);
  booth.stored();
  await booth.gone;

  const doc = await record(stack, id);
  assert.equal(doc?.owner, customer.id);
  const event = await stack.couch.get<EventDoc>('fleet', eventDocId(doc.event));
  assert.deepEqual(
    { owner: event?.owner, kind: event?.kind, booths: event?.booths, title: event?.title },
    { owner: customer.id, kind: 'everyday', booths: [id], title: `Photomaton ${serialOf(id)}` },
  );
  const settings = await stack.couch.get<SettingsDoc>(boothDatabase(id), 'settings');
  assert.equal(settings?.event.id, doc.event);
  assert.equal(settings?.language, 'fr');
  const [pairing] = await pairings(stack);
  assert.equal(pairing?.sealed, undefined, 'the key is gone from the database once the booth has it');

  const wait = await visitor.get('/booths/register/wait');
  assert.equal(wait.headers.get('location'), `/booths?paired=${id}`);
  assert.match(await (await visitor.get(`/booths?paired=${id}`)).text(), new RegExp(`/events/${doc.event}`));
});

test('the same code comes back after a reconnection and a restart of the portal', async (t) => {
  const place = { dataDir: await temporaryFolder(t), couch: await testCouch(t) };
  const before = await startStack(t, place);
  const booth = await connectRawBooth(t, before.url);
  const code = await booth.nextCode();
  booth.socket.disconnect();
  const again = await connectRawBooth(t, before.url, { keys: booth.keys });
  assert.equal(await again.nextCode(), code);
  await before.portal.stop();
  await again.gone;
  const after = await startStack(t, place);
  const third = await connectRawBooth(t, after.url, { keys: booth.keys });
  assert.equal(await third.nextCode(), code);
});

test('a portal that stops after the tap completes the pairing when it is back', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const booth = await connectRawBooth(t, stack.url);
  await claim(visitor, await booth.nextCode());
  await booth.next('ask');
  booth.socket.disconnect();
  // What the tap leaves behind when the portal dies right after it.
  const [pairing] = await pairings(stack);
  assert.ok(pairing);
  const other = await pair(t, stack);
  const sealedSecret = (await record(stack, other.id))?.shareSecret ?? '';
  await stack.admin.update<PairingDoc>('paillasson', pairing._id, (doc) =>
    doc ? { ...doc, state: 'confirmed', shareSecret: sealedSecret } : undefined,
  );
  const back = await connectRawBooth(t, stack.url, { keys: booth.keys });
  const { key } = await bindingOf(back);
  const id = boothIdOf(booth.keys.publicKey);
  assert.equal(await statusAs(stack.portal.admin.url, boothUser(id), key, boothDatabase(id)), 200);
});

test('a booth that dies before it stored its key gets the same one again', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const booth = await connectRawBooth(t, stack.url);
  await claim(visitor, await booth.nextCode());
  booth.socket.emit('confirm', { question: (await booth.next('ask')).question, shareSecret });
  const first = await bindingOf(booth);
  booth.socket.disconnect();
  const back = await connectRawBooth(t, stack.url, { keys: booth.keys });
  assert.deepEqual(await bindingOf(back), first);
  back.stored();
  await back.gone;
  // Once it said so, there is nothing left to fetch: whoever comes now waits for a new code.
  const late = await connectRawBooth(t, stack.url, { keys: booth.keys });
  await late.nextCode();
});

test('declined on the booth: nothing is bound, the customer is told, and a new code is shown', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const booth = await connectRawBooth(t, stack.url);
  const code = await booth.nextCode();
  await claim(visitor, code);
  booth.socket.emit('decline', { question: (await booth.next('ask')).question });
  assert.notEqual(await booth.nextCode(), code);
  const page = await visitor.get('/booths/register/wait');
  assert.match(await page.text(), /answered no on the booth/);
  assert.equal(await record(stack, boothIdOf(booth.keys.publicKey)), undefined);
});

test('a booth paired again to another customer starts afresh; the photos before stay where they are', async (t) => {
  const stack = await startStack(t);
  const first = await pair(t, stack);
  const oldEvent = (await record(stack, first.id))?.event ?? '';
  const second = await pair(t, stack, first.keys);
  const doc = await record(stack, first.id);
  assert.equal(doc?.owner, second.customer.id);
  assert.notEqual(doc?.event, oldEvent);
  assert.deepEqual(doc?.events, [oldEvent, doc?.event], 'share links of the old photos are still found');
  const left = await stack.couch.get<EventDoc>('fleet', eventDocId(oldEvent));
  assert.deepEqual({ owner: left?.owner, booths: left?.booths }, { owner: first.customer.id, booths: [] });
  const user = boothUser(first.id);
  assert.equal(
    await statusAs(stack.portal.admin.url, user, first.binding.key, boothDatabase(first.id)),
    401,
    'the old key is dead',
  );
  assert.equal(
    await statusAs(stack.portal.admin.url, user, second.binding.key, eventDatabase(oldEvent)),
    403,
  );
  assert.equal(
    await statusAs(stack.portal.admin.url, user, second.binding.key, eventDatabase(doc?.event ?? '')),
    200,
  );
  const list = await (await first.visitor.get('/booths')).text();
  assert.ok(!list.includes(serialOf(first.id)), 'it is no longer in the list of the owner before');
});

test('a booth paired again to its owner keeps its event', async (t) => {
  const stack = await startStack(t);
  const { id, keys, visitor } = await pair(t, stack);
  const before = await record(stack, id);
  const booth = await connectRawBooth(t, stack.url, { keys });
  await claim(visitor, await booth.nextCode());
  booth.socket.emit('confirm', { question: (await booth.next('ask')).question, shareSecret });
  await bindingOf(booth);
  booth.stored();
  await booth.gone;
  const after = await record(stack, id);
  assert.equal(after?.event, before?.event);
  assert.deepEqual(after?.events, before?.events);
});

test('pairing leaves a trail', async (t) => {
  const stack = await startStack(t);
  const { customer, id } = await pair(t, stack);
  const trail = await stack.couch.range<{ action: string; actor: string; subject: string }>('audit', {
    startkey: 'audit:',
    limit: 100,
  });
  const said = trail.map(({ action, actor, subject }) => [action, actor, subject].join(' '));
  assert.deepEqual(
    said.filter((line) => line.includes(id)),
    [
      `pairing claimed ${customer.id} ${id}`,
      `booth paired ${boothUser(id)} ${customer.id}`,
      `booth has its key ${boothUser(id)} ${customer.id}`,
    ],
  );
});

test('a code can be typed for ten minutes, and then tapped for as long', async (t) => {
  const { couch } = await startStack(t);
  const TEN_MINUTES_MS = 10 * 60_000;
  const start = Date.now();
  let passedMs = 0;
  const now = () => new Date(start + passedMs);
  const requests = openPairingRequests({ couch, keys: pairingKeys(Buffer.alloc(32)), now });
  const { publicKey } = await makeBoothKeys();
  const booth = boothIdOf(publicKey);
  await requests.open({ booth, publicKey });
  const request = await requests.current(booth);
  assert.ok(request);
  const typedAfter = async (ms: number) => {
    passedMs = ms;
    return (await requests.typed(requests.codeOf(request), 'lea')).kind;
  };
  const stateAfterTap = async (rev: string) => {
    await requests.confirm(booth, { id: request._id, rev }, 'A'.repeat(111));
    return (await requests.get(request._id))?.state;
  };
  assert.equal(await stateAfterTap(request._rev), 'waiting', 'nobody has typed it');
  assert.equal(await typedAfter(TEN_MINUTES_MS), 'expired');
  assert.equal(await typedAfter(TEN_MINUTES_MS - 1), 'found');
  await requests.claim(request._id, { account: 'lea', name: 'Léa' });
  const rev = (await requests.get(request._id))?._rev ?? '';
  assert.equal(await typedAfter(2 * TEN_MINUTES_MS - 1), 'used');
  assert.equal(await stateAfterTap(rev), 'claimed', 'a moment too late');
  assert.equal(await typedAfter(2 * TEN_MINUTES_MS - 2), 'mine');
  assert.equal(await stateAfterTap(rev), 'confirmed');
});

test('what is over is swept, what waits stays', async (t) => {
  const stack = await startStack(t);
  const keys = pairingKeys(Buffer.alloc(32));
  let hours = 0;
  const now = () => new Date(Date.now() + hours * 3600_000);
  const requests = openPairingRequests({ couch: stack.couch, keys, now });
  const booths = await Promise.all([makeBoothKeys(), makeBoothKeys()]);
  const [old, fresh] = booths.map(({ publicKey }) => ({ booth: boothIdOf(publicKey), publicKey }));
  assert.ok(old && fresh);
  await requests.open(old);
  hours = 1;
  await requests.sweep();
  assert.equal((await pairings(stack)).length, 1, 'an expired code is still told from a wrong one');
  hours = 2;
  await requests.open(fresh);
  await requests.sweep();
  assert.deepEqual(
    (await pairings(stack)).map(({ booth }) => booth),
    [fresh.booth],
  );
  assert.ok(await requests.current(fresh.booth));
});
