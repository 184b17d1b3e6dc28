import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { boothIdOf, makeBoothKeys, unseal } from '@photomaton/design-docs/booth-keys';
import {
  type BoothDoc,
  boothDatabase,
  boothDocId,
  boothUser,
  type EventDoc,
  eventDatabase,
  FLEET_VIEWS,
  type PairingDoc,
  type SettingsDoc,
} from '@photomaton/design-docs/docs';
import { setUpCouch } from '../couch-server.ts';
import { pairingKeys } from '../pairing/pairing-keys.ts';
import type { Request } from '../pairing/requests.ts';
import { setUpBooth } from '../pairing/set-up-booth.ts';
import { openSecrets } from '../secrets.ts';
import { CALLS_APART, dyingAt, FIRST_CALL, survived } from './dying.ts';
import { record } from './paired-booth.ts';
import { type Stack, startStack } from './stack.ts';
import { statusAs } from './who-sees.ts';

const keys = pairingKeys(randomBytes(32));

async function makeRequest(account: string, boothKeys: { publicKey: string }): Promise<Request> {
  const doc: PairingDoc = {
    _id: 'code:0',
    type: 'pairing',
    booth: boothIdOf(boothKeys.publicKey),
    publicKey: boothKeys.publicKey,
    nonce: randomBytes(16).toString('base64url'),
    createdAt: new Date().toISOString(),
    expiresAt: new Date().toISOString(),
    state: 'confirmed',
    claimedBy: { account, name: 'Camille' },
    shareSecret: 'x'.repeat(100),
  };
  return { ...doc, _rev: '1-0' };
}

const eventsOf = async (stack: Stack, account: string) =>
  (
    await stack.couch.view<EventDoc>('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byOwner, {
      startkey: [account, 'event'],
      endkey: [account, 'event', {}],
      includeDocs: true,
    })
  ).rows.map(({ doc }) => doc);

for (const kind of ['a new booth', 'a booth that was another customer’s'] as const) {
  test(`the setting up of ${kind} may die at any call: doing it again completes it`, async (t) => {
    const stack = await startStack(t);
    const secrets = await openSecrets({ dataDir: stack.dataDir });
    const { provisioner } = await setUpCouch({ admin: stack.portal.admin, secrets });
    const parts = {
      couch: stack.couch,
      provisioner,
      keys,
      syncUrl: `${stack.portal.url}/couch`,
      portalUrl: stack.portal.url,
      now: () => new Date(),
    };
    let isWhole = false;
    for (let survives = FIRST_CALL; !isWhole; survives += CALLS_APART) {
      const boothKeys = await makeBoothKeys();
      const owner = `owner-${survives}`;
      const before = `before-${survives}`;
      const booth = boothIdOf(boothKeys.publicKey);
      if (kind !== 'a new booth') await setUpBooth(parts, await makeRequest(before, boothKeys));
      const request = await makeRequest(owner, boothKeys);
      const calls = { left: survives };
      const dying = {
        ...parts,
        couch: dyingAt(parts.couch, calls),
        provisioner: dyingAt(parts.provisioner, calls),
      };
      isWhole = await survived(() => setUpBooth(dying, request));
      const half = await record(stack, booth);
      if (half?.owner === owner) {
        assert.equal((await eventsOf(stack, owner)).length, 1, 'a booth that is seen has its event');
      } else {
        assert.equal(half?.owner, kind === 'a new booth' ? undefined : before, `died after ${survives}`);
      }

      // By two nodes at once, since that may happen too.
      const bindings = await Promise.all(
        [1, 2].map(async () => (await unseal(await setUpBooth(parts, request), boothKeys)) ?? ''),
      );
      const [key, sameKey] = bindings.map((text) => JSON.parse(text).key as string);
      assert.equal(key, sameKey);
      const whole = await record(stack, booth);
      assert.equal(whole?.owner, owner);
      const events = await eventsOf(stack, owner);
      assert.deepEqual(
        events.map((event) => [event?.event, event?.booths]),
        [[whole?.event, [booth]]],
        `died after ${survives}: one event, and this booth in it`,
      );
      for (const db of [boothDatabase(booth), eventDatabase(whole?.event ?? '')]) {
        assert.equal(
          await statusAs(stack.portal.admin.url, boothUser(booth), key ?? '', db),
          200,
          `died after ${survives}: ${db}`,
        );
      }
      for (const event of await eventsOf(stack, before)) assert.deepEqual(event?.booths, []);
      assert.ok(survives < 60, 'it ends');
    }
  });
}

test('a booth that comes back to a customer comes back to the event of then, for which it may still hold photos', async (t) => {
  const stack = await startStack(t);
  const secrets = await openSecrets({ dataDir: stack.dataDir });
  const { provisioner } = await setUpCouch({ admin: stack.portal.admin, secrets });
  const parts = {
    ...{ couch: stack.couch, provisioner, keys, now: () => new Date() },
    ...{ syncUrl: `${stack.portal.url}/couch`, portalUrl: stack.portal.url },
  };
  const boothKeys = await makeBoothKeys();
  const booth = boothIdOf(boothKeys.publicKey);
  const pairWith = async (account: string) => {
    const binding = await unseal(await setUpBooth(parts, await makeRequest(account, boothKeys)), boothKeys);
    const { key } = JSON.parse(binding ?? '') as { key: string };
    return { key, event: (await record(stack, booth))?.event ?? '' };
  };
  const mayAdd = ({ key }: { key: string }, event: string) =>
    statusAs(stack.portal.admin.url, boothUser(booth), key, eventDatabase(event));
  const first = await pairWith('first');
  const second = await pairWith('second');
  assert.notEqual(second.event, first.event);
  assert.equal(await mayAdd(second, first.event), 403);
  const back = await pairWith('first');
  assert.equal(back.event, first.event);
  assert.equal(await mayAdd(back, first.event), 200);
  assert.equal(await mayAdd(back, second.event), 403);
  const settings = await stack.couch.get<SettingsDoc>(boothDatabase(booth), 'settings');
  assert.equal(settings?.event.id, first.event);
  assert.equal((await eventsOf(stack, 'first')).length, 1);

  // What a roll-out gave it can still be taken back, and her events chosen on it; to another owner both mean nothing.
  const given = { id: '20260714T133012.042Z-0a1b2c3d', at: '2026-07-14T13:30:12.042Z', before: {}, was: [] };
  await stack.couch.update<BoothDoc>('fleet', boothDocId(booth), (doc) =>
    doc ? { ...doc, settings: { countdownS: 7 }, rollout: given, choices: [first.event] } : undefined,
  );
  await pairWith('first');
  const own = await record(stack, booth);
  assert.deepEqual([own?.rollout, own?.choices], [given, [first.event]]);
  await pairWith('second');
  const hers = await record(stack, booth);
  assert.deepEqual([hers?.rollout, hers?.choices], [undefined, undefined]);
});
