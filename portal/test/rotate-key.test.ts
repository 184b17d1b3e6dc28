import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { boothIdOf, makeBoothKeys, proofOf, unseal } from '@photomaton/design-docs/booth-keys';
import {
  type AuditDoc,
  boothDatabase,
  boothUser,
  type KeyDoc,
  type RotationDoc,
  rotationId,
} from '@photomaton/design-docs/docs';
import { pino } from 'pino';
import { openAudit } from '../audit/audit.ts';
import { setUpCouch } from '../couch-server.ts';
import { beginRotation, ROTATION_KEY, settleRotations } from '../fleet/rotate-key.ts';
import { openSecrets } from '../secrets.ts';
import { givenBooth } from './booth-with-photos.ts';
import { CALLS_APART, dyingAt, FIRST_CALL, survived } from './dying.ts';
import { startStack } from './stack.ts';
import { statusAs } from './who-sees.ts';

const randomKey = () => randomBytes(32).toString('base64url');

async function stage(t: TestContext) {
  const stack = await startStack(t);
  const { couch, portal } = stack;
  const secrets = await openSecrets({ dataDir: stack.dataDir });
  const { provisioner } = await setUpCouch({ admin: portal.admin, secrets });
  const now = () => new Date();
  const rotationKey = secrets.deriveKey(ROTATION_KEY);
  const audit = openAudit({ couch, now });
  const parts = { couch, provisioner, audit, rotationKey, now, log: pino({ level: 'silent' }) };

  /** A booth whose program can take another key. */
  async function newBooth(owner: string) {
    const keys = await makeBoothKeys();
    const booth = await givenBooth(stack, owner, { booth: boothIdOf(keys.publicKey) });
    await booth.report(0, now(), { publicKey: keys.publicKey });
    const keyDoc = () => couch.get<KeyDoc>(boothDatabase(booth.booth), 'key');
    return {
      ...booth,
      keyDoc,
      rotation: () => couch.get<RotationDoc>('fleet', rotationId(booth.booth)),
      isLetIn: async (key: string) =>
        (await statusAs(portal.admin.url, boothUser(booth.booth), key, boothDatabase(booth.booth))) === 200,
      /** It takes the new key, and says so. */
      async fetches(proof?: string): Promise<string> {
        const doc = await keyDoc();
        const key = (await unseal(doc?.sealed ?? '', keys)) ?? '';
        const rotation = doc?.rotation ?? '';
        const newKey = { rotation, proof: proof ?? proofOf(key, rotation) };
        await booth.report(0, now(), { publicKey: keys.publicKey, newKey });
        return key;
      },
    };
  }

  return {
    stack,
    parts,
    newBooth,
    /** Of a process that is killed after so many calls. */
    dying(calls: number) {
      const left = { left: calls };
      const dyingCouch = dyingAt(couch, left);
      return {
        ...parts,
        couch: dyingCouch,
        provisioner: dyingAt(provisioner, left),
        audit: openAudit({ couch: dyingCouch, now }),
      };
    },
  };
}

test('the old key works until the booth has proven that it holds the new one, then no more', async (t) => {
  const { stack, parts, newBooth } = await stage(t);
  const booth = await newBooth((await stack.account()).id);
  const odile = await stack.account({ role: 'operator', name: 'Odile' });
  const operator = await stack.visitor(odile);
  const page = async () => (await operator.get(`/fleet/${booth.booth}`)).text();
  assert.match(await page(), /fetches the new key with its next sync/);
  assert.equal((await operator.post(`/fleet/${booth.booth}/rotate`)).status, 303);
  assert.match(await page(), /A new key has been on its way/);
  const before = await booth.rotation();
  await operator.post(`/fleet/${booth.booth}/rotate`);
  assert.equal((await booth.rotation())?._rev, before?._rev, 'asked twice is one');

  await booth.fetches('A'.repeat(43));
  await settleRotations(parts);
  assert.ok(await booth.isLetIn(booth.key), 'whoever has the old key alone proves nothing');
  const key = await booth.fetches();
  assert.deepEqual([await booth.isLetIn(booth.key), await booth.isLetIn(key)], [true, false]);
  await settleRotations(parts);
  assert.deepEqual([await booth.isLetIn(booth.key), await booth.isLetIn(key)], [false, true]);
  const { authorization } = booth;
  const url = `${booth.sync}/${boothDatabase(booth.booth)}`;
  assert.equal((await fetch(url, { headers: { authorization } })).status, 401, 'nor through the portal');
  assert.deepEqual([await booth.rotation(), await booth.keyDoc()], [undefined, undefined]);
  assert.match(await page(), /fetches the new key with its next sync/);
  const trail = await stack.couch.range<AuditDoc>('audit', { limit: 1000 });
  const entries = trail.filter(({ subject }) => subject === booth.booth);
  assert.deepEqual(
    entries.map(({ action, actor }) => [action, actor]),
    [
      ['booth key rotation asked for', odile.id],
      ['booth key rotation asked for', odile.id],
      ['booth key rotated', null],
    ],
  );
});

test('a booth that cannot take another key keeps its own', async (t) => {
  const { stack, parts, newBooth } = await stage(t);
  const booth = await newBooth((await stack.account()).id);
  await booth.report(0);
  assert.equal(await beginRotation(parts, booth.booth), false, 'its program is older');
  const stranger = await makeBoothKeys();
  await booth.report(0, new Date(), { publicKey: stranger.publicKey });
  assert.equal(await beginRotation(parts, booth.booth), false, 'and nothing is sealed to anybody else');
  assert.equal(await booth.rotation(), undefined);
  const odile = await stack.account({ role: 'operator' });
  const page = await (await (await stack.visitor(odile)).get(`/fleet/${booth.booth}`)).text();
  assert.match(page, /cannot take another key/);
});

test('revoked or paired anew meanwhile, a booth does not get the key that was on its way', async (t) => {
  const { stack, parts, newBooth } = await stage(t);
  const owner = (await stack.account()).id;
  const newer = randomKey();
  for (const meanwhile of ['revoked', 'paired anew'] as const) {
    const booth = await newBooth(owner);
    await beginRotation(parts, booth.booth);
    const key = await booth.fetches();
    if (meanwhile === 'revoked') await parts.provisioner.removeDeviceKey(booth.booth);
    else await parts.provisioner.putDeviceKey(booth.booth, newer);
    await settleRotations(parts);
    assert.deepEqual([await booth.isLetIn(key), await booth.isLetIn(booth.key)], [false, false], meanwhile);
    assert.equal(await booth.isLetIn(newer), meanwhile === 'paired anew');
    assert.equal(await booth.rotation(), undefined, meanwhile);
  }
});

test('the portal may die at any call of it: one key works at every moment, and in the end the new one', async (t) => {
  const { stack, parts, dying, newBooth } = await stage(t);
  const owner = (await stack.account()).id;
  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    const booth = await newBooth(owner);
    const begun = await survived(() => beginRotation(dying(calls), booth.booth));
    await beginRotation(parts, booth.booth);
    const key = await booth.fetches();
    const settled = await survived(() => settleRotations(dying(calls)));
    const letIn = [await booth.isLetIn(booth.key), await booth.isLetIn(key)];
    assert.equal(letIn.filter(Boolean).length, 1, `died after ${calls}`);
    await Promise.all([settleRotations(parts), settleRotations(parts)]);
    assert.deepEqual([await booth.isLetIn(booth.key), await booth.isLetIn(key)], [false, true], `${calls}`);
    assert.deepEqual([await booth.rotation(), await booth.keyDoc()], [undefined, undefined], `${calls}`);
    isWhole = begun && settled;
    assert.ok(calls < 40, 'it ends');
  }
});
