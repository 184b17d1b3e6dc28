import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boothIdOf, makeBoothKeys } from '@photomaton/design-docs/booth-keys';
import { boothDatabase, boothUser, eventDatabase, type PairingDoc } from '@photomaton/design-docs/docs';
import { showCode } from '@photomaton/design-docs/pairing';
import { eventually } from './eventually.ts';
import { bindingOf, claim, pair, pairings, record, shareSecret } from './paired-booth.ts';
import { connectRawBooth, type RawBooth } from './raw-booth.ts';
import { startStack } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testCouch } from './test-couch.ts';
import { everyDocument, statusAs } from './who-sees.ts';

test('the device key opens the booth and its event, and nothing else', async (t) => {
  const stack = await startStack(t);
  const one = await pair(t, stack);
  const other = await pair(t, stack);
  const event = (await record(stack, one.id))?.event ?? '';
  const otherEvent = (await record(stack, other.id))?.event ?? '';
  const as = (db: string) => statusAs(stack.portal.admin.url, boothUser(one.id), one.binding.key, db);
  assert.equal(await as(boothDatabase(one.id)), 200);
  assert.equal(await as(eventDatabase(event)), 200);
  for (const db of [boothDatabase(other.id), eventDatabase(otherEvent), 'fleet', 'paillasson', 'accounts']) {
    assert.equal(await as(db), 403, db);
  }
});

/** As it is, and written in another way, which the validators would take for a hash or a sealed text. */
function formsOf(secret: string): string[] {
  const written = [Buffer.from(secret), Buffer.from(secret, 'base64url')];
  // Whole groups of letters only: something may follow.
  const inGroups = written.map((bytes) => bytes.subarray(0, bytes.length - (bytes.length % 3)));
  return [
    secret,
    ...written.map((bytes) => bytes.toString('hex')),
    ...inGroups.flatMap((bytes) => [bytes.toString('base64'), bytes.toString('base64url')]),
  ];
}

test('no database holds code, key, share secret, password, session id or invitation in clear', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const visitor = await stack.visitor(customer);
  const invited = await stack.accounts.create({
    ...{ role: 'customer', name: 'Invited', language: 'en' },
    email: 'invited@example.com',
  });
  assert.ok(invited.kind === 'created' && invited.invitation);
  const booth = await connectRawBooth(t, stack.url);
  const code = await booth.nextCode();
  const secrets = [code, showCode(code), shareSecret];
  const [, sessionId = ''] = /photomaton=s%3A([^.]+)\./.exec(visitor.cookies()) ?? [];
  assert.ok(sessionId.length >= 22, '128 bits');
  secrets.push(sessionId, customer.password, invited.invitation);
  // Shown once to be typed into an app, and kept until a code proves that it was.
  const factor = await (await visitor.get('/account/second-factor')).text();
  const factorKey = (/id="key">([A-Z2-7 ]+)</.exec(factor)?.[1] ?? '').replaceAll(' ', '');
  assert.equal(factorKey.length, 32, '160 bits');
  secrets.push(factorKey);
  const reset = await stack.accounts.reset(customer.id);
  assert.ok(reset);
  secrets.push(reset.token);
  const assertNone = async () => {
    const dump = await everyDocument(stack.portal.admin);
    assert.ok(dump.includes(boothIdOf(booth.keys.publicKey)), 'the dump has something in it');
    for (const secret of secrets)
      for (const form of formsOf(secret)) assert.ok(!dump.includes(form), `${secret} as ${form}`);
  };
  await assertNone();
  await claim(visitor, code);
  await assertNone();
  booth.socket.emit('confirm', { question: (await booth.next('ask')).question, shareSecret });
  const { key } = await bindingOf(booth);
  secrets.push(key);
  // Between the key's leaving and the booth's word that it is stored.
  await assertNone();
  booth.stored();
  await booth.gone;
  await assertNone();
});

test('only the holder of a key gets its code, and can answer for it', async (t) => {
  const stack = await startStack(t);
  const { publicKey } = await makeBoothKeys();
  const thief = await connectRawBooth(t, stack.url, { publicKey });
  assert.equal((await thief.next('refused')).reason, 'key');
  const guesser = await connectRawBooth(t, stack.url, { publicKey, answer: 'A'.repeat(43) });
  assert.equal((await guesser.next('refused')).reason, 'key');
  assert.deepEqual(await pairings(stack), []);
  const noPoint = await connectRawBooth(t, stack.url, { publicKey: Buffer.alloc(32).toString('base64url') });
  assert.equal((await noPoint.next('refused')).reason, 'key');
});

test('a booth cannot tap for another, nor for a claim it was not asked about', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const booth = await connectRawBooth(t, stack.url);
  await claim(visitor, await booth.nextCode());
  const { question } = await booth.next('ask');
  const thief = await connectRawBooth(t, stack.url);
  await thief.nextCode();
  thief.socket.emit('confirm', { question, shareSecret });
  booth.socket.emit('confirm', { question: `${question}x`, shareSecret });
  booth.socket.emit('confirm', { question: 'code:x 1-x', shareSecret });
  booth.socket.emit('confirm', { question, shareSecret: 'short' });
  // Messages of one socket are handled in order, so what came before was heard when this is answered.
  booth.socket.emit('decline', { question });
  await booth.nextCode();
  assert.deepEqual((await pairings(stack)).map(({ state }) => state).sort(), [
    'declined',
    'waiting',
    'waiting',
  ]);
});

test('who has all of the databases and not the secret works out neither codes nor keys', async (t) => {
  const place = { dataDir: await temporaryFolder(t), couch: await testCouch(t) };
  const under = (byte: number) => startStack(t, { ...place, secret: new Uint8Array(32).fill(byte) });
  const before = await under(1);
  const booth = await connectRawBooth(t, before.url);
  const code = await booth.nextCode();
  await before.portal.stop();
  const stack = await under(2);
  const same = await connectRawBooth(t, stack.url, { keys: booth.keys });
  assert.notEqual(await same.nextCode(), code);
  const first = await pair(t, stack);
  const second = await pair(t, stack, first.keys);
  assert.notEqual(second.binding.key, first.binding.key, 'each pairing has a key of its own');
});

test('another version is told so, and junk is not let in', async (t) => {
  const stack = await startStack(t);
  const newer = await connectRawBooth(t, stack.url, { version: 2 });
  assert.equal((await newer.next('refused')).reason, 'version');
  const junk = await connectRawBooth(t, stack.url, { publicKey: 'junk' });
  assert.equal((await junk.next('refused')).reason, 'version');
});

test('a depot of two hundred booths waits behind one address, the next has to come later', async (t) => {
  const stack = await startStack(t);
  const from = (address: string) =>
    connectRawBooth(t, stack.url, { headers: { 'x-forwarded-for': address } });
  const depot: RawBooth[] = [];
  const codes = new Set<string>();
  while (depot.length < 200) {
    const some = await Promise.all(Array.from({ length: 20 }, () => from('192.0.2.1')));
    for (const code of await Promise.all(some.map((booth) => booth.nextCode()))) codes.add(code);
    depot.push(...some);
  }
  assert.equal(codes.size, 200);
  assert.deepEqual(await (await from('192.0.2.1')).next('refused'), { reason: 'too-many', retryMs: 60_000 });
  assert.ok(await (await from('192.0.2.2')).nextCode(), 'elsewhere there is room');
  depot[0]?.socket.disconnect();
  await eventually('a place that was left', async () => {
    const booth = await from('192.0.2.1');
    return (await booth.nextCode().catch(() => undefined)) !== undefined;
  });
});

test('twenty new codes in an hour are the limit of a booth', async (t) => {
  const stack = await startStack(t);
  const booth = await connectRawBooth(t, stack.url);
  const codes = new Set<string>();
  for (let i = 0; i < 20; i++) {
    codes.add(await booth.nextCode());
    const [shown] = (await pairings(stack)).filter(({ state }) => state === 'waiting');
    await stack.admin.update<PairingDoc>('paillasson', shown?._id ?? '', (doc) =>
      doc ? { ...doc, state: 'declined' } : undefined,
    );
  }
  assert.equal(codes.size, 20);
  const { reason, retryMs } = await booth.next('refused');
  assert.equal(reason, 'too-many');
  assert.ok(retryMs > 0 && retryMs <= 3600_000);
});
