import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { proofOf, seal } from '@photomaton/design-docs/booth-keys';
import { boothDatabase, type KeyDoc, type StatusDoc } from '@photomaton/design-docs/docs';
import { type OpenIdentity, openIdentity } from '../pairing/identity.ts';
import { type TestContext, tempFolder } from './context.ts';
import { makeSite, type Site, startServer } from './site.ts';
import { openBooth, originals, type SyncingBooth, save } from './syncing-booth.ts';

const randomKey = () => randomBytes(32).toString('base64url');
const statusOf = (site: Site) => site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');

async function stage(t: TestContext) {
  const site = await makeSite(t, await startServer(t));
  const dir = await tempFolder(t);
  const identity = await openIdentity(dir);
  const { publicKey } = identity.current();
  await identity.bind({
    ...{ key: site.key, syncUrl: site.admin.url, portalUrl: 'https://portal.test' },
    pairedAt: '2026-07-14T12:00:00.000Z',
  });
  return {
    ...{ site, dir, identity, booth: await openBooth(t, site, { dir, identity }) },
    /** The portal seals another key to the booth. */
    async offers(key: string): Promise<string> {
      const rotation = randomBytes(16).toString('base64url');
      const sealed = await seal(key, publicKey);
      await site.couch.update<KeyDoc>(boothDatabase(site.booth), 'key', () => {
        return { _id: 'key', type: 'key', rotation, sealed };
      });
      return rotation;
    },
  };
}

const cycle = async (booth: SyncingBooth) => (await booth.sync.cycle()).kind;
const keysOf = (identity: OpenIdentity) => {
  const { binding } = identity.current();
  return [binding?.key, binding?.nextKey];
};

test('a new key is on the disk before it is proven, and in use once the one before is refused', async (t) => {
  const { site, dir, identity, booth, offers } = await stage(t);
  assert.equal(await cycle(booth), 'ok');
  assert.equal((await statusOf(site))?.publicKey, identity.current().publicKey);
  const key = randomKey();
  const rotation = await offers(key);
  await save(booth.store);
  assert.equal(await cycle(booth), 'ok');
  assert.deepEqual((await statusOf(site))?.newKey, { rotation, proof: proofOf(key, rotation) });
  assert.match(await readFile(join(dir, 'identity.json'), 'utf8'), new RegExp(key), 'it outlives the plug');
  assert.deepEqual(keysOf(identity), [site.key, key]);

  await site.provisioner.putDeviceKey(site.booth, key);
  await save(booth.store);
  assert.equal(await cycle(booth), 'ok', 'in the same cycle');
  assert.deepEqual(keysOf(await openIdentity(dir)), [key, undefined]);
  assert.equal((await originals(site)).length, 2);
});

test('a key that comes before the last one was used does not take its place', async (t) => {
  const { site, identity, booth, offers } = await stage(t);
  const [second, third] = [randomKey(), randomKey()];
  await offers(second);
  await cycle(booth);
  await site.provisioner.putDeviceKey(site.booth, second);
  await offers(third);
  assert.equal(await cycle(booth), 'ok');
  assert.deepEqual(keysOf(identity), [second, third]);
  await site.provisioner.putDeviceKey(site.booth, third);
  assert.equal(await cycle(booth), 'ok');
  assert.deepEqual(keysOf(identity), [third, undefined]);
});

test('a key that is not sealed to this booth changes nothing', async (t) => {
  const { site, identity, booth } = await stage(t);
  await site.couch.put(boothDatabase(site.booth), {
    ...{ _id: 'key', type: 'key', rotation: 'r'.repeat(22), sealed: 's'.repeat(124) },
  });
  assert.equal(await cycle(booth), 'ok');
  assert.deepEqual(keysOf(identity), [site.key, undefined]);
  assert.equal((await statusOf(site))?.newKey, undefined);
});

test('the plug may be pulled at any write of the identity: the booth is never locked out', async (t) => {
  for (const when of ['before', 'after'] as const)
    for (const nth of [1, 2]) {
      const { site, dir, identity, booth, offers } = await stage(t);
      let writes = 0;
      const dying: OpenIdentity = {
        ...identity,
        async bind(binding) {
          writes += 1;
          if (writes < nth) return await identity.bind(binding);
          if (writes === nth && when === 'after') await identity.bind(binding);
          throw new Error('the plug is pulled');
        },
      };
      const key = randomKey();
      const rotation = await offers(key);
      /** As the portal does: in force once it is proven. */
      const portal = async () => {
        if ((await statusOf(site))?.newKey?.proof === proofOf(key, rotation))
          await site.provisioner.putDeviceKey(site.booth, key);
      };
      let running = await booth.restart({ dir, identity: dying });
      for (const _ of [1, 2]) {
        await cycle(running);
        await portal();
      }
      running = await running.restart({ dir, identity: await openIdentity(dir) });
      for (const _ of [1, 2]) {
        await save(running.store);
        assert.equal(await cycle(running), 'ok', `${when} write ${nth}`);
        await portal();
      }
      const after = await openIdentity(dir);
      running = await running.restart({ dir, identity: after });
      assert.equal(await cycle(running), 'ok');
      assert.deepEqual(keysOf(after), [key, undefined], `${when} write ${nth}`);
    }
});
