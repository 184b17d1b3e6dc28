/**
 * The plug of the portal is pulled 50 times at random moments while a customer hides, deletes and brings back. Every
 * deed that was acknowledged is done; of one that was cut short each photo is marked or it is not, and asked for again it
 * is done; every photo is there once and whole. (A removal that dies: ../bin.test.ts.) KILLS and SEED (environment) repeat or lengthen a run.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCouch } from '@photomaton/couch';
import { eventDatabase, type MarkDoc } from '@photomaton/design-docs/docs';
import { runningCouchServer } from '../../couch-server.ts';
import { type Act, changed } from '../../gallery/marks.ts';
import { givenBooth } from '../booth-with-photos.ts';
import { openVisitor } from '../browser.ts';
import { runProgram } from '../processes.ts';
import { startStack } from '../stack.ts';
import { freePort, seeded, until } from './product.ts';

const KILLS = Number(process.env.KILLS ?? 50);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const PHOTOS = 30;
/** A deed to all photos takes about so long. */
const DIES_WITHIN_MS = 400;
const ACTS: Act[] = ['hide', 'delete', 'restore', 'show'];

type State = { hidden: boolean; deleted: boolean };
const stateOf = (mark: Partial<MarkDoc> | undefined): State => ({
  hidden: mark?.hidden !== undefined,
  deleted: mark?.deleted !== undefined,
});

test(`killed ${KILLS} times while photos are hidden and deleted: nothing half-done, nothing doubled`, async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const random = seeded(SEED);
  const dataDir = await mkdtemp(join(tmpdir(), 'photomaton-marks-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));

  // An event with photos, made by a portal that then stops.
  let stop: () => unknown = () => undefined;
  const stack = await startStack(
    {
      after: (end) => {
        stop = end as () => unknown;
      },
    },
    { dataDir },
  );
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const keys = (await booth.add(PHOTOS)).map(({ key }) => key);
  await stop();

  const [port, couchPort] = [await freePort(), await freePort()];
  const env = {
    DATA_DIR: dataDir,
    PORTAL_PORT: String(port),
    COUCH_PORT: String(couchPort),
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

  let expected = new Map<string, State>(keys.map((key) => [key, stateOf(undefined)]));
  const apply = (states: Map<string, State>, act: Act) =>
    new Map(
      [...states].map(([key, { hidden, deleted }]): [string, State] => {
        const deed = { at: '2026-07-14T13:00:00.000Z', by: 'x' };
        const mark: MarkDoc = {
          ...{ _id: `mark:${key}`, type: 'mark' },
          ...(hidden && { hidden: deed }),
          ...(deleted && { deleted: { ...deed, until: '2099-01-01T00:00:00.000Z' } }),
        };
        return [key, stateOf(changed(mark, { act, by: 'x', now: new Date() }) ?? mark)];
      }),
    );
  const act = (what: Act) =>
    visitor.post(`/events/${booth.event}/marks`, { act: what, photos: keys.join(',') }).then(
      ({ status }) => status === 303,
      () => false,
    );

  let cutShort = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const what = ACTS[Math.floor(random() * ACTS.length)] ?? 'hide';
    const doing = act(what);
    await sleep(random() * DIES_WITHIN_MS);
    program.process.kill('SIGKILL');
    const isDone = await doing;
    await program.ended;
    program = await start();
    const after = apply(expected, what);
    const found = await statesOf();
    for (const key of keys) {
      const one = JSON.stringify(found.get(key));
      const may = [after.get(key), ...(isDone ? [] : [expected.get(key)])].map((state) =>
        JSON.stringify(state),
      );
      assert.ok(may.includes(one), `SEED=${SEED}: ${key} is ${one} after ${what}`);
    }
    if (!isDone) cutShort += 1;
    await until(`${what} again`, () => act(what));
    assert.deepEqual(await statesOf(), after, `SEED=${SEED}: done again it is complete`);
    expected = after;
  }
  assert.ok(cutShort > 0, 'no kill found a deed on its way: the moments are wrong');
  t.diagnostic(`${cutShort} of ${KILLS} kills found a deed on its way`);

  /** As the database has them; each photo once, with one revision and its pictures. */
  async function statesOf(): Promise<Map<string, State>> {
    const admin = await runningCouchServer(dataDir);
    if (!admin) throw new Error('the embedded server does not run');
    const couch = openCouch(admin);
    const db = eventDatabase(booth.event);
    const range = (kind: string) => ({ startkey: `${kind}:`, endkey: `${kind}:~`, limit: 1000 });
    const [previews, photos, marks] = await Promise.all([
      couch.range<{ n: number }>(db, range('preview')),
      couch.range<{ n: number }>(db, range('photo')),
      couch.range<MarkDoc>(db, range('mark')),
    ]);
    for (const docs of [previews, photos]) {
      assert.equal(docs.length, PHOTOS);
      for (const { _rev, _attachments } of docs) assert.ok(_rev.startsWith('1-') && _attachments);
    }
    const byKey = new Map(marks.map((mark) => [mark._id.slice('mark:'.length), mark]));
    return new Map(keys.map((key) => [key, stateOf(byKey.get(key))]));
  }
});
