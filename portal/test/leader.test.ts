import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { openCouch } from '@photomaton/couch';
import {
  type EventDoc,
  eventDatabase,
  eventDocId,
  LEADER_ID,
  type LeaderDoc,
} from '@photomaton/design-docs/docs';
import { pino } from 'pino';
import { openCouchServer, setUpCouch } from '../couch-server.ts';
import { keepOneLeader } from '../leader.ts';
import { openSecrets } from '../secrets.ts';
import { dyingAt, PulledPlug } from './dying.ts';
import { eventually } from './eventually.ts';
import { faultyCouch } from './faulty-couch.ts';
import { startNode } from './node-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testCouch } from './test-couch.ts';

const log = pino({ level: 'silent' });

/** A CouchDB set up for nodes that are started one by one. */
async function installation(t: TestContext) {
  const dir = await temporaryFolder(t);
  const server = await openCouchServer({ config: { dataDir: dir, couch: await testCouch(t) }, log });
  t.after(() => server.stop());
  const { admin } = server;
  const secret = new Uint8Array(randomBytes(32));
  const secrets = await openSecrets({ dataDir: dir, secret });
  const { couchAddress, provisioner } = await setUpCouch({ admin, secrets });
  return { admin, secret, provisioner, couch: openCouch(couchAddress) };
}

/** A node that only leads, with a short lease; `die` is its plug. */
function node(t: TestContext, couch: ReturnType<typeof openCouch>) {
  const stopped = new AbortController();
  const calls = { left: Number.POSITIVE_INFINITY };
  const led = { terms: 0, isLeading: false };
  const work = keepOneLeader({
    ...{
      couch: dyingAt(couch, calls),
      log,
      signal: stopped.signal,
      isAlone: false,
      renewMs: 40,
      leaseMs: 400,
    },
    async lead(signal) {
      led.terms += 1;
      led.isLeading = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      led.isLeading = false;
    },
  }).catch((error: unknown) => {
    if (!(error instanceof PulledPlug)) throw error;
  });
  t.after(async () => {
    stopped.abort();
    await work;
  });
  return {
    led,
    die: async () => {
      calls.left = 0;
      await work;
    },
    stop: async () => {
      stopped.abort();
      await work;
    },
  };
}

test('one node leads; another goes on when it stops, or is gone for a lease, and no sooner', async (t) => {
  const { couch } = await installation(t);
  const first = node(t, couch);
  await eventually('a leader', async () => first.led.isLeading);
  const [second, third] = [node(t, couch), node(t, couch)];
  const revision = async () => (await couch.get<LeaderDoc>('fleet', LEADER_ID))?._rev;
  const renewed = async (times: number) => {
    for (let n = 0; n < times; n += 1) {
      const before = await revision();
      await eventually('a renewal', async () => (await revision()) !== before);
    }
  };
  await renewed(15);
  assert.deepEqual([second.led.terms, third.led.terms], [0, 0], 'it is renewed for longer than a lease');
  await first.stop();
  await eventually('another', async () => second.led.isLeading !== third.led.isLeading);
  const [leader, follower] = second.led.isLeading ? [second, third] : [third, second];
  const killedAt = performance.now();
  await leader.die();
  await eventually('the last', async () => follower.led.isLeading);
  assert.ok(performance.now() - killedAt > 300, 'the claim of one that is gone lasts for its lease');
  assert.equal(first.led.isLeading, false);
});

test('a leader that is killed while it erases an event is followed by one that ends it', async (t) => {
  const { admin, secret, couch, provisioner } = await installation(t);
  const event = randomBytes(12).toString('hex');
  await provisioner.createEventDatabase(event);
  await couch.put<EventDoc>('fleet', {
    ...{
      _id: eventDocId(event),
      type: 'event',
      event,
      owner: 'a'.repeat(24),
      title: 'Mariage',
      kind: 'party',
    },
    ...{ createdAt: '2020-07-14T10:00:00.000Z', booths: [], keepDays: 7 },
    days: { from: '2020-07-14', to: '2020-07-14' },
  });
  const way = await faultyCouch(t, admin.url);
  const first = startNode(t, { admin: { ...admin, url: way.url }, secret });
  const request = new RegExp(`^DELETE /${eventDatabase(event)}`);
  way.has({ kind: 'deadly', request, kill: () => void first.then(({ kill }) => kill()) });
  const leader = await first;
  await startNode(t, { admin, secret });
  await leader.ended;
  const half = await couch.get<EventDoc>('fleet', eventDocId(event));
  assert.ok(half?.erasing, 'it was begun');
  const isErased = async () => (await couch.get('fleet', eventDocId(event))) === undefined;
  await eventually('the event’s end', isErased, 60_000);
  assert.equal(await openCouch(admin).info(eventDatabase(event)), undefined);
});
