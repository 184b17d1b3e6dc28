/**
 * The plug of the portal is pulled at random moments while a customer hides, deletes, brings back, and moves photos from
 * one event to another. Every deed that was acknowledged is done; of one that was cut short each photo is marked (or
 * moved) or it is not, and asked for again it is done; every photo is there once and whole. (Removals and moves that die
 * at each call: ../bin.test.ts, ../moves.test.ts.) `npm run test:kills` pulls it 50 times; SEED repeats a run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCouch } from '@photomaton/couch';
import { eventDatabase, type MarkDoc } from '@photomaton/design-docs/docs';
import { changed } from '../../gallery/marks.ts';
import { givenBooth } from '../booth-with-photos.ts';
import { openVisitor } from '../browser.ts';
import { runProgram } from '../processes.ts';
import { startStack } from '../stack.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { couchAdmin, couchEnv, testCouch } from '../test-couch.ts';
import { freePort, seeded, until } from './product.ts';

const KILLS = Number(process.env.KILLS ?? 6);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const PHOTOS = 30;
/** A deed to all photos takes about so long. */
const DIES_WITHIN_MS = { move: 2_000, mark: 400 };
const ACTS = ['hide', 'delete', 'restore', 'show', 'move', 'move', 'move'] as const;

/** Something done to all photos of an event. */
type Deed = { act: (typeof ACTS)[number]; event: string };
type State = { event: string; hidden: boolean; deleted: boolean };
const stateOf = (event: string, mark: Partial<MarkDoc> | undefined): State => ({
  event,
  hidden: mark?.hidden !== undefined,
  deleted: mark?.deleted !== undefined,
});

test(`killed ${KILLS} times while photos are hidden, deleted and moved: nothing half-done, nothing doubled`, async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const random = seeded(SEED);
  const place = { dataDir: await temporaryFolder(t), couch: await testCouch(t) };

  // An event with photos, made by a portal that then stops.
  let stop: () => unknown = () => undefined;
  const stack = await startStack(
    {
      after: (end) => {
        stop = end as () => unknown;
      },
    },
    place,
  );
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const { event: otherEvent } = await givenBooth(stack, customer.id);
  const photos = await booth.add(PHOTOS);
  for (const photo of photos) await booth.sendShot(photo, 0, Buffer.from(`a shot of ${photo.key}`));
  const keys = photos.map(({ key }) => key);
  await stop();

  const port = await freePort();
  const env = {
    DATA_DIR: place.dataDir,
    PORTAL_PORT: String(port),
    ...couchEnv(place.couch),
    LOG_LEVEL: 'info',
  };
  const url = `http://localhost:${port}`;
  const start = async () => {
    const program = runProgram(t, { file: 'main.ts', env });
    await program.says(/portal ready/);
    return program;
  };
  const visitor = openVisitor({ url });
  let program = await start();
  await visitor.login(customer);

  let expected = new Map<string, State>(keys.map((key) => [key, stateOf(booth.event, undefined)]));
  const keysIn = (event: string) => keys.filter((key) => expected.get(key)?.event === event);
  const after = ({ act, event }: Deed, state: State): State => {
    if (state.event !== event) return state;
    if (act === 'move') return state.deleted ? state : { ...state, event: otherThan(event) };
    const deed = { at: '2026-07-14T13:00:00.000Z', by: 'x' };
    const mark: MarkDoc = {
      ...{ _id: 'mark:x', type: 'mark' },
      ...(state.hidden && { hidden: deed }),
      ...(state.deleted && { deleted: { ...deed, until: '2099-01-01T00:00:00.000Z' } }),
    };
    return stateOf(event, changed(mark, { act, by: 'x', now: new Date() }) ?? mark);
  };
  const otherThan = (event: string) => (event === booth.event ? otherEvent : booth.event);
  const perform = ({ act, event }: Deed, photos: string): Promise<boolean> => {
    const deed = act === 'move' ? { to: otherThan(event) } : { act };
    const path = `/events/${event}/${act === 'move' ? 'move' : 'marks'}`;
    return visitor.post(path, { ...deed, photos }).then(
      // 409: all of them are in the bin, and none of them moves.
      ({ status }) => status === 303 || status === 409,
      () => false,
    );
  };

  let cutShort = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const act = ACTS[Math.floor(random() * ACTS.length)] ?? 'hide';
    const [event = ''] = [booth.event, otherEvent].sort((a, b) => keysIn(b).length - keysIn(a).length);
    const deed = { act, event };
    const photos = keysIn(event).join();
    const doing = perform(deed, photos);
    await sleep(random() * DIES_WITHIN_MS[act === 'move' ? act : 'mark']);
    program.process.kill('SIGKILL');
    const isDone = await doing;
    await program.ended;
    program = await start();
    const done = new Map([...expected].map(([key, state]) => [key, after(deed, state)]));
    const found = await statesOf();
    for (const key of keys) {
      const one = JSON.stringify(found.get(key));
      const may = [done.get(key), ...(isDone ? [] : [expected.get(key)])].map((state) =>
        JSON.stringify(state),
      );
      assert.ok(may.includes(one), `SEED=${SEED}: ${key} is ${one} after ${act}, not ${may.join(' or ')}`);
    }
    if (!isDone) cutShort += 1;
    await until(`${act} again`, () => perform(deed, photos));
    assert.deepEqual(await statesOf(), done, `SEED=${SEED}: done again it is complete`);
    expected = done;
  }
  assert.ok(cutShort > 0, 'no kill found a deed on its way: the moments are wrong');
  t.diagnostic(`${cutShort} of ${KILLS} kills found a deed on its way`);

  /** As the databases have them, when what was cut short was completed; each photo once, whole, with one revision. */
  async function statesOf(): Promise<Map<string, State>> {
    const couch = openCouch(await couchAdmin(place));
    const docsOf = async (event: string, kind: string) => {
      const range = { startkey: `${kind}:`, endkey: `${kind}:~`, limit: 1000 };
      const docs = await couch.range<MarkDoc>(eventDatabase(event), range);
      return docs.map((doc) => ({ event, doc, key: doc._id.split(':').slice(1, 4).join(':') }));
    };
    const both = async (kind: string) =>
      (await Promise.all([booth.event, otherEvent].map((event) => docsOf(event, kind)))).flat();
    const marks = await until('moves that were cut short are completed', async () => {
      const all = await both('mark');
      return all.every(({ doc }) => !doc.moving) && all;
    });
    const [previews, ...others] = await Promise.all(['preview', 'photo', 'shot'].map(both));
    const places = new Map(previews?.map(({ key, event }) => [key, event]));
    for (const parts of [previews ?? [], ...others]) {
      assert.deepEqual(parts.map(({ key }) => key).toSorted(), keys.toSorted(), `SEED=${SEED}: each once`);
      for (const { key, event, doc } of parts) {
        assert.equal(event, places.get(key), `SEED=${SEED}: all of it in one event`);
        assert.ok(doc._rev.startsWith('1-') && doc._attachments);
      }
    }
    const stateIn = (key: string, event: string) =>
      stateOf(event, marks.find((mark) => mark.key === key && mark.event === event)?.doc);
    return new Map(keys.map((key) => [key, stateIn(key, places.get(key) ?? '')]));
  }
});
