/** Two nodes of one installation, one of which is killed (`kill -9`) in the middle of its work. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type BoothDoc,
  boothDatabase,
  boothUser,
  type EventDoc,
  eventDatabase,
} from '@photomaton/design-docs/docs';
import { startBalancer } from './balancer.ts';
import { givenBooth, type TestPhoto } from './booth-with-photos.ts';
import { faultyCouch } from './faulty-couch.ts';
import { startNode } from './node-process.ts';
import { claim } from './paired-booth.ts';
import { type Stack, startStack } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { unzipped } from './unzipped.ts';
import { startBooth } from './waiting-booth.ts';
import { statusAs } from './who-sees.ts';

/** When the node that holds the booth is killed: in a state of the booth's, or before a request of its own arrives. */
const MOMENTS: { when: string; state?: string; request?: RegExp; isAskedAgain?: true }[] = [
  { when: 'while the code is shown', state: 'code' },
  { when: 'when the code was typed', state: 'confirm' },
  {
    when: 'when the tap was made, and nobody has written it down',
    request: /^PUT \/paillasson\/code:/,
    isAskedAgain: true,
  },
  { when: 'when the booth is being set up, before its key', request: /^PUT \/_users\/.*booth-/ },
  { when: 'when it is being set up, before it is the customer’s', request: /^PUT \/fleet\/booth:/ },
];

test('a booth whose node is killed is paired at the other, once, with the same code', async (t) => {
  const secret = randomBytes(32);
  const balancer = await startBalancer(t);
  const stack = await startStack(t, { secret, url: balancer.url });
  const { admin } = stack.portal;
  const couch = await faultyCouch(t, admin.url);
  const customer = await stack.account();
  const visitor = await stack.visitor(customer);

  for (const { when, state, request, isAskedAgain } of MOMENTS) {
    await t.test(when, async (t) => {
      couch.has({ kind: 'none' });
      const node = await startNode(t, {
        ...{ secret, portalUrl: balancer.url, admin: { ...admin, url: couch.url } },
      });
      balancer.to(node.port, stack.portal.port);
      const dataDir = await temporaryFolder(t);
      const booth = startBooth(t, dataDir, balancer.url);
      const { code } = await booth.until('code');
      /** At the other node, if it is killed here. */
      const stillHas = async (what: string) => {
        if (state !== what) return;
        node.kill();
        assert.equal((await booth.until(what)).code, code);
      };
      await stillHas('code');
      await claim(visitor, code ?? '');
      assert.equal((await booth.until('confirm')).code, code);
      await stillHas('confirm');
      if (request) couch.has({ kind: 'deadly', request, kill: node.kill });
      booth.say('confirm');
      if (isAskedAgain) {
        assert.equal((await booth.until('confirm')).code, code);
        booth.say('confirm');
      }
      await booth.until('paired');
      await node.ended;
      assert.deepEqual(await booth.ended, [0, null]);
      await assertPairedOnce(stack, customer.id, dataDir);
    });
  }
});

/** One record, one event, one database of each; and the booth's key opens both. */
async function assertPairedOnce(stack: Stack, owner: string, dataDir: string): Promise<void> {
  const { booth, binding } = JSON.parse(await readFile(join(dataDir, 'identity.json'), 'utf8'));
  const fleet = await stack.couch.range<BoothDoc | EventDoc>('fleet', { limit: 1000 });
  const events = fleet.flatMap((doc) => (doc.type === 'event' && doc.booths.includes(booth) ? [doc] : []));
  const booths = fleet.flatMap((doc) => (doc.type === 'booth' && doc.booth === booth ? [doc] : []));
  assert.deepEqual([booths.length, events.length], [1, 1]);
  assert.deepEqual([booths[0]?.owner, booths[0]?.event], [owner, events[0]?.event]);
  for (const db of [boothDatabase(booth), eventDatabase(events[0]?.event ?? '')])
    assert.equal(await statusAs(stack.portal.admin.url, boothUser(booth), binding.key, db), 200);
}

test('a zip whose node is killed fails for who reads it, and is whole at the other', async (t) => {
  const stack = await startStack(t);
  const secret = Buffer.from(await readFile(join(stack.dataDir, 'portal-secret'), 'utf8'), 'base64url');
  const node = await startNode(t, { admin: stack.portal.admin, secret: new Uint8Array(secret) });
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const photos: TestPhoto[] = [];
  // More than fits between a node and its reader.
  for (let n = 0; n < 4; n += 1) {
    const photo = await booth.take('coffee', new Date(Date.UTC(2026, 6, 14, 13, n)), { padBytes: 12e6 });
    await booth.sendPreview(photo);
    await booth.sendOriginal(photo);
    photos.push(photo);
  }
  const visitor = await stack.visitor(customer);
  const path = `/events/${booth.event}/photos.zip`;

  const broken = await fetch(node.url + path, { headers: { cookie: visitor.cookies() } });
  const reader = broken.body?.getReader();
  await reader?.read();
  node.kill();
  await assert.rejects(async () => {
    while (!(await reader?.read())?.done);
  }, 'a part is not taken for the whole');

  const again = await unzipped(await visitor.get(path));
  assert.deepEqual(
    [...again],
    photos.map(({ name, jpeg }) => [name, jpeg]),
  );
  // Who has the first two already goes on after them.
  const rest = await unzipped(await visitor.get(`${path}?from=${photos[2]?.key.slice(0, 20)}`));
  assert.deepEqual(
    [...rest.keys()],
    photos.slice(2).map(({ name }) => name),
  );
});
