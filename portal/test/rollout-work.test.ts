import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Couch } from '@photomaton/couch';
import {
  type AlarmDoc,
  type AuditDoc,
  alarmId,
  type BoothDoc,
  type BoothSettings,
  boothDatabase,
  boothDocId,
  type RolloutDoc,
  rolloutDocId,
  rolloutListId,
  type SettingsDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { pino } from 'pino';
import { openAudit } from '../audit/audit.ts';
import { setUpCouch } from '../couch-server.ts';
import { tellAlarms } from '../fleet/alarm-watch.ts';
import { assignBooth } from '../fleet/assign-booth.ts';
import { createBoard } from '../fleet/board.ts';
import { giveTo } from '../fleet/rollout.ts';
import { beginRollout, goOn, newRolloutId, rollBack, stop } from '../fleet/rollout-store.ts';
import { settleRollouts } from '../fleet/rollout-work.ts';
import { openCatalogue } from '../i18n.ts';
import { openSecrets } from '../secrets.ts';
import { givenBooth, type TestBooth } from './booth-with-photos.ts';
import { CALLS_APART, dyingAt, FIRST_CALL, survived } from './dying.ts';
import { eventually } from './eventually.ts';
import { ageLogins } from './old-login.ts';
import { startStack } from './stack.ts';

const HOUR_MS = 3600_000;
const BEFORE: BoothSettings = { countdownS: 3, volume: 80, pin: '123456' };

async function stage(t: TestContext) {
  const stack = await startStack(t);
  const { couch, portal } = stack;
  const secrets = await openSecrets({ dataDir: stack.dataDir });
  const { provisioner, couchAddress } = await setUpCouch({ admin: portal.admin, secrets });
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
  let aheadMs = 0;
  const now = () => new Date(Date.now() + aheadMs);
  const board = createBoard({ couch, couchAddress, admin: portal.admin, now, log });
  await board.start();
  t.after(() => board.stop());
  await eventually('the board', async () => board.isWhole);
  const audit = openAudit({ couch, now });
  const parts = { couch, provisioner, board, audit, now, log };
  const owner = (await stack.account({ name: 'Camille' })).id;
  const booths: TestBooth[] = [];

  const record = async ({ booth }: TestBooth) => {
    const doc = await couch.get<BoothDoc>('fleet', boothDocId(booth));
    assert.ok(doc);
    return doc;
  };
  const settingsOf = async ({ booth }: TestBooth) =>
    await couch.get<SettingsDoc>(boothDatabase(booth), 'settings');
  /** In `fleet`, and as the booth fetches them. */
  const values = async (booth: TestBooth, name: keyof BoothSettings) => [
    (await record(booth)).settings?.[name],
    (await settingsOf(booth))?.[name],
  ];
  async function change(booth: TestBooth, settings: BoothSettings): Promise<void> {
    await couch.update<BoothDoc>('fleet', boothDocId(booth.booth), (doc) =>
      doc ? { ...doc, settings: { ...doc.settings, ...settings } } : undefined,
    );
  }

  return {
    ...{ stack, parts, booths, owner, record, settingsOf, values, change },
    async newBooths(count: number): Promise<TestBooth[]> {
      const made: TestBooth[] = [];
      for (let i = 0; i < count; i += 1) {
        const booth = await givenBooth(stack, owner);
        await change(booth, BEFORE);
        await booth.report(0);
        made.push(booth);
      }
      booths.push(...made);
      await board.refresh(made.map(({ booth }) => booth));
      return made;
    },
    async begin(some: TestBooth[], what: Partial<Pick<RolloutDoc, 'set' | 'clear'>> = {}) {
      const rollout = newRolloutId(now());
      const list = some.map(({ booth }) => booth);
      const wanted = { set: { countdownS: 7 }, clear: [], asked: {}, by: 'odile', booths: list, ...what };
      assert.ok(await beginRollout(parts, { rollout, ...wanted }));
      return rollout;
    },
    doc: async (rollout: string) => {
      const doc = await couch.get<RolloutDoc>('fleet', rolloutDocId(rollout));
      assert.ok(doc);
      return doc;
    },
    /** A turn of the leader, who has heard everything. */
    async turn(o: Parameters<typeof settleRollouts>[0] = parts): Promise<void> {
      await board.refresh(booths.map(({ booth }) => booth));
      await settleRollouts(o);
    },
    /** The booth says that it goes by its settings of now, so many hours from now. */
    async says(
      booth: TestBooth,
      hours: number,
      over: Partial<StatusDoc> = {},
      refused?: string,
    ): Promise<void> {
      const settings = {
        ...{ rev: (await settingsOf(booth))?._rev ?? '', at: now().toISOString() },
        ...(refused && { refused: [{ name: refused, reason: 'this booth is older' }] }),
      };
      await booth.report(0, new Date(now().getTime() + hours * HOUR_MS), { settings, ...over });
    },
    later(hours: number): void {
      aheadMs += hours * HOUR_MS;
    },
    /** Of a process that is killed after so many calls. */
    dying(calls: number) {
      const left = { left: calls };
      const dyingCouch = dyingAt(couch, left);
      const dead = openAudit({ couch: dyingCouch, now });
      return { ...parts, couch: dyingCouch, provisioner: dyingAt(provisioner, left), audit: dead };
    },
    trail: async () =>
      (await couch.range<AuditDoc>('audit', { limit: 1000 })).filter(({ action }) =>
        action?.includes('rollout'),
      ),
  };
}

test('settings go to one booth, then some, then all, each time when those before are well', async (t) => {
  const s = await stage(t);
  const booths = await s.newBooths(12);
  const odile = await s.stack.account({ role: 'operator', name: 'Odile' });
  const operator = await s.stack.visitor(odile);
  const [one, two, three, ...others] = booths as [TestBooth, TestBooth, TestBooth, ...TestBooth[]];
  const form = { countdownS: '7', noPin: 'yes', first: one.booth };
  await eventually('the portal’s own board', async () =>
    (await (await operator.get('/fleet/rollouts/new?q=camille')).text()).includes('12 booths'),
  );
  const nobody = await operator.post('/fleet/rollouts/new?q=nobody', form);
  assert.match(await nobody.text(), /There is no booth like that/);
  const wrong = await operator.post('/fleet/rollouts/new', { countdownS: '31' });
  assert.deepEqual([wrong.status, /from 1 to 30/.test(await wrong.text())], [422, true]);
  const begun = await operator.post('/fleet/rollouts/new?q=camille', form);
  const path = begun.headers.get('location') ?? '';
  const rollout = path.slice('/fleet/rollouts/'.length);
  assert.match(
    await (await operator.post('/fleet/rollouts/new', form)).text(),
    /Another roll-out is under way/,
  );

  const holders = async () => {
    const all = await Promise.all(booths.map(async (booth) => (await s.settingsOf(booth))?.countdownS));
    return all.filter((countdownS) => countdownS === 7).length;
  };
  const list = (await s.stack.couch.get<{ booths: string[] }>('fleet', `rollout-list:${rollout}`))?.booths;
  assert.equal(list?.[0], one.booth);
  await s.turn();
  await s.turn();
  assert.deepEqual([await holders(), await s.values(one, 'pin')], [1, [undefined, undefined]]);
  assert.equal((await s.doc(rollout)).stage, 'one', 'nobody has said that it is well');
  await s.says(one, 0.5);
  await s.turn();
  assert.equal((await s.doc(rollout)).stage, 'one', 'half an hour is not enough');
  await eventually('the page', async () =>
    (await (await operator.get(path)).text()).includes('If they stay well, some booths get it in'),
  );
  await s.says(one, 1.1);
  await s.turn();
  await s.turn();
  await s.turn();
  assert.equal((await s.doc(rollout)).stage, 'some');
  assert.equal(await holders(), 3, 'a tenth of twelve is two');
  const second = booths.filter(({ booth }) => list?.slice(1, 3).includes(booth));
  // One of them is off, and holds nothing up.
  await s.stack.couch.update<BoothDoc>('fleet', boothDocId(second[1]?.booth ?? ''), (doc) =>
    doc?.rollout ? { ...doc, rollout: { ...doc.rollout, was: [] } } : undefined,
  );
  await s.says(second[0] as TestBooth, 1.1);
  await s.turn();
  await s.turn();
  await s.turn();
  assert.equal((await s.doc(rollout)).stage, 'all');
  assert.equal(await holders(), 12);
  for (const booth of [two, three, ...others]) await s.says(booth, 1.1);
  await s.turn();
  await s.turn();
  const doc = await s.doc(rollout);
  assert.equal(doc.state, 'done');
  assert.match(await (await operator.get(path)).text(), /Done/);
  assert.match(await (await operator.get('/fleet/rollouts')).text(), /Countdown, in seconds: 7/);
  const actions = new Set((await s.trail()).map(({ action, actor }) => `${action} ${actor}`));
  assert.deepEqual(
    actions,
    new Set([`rollout begun ${odile.id}`, 'rollout went on null', 'rollout done null']),
  );
  const words = await (await operator.get('/audit?q=roll-out')).text();
  assert.match(words, /settings Countdown, in seconds, Code of the maintenance menu/);
});

test('from where booths fall ill all get back what they had, but for what was changed since', async (t) => {
  const s = await stage(t);
  for (const [illness, say] of [
    ['setting', (booth: TestBooth) => s.says(booth, 0, {}, 'countdownS')],
    [
      'camera',
      (booth: TestBooth) =>
        s.says(booth, 0, { camera: { problem: 'lost', since: new Date().toISOString() } }),
    ],
    [
      'problem',
      (booth: TestBooth) =>
        s.says(booth, 0, {
          lastSync: { at: new Date().toISOString(), outcome: 'failed', problem: 'certificate' },
        }),
    ],
    ['silent', async () => s.later(2.1)],
  ] as const) {
    const booths = await s.newBooths(3);
    const [one, two] = booths as [TestBooth, TestBooth];
    const rollout = await s.begin(booths, { set: { countdownS: 7, volume: 20 }, clear: ['pin'] });
    await s.turn();
    await s.turn();
    await goOn(s.parts, { rollout, stage: 'one' });
    await s.turn();
    await s.turn();
    assert.deepEqual(await s.values(two, 'countdownS'), [7, 7], illness);
    await s.change(one, { volume: 55 });
    await say(two);
    await s.turn();
    await s.turn();
    const { state, fell } = await s.doc(rollout);
    assert.equal(state, 'rolled-back', illness);
    assert.equal(fell?.ill[0]?.illness, illness);
    for (const booth of booths) {
      const { settings, rollout: left } = await s.record(booth);
      assert.deepEqual([settings, left], [{ ...BEFORE, ...(booth === one && { volume: 55 }) }, undefined]);
      if (booth !== booths[2]) assert.deepEqual(await s.values(booth, 'pin'), ['123456', '123456']);
    }
    const catalogue = await openCatalogue();
    const told: string[] = [];
    const post = {
      isOpen: true,
      send: async (...[, , values]: Parameters<import('../mail.ts').Post['send']>) => {
        told.push(values?.list ?? '');
        return true;
      },
      stop: async () => undefined,
    };
    if (illness === 'setting') await s.stack.account({ role: 'operator', name: 'Odile', language: 'fr' });
    const watch = { ...s.parts, post, catalogue, portalUrl: 'http://localhost' };
    const alarms = { webhook: undefined, offlineHours: 72 };
    await tellAlarms({ ...watch, alarms });
    await tellAlarms({ ...watch, alarms });
    const fallen = told.filter((list) => list.includes('un déploiement de réglages l’a rendu malade'));
    assert.equal(fallen.length, 1, 'told once');
    const alarm = await s.stack.couch.get<AlarmDoc>(
      'fleet',
      alarmId(fell?.ill[0]?.booth ?? '', 'rollout', rollout),
    );
    assert.ok(alarm?.told, illness);
  }
});

test('what a customer saves while her booth gets it is not lost', async (t) => {
  const s = await stage(t);
  const [booth] = (await s.newBooths(1)) as [TestBooth];
  const rollout = await s.begin([booth]);
  const racing: Couch = {
    ...s.parts.couch,
    async putMany(db, docs) {
      racing.putMany = s.parts.couch.putMany;
      await s.change(booth, { volume: 11 });
      return await s.parts.couch.putMany(db, docs);
    },
  };
  await s.turn({ ...s.parts, couch: racing });
  assert.deepEqual((await s.record(booth)).settings, { ...BEFORE, volume: 11 }, 'hers came first');
  await s.turn();
  assert.deepEqual((await s.record(booth)).settings, { ...BEFORE, volume: 11, countdownS: 7 });
  await rollBack(s.parts, { rollout });
  await s.turn();
  assert.deepEqual((await s.record(booth)).settings, { ...BEFORE, volume: 11 });
});

test('revoked, given away or gone, a booth is left out, and given too late it is not kept', async (t) => {
  const s = await stage(t);
  const booths = await s.newBooths(5);
  const [one, revoked, moved, gone, late] = booths as [TestBooth, TestBooth, TestBooth, TestBooth, TestBooth];
  const rollout = await s.begin(booths);
  await s.turn();
  const { couch } = s.parts;
  await couch.update<BoothDoc>('fleet', boothDocId(revoked.booth), (doc) =>
    doc ? { ...doc, keyRevoked: new Date().toISOString() } : undefined,
  );
  await assignBooth(s.parts, moved.booth, (await s.stack.account()).id);
  const { _rev } = await s.record(gone);
  await couch.remove('fleet', boothDocId(gone.booth), _rev);
  const last = await s.record(late);
  s.booths.splice(s.booths.indexOf(gone), 1);
  for (const stage of ['one', 'some'] as const) {
    await goOn(s.parts, { rollout, stage });
    await s.turn();
  }
  await s.turn();
  assert.deepEqual(await s.values(late, 'countdownS'), [7, 7]);
  assert.equal((await s.record(revoked)).rollout, undefined);
  assert.deepEqual(
    [(await s.record(moved)).settings, (await s.record(moved)).rollout],
    [undefined, undefined],
  );

  await rollBack(s.parts, { rollout });
  await s.turn();
  assert.equal((await s.doc(rollout)).state, 'rolled-back');
  // A node that stood still gives it once more.
  const { _rev: newest, ...now } = await s.record(late);
  assert.deepEqual(now.settings, last.settings);
  await couch.put('fleet', {
    ...giveTo({ ...(await s.doc(rollout)), state: 'running' }, now, undefined, new Date()),
    _rev: newest,
  });
  await s.turn();
  assert.deepEqual((await s.record(late)).settings, last.settings);
  assert.deepEqual(await s.values(one, 'countdownS'), [3, 3]);
});

test('an operator goes on, stops and rolls back, with a fresh login; two clicks are one', async (t) => {
  const s = await stage(t);
  const booths = await s.newBooths(12);
  const odile = await s.stack.account({ role: 'operator' });
  const operator = await s.stack.visitor(odile);
  const rollout = await s.begin(booths);
  const press = (what: string, form = {}) => operator.post(`/fleet/rollouts/${rollout}/${what}`, form);
  await s.turn();
  await press('on', { stage: 'one' });
  await press('on', { stage: 'one' });
  assert.equal((await s.doc(rollout)).stage, 'some');
  await press('on', { stage: 'nonsense' });
  await press('stop');
  await press('stop');
  await press('on', { stage: 'some' });
  assert.deepEqual([(await s.doc(rollout)).state, (await s.doc(rollout)).stage], ['stopped', 'some']);
  await s.turn();
  const held = async () => (await Promise.all(booths.map((one) => s.record(one)))).filter((d) => d.rollout);
  assert.ok((await held()).length <= 3, 'no further booth gets it');
  for (const doc of await held()) assert.equal(doc.settings?.countdownS, 7);

  await ageLogins(s.stack, odile.id);
  const again = (path: string) => `/login/again?next=${encodeURIComponent(path)}`;
  await eventually('an old login', async () => (await operator.get('/fleet/rollouts/new')).status === 303);
  for (const what of ['on', 'stop', 'back'])
    assert.equal((await press(what)).headers.get('location'), again(`/fleet/rollouts/${rollout}`), what);
  const form = '/fleet/rollouts/new?q=x';
  for (const answer of [await operator.get(form), await operator.post(form, { countdownS: '7' })])
    assert.equal(answer.headers.get('location'), again(form));
  assert.equal((await s.doc(rollout)).state, 'stopped');
  const fresh = await s.stack.visitor(odile);
  await fresh.post(`/fleet/rollouts/${rollout}/back`);
  await s.turn();
  assert.equal((await s.doc(rollout)).state, 'rolled-back');
  assert.equal((await held()).length, 0);
  assert.match(await (await fresh.get(`/fleet/rollouts/${rollout}`)).text(), /Rolled back/);
  const actions = (await s.trail()).map(({ action, actor }) => [action, actor === odile.id]);
  assert.deepEqual(actions, [
    ['rollout went on', true],
    ['rollout stopped', true],
    ['rollout roll-back asked for', true],
    ['rollout rolled back', false],
  ]);
});

test('of two that begin at once the later waits, and each gives back its own', async (t) => {
  const s = await stage(t);
  const booths = await s.newBooths(1);
  const [booth] = booths as [TestBooth];
  const what = { clear: [], asked: {}, by: 'odile', booths: [booth.booth] };
  const ids = [newRolloutId(new Date()), newRolloutId(new Date(Date.now() + 1))] as const;
  const begun = await Promise.all(
    ids.map((rollout, i) => beginRollout(s.parts, { ...what, rollout, set: { countdownS: 7 + i } })),
  );
  assert.deepEqual(begun, [true, true], 'neither saw the other');
  await s.turn();
  await s.turn();
  assert.deepEqual(await s.values(booth, 'countdownS'), [7, 7]);
  await stop(s.parts, { rollout: ids[0] });
  await s.turn();
  await s.turn();
  assert.deepEqual(await s.values(booth, 'countdownS'), [8, 8]);
  await rollBack(s.parts, { rollout: ids[0] });
  await s.turn();
  assert.deepEqual(await s.values(booth, 'countdownS'), [8, 8], 'what came later stays');
  await rollBack(s.parts, { rollout: ids[1] });
  await s.turn();
  assert.deepEqual(await s.values(booth, 'countdownS'), [7, 7]);
});

test('roll-outs are listed page by page, and a list without one goes', async (t) => {
  const s = await stage(t);
  const { couch } = s.parts;
  const [booth] = (await s.newBooths(1)) as [TestBooth];
  const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 60_000);
  const idAt = (n: number) => newRolloutId(at(n));
  const lost = idAt(0);
  const list = { type: 'rollout-list', rollout: lost, booths: [booth.booth] };
  await couch.put('fleet', { _id: rolloutListId(lost), ...list });
  const docs = Array.from({ length: 120 }, (_, n): RolloutDoc => {
    const rollout = idAt(n + 1);
    return {
      ...{ _id: rolloutDocId(rollout), type: 'rollout', rollout, set: { countdownS: 5 }, clear: [] },
      ...{ asked: {}, booths: 1, by: 'odile', createdAt: at(n + 1).toISOString(), state: 'done' },
      ...{ stage: 'one', since: at(n + 1).toISOString() },
    };
  });
  await couch.putMany('fleet', docs);
  const kept = { ...list, _id: rolloutListId(docs[0]?.rollout ?? ''), rollout: docs[0]?.rollout };
  await couch.put('fleet', kept);
  const operator = await s.stack.visitor(await s.stack.account({ role: 'operator' }));
  const seen: string[] = [];
  for (let next: string | undefined = '/fleet/rollouts'; next; ) {
    const page = await (await operator.get(next)).text();
    seen.push(...[...page.matchAll(/href="\/fleet\/rollouts\/(\d[^"]+)"/g)].map(([, id = '']) => id));
    next = /href="([^"]+)" rel="next"/.exec(page)?.[1];
  }
  assert.deepEqual(seen, docs.map(({ rollout }) => rollout).reverse());
  await s.begin([booth]);
  assert.equal(await couch.get('fleet', rolloutListId(lost)), undefined);
  assert.ok(await couch.get('fleet', kept._id));
});

test('a node may die at any call: every booth has it in the end, or what it had', async (t) => {
  const s = await stage(t);
  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    const booths = await s.newBooths(2);
    const what = { set: { countdownS: 7 }, clear: [], asked: {}, by: 'odile' };
    const rollout = newRolloutId(new Date());
    const wanted = { ...what, rollout, booths: booths.map(({ booth }) => booth) };
    const lived: boolean[] = [await survived(() => beginRollout(s.dying(calls), wanted))];
    const seen = await s.stack.couch.get('fleet', rolloutDocId(rollout));
    const id = seen ? rollout : await s.begin(booths);

    /** A turn that is cut short, then one of two nodes at once. */
    const turns = async () => {
      lived.push(await survived(() => s.turn(s.dying(calls))));
      await Promise.all([s.turn(), s.turn()]);
      await s.turn();
    };
    await turns();
    await goOn(s.parts, { rollout: id, stage: 'one' });
    await turns();
    for (const booth of booths) assert.deepEqual(await s.values(booth, 'countdownS'), [7, 7], `${calls}`);
    await s.says(booths[1] as TestBooth, 0, {}, 'countdownS');
    await turns();
    await turns();
    const { state, fell } = await s.doc(id);
    assert.deepEqual([state, fell?.ill[0]?.illness], ['rolled-back', 'setting'], `died after ${calls}`);
    for (const booth of booths) {
      assert.deepEqual(await s.values(booth, 'countdownS'), [3, 3], `died after ${calls}`);
      const { settings, rollout: left } = await s.record(booth);
      assert.deepEqual([settings, left], [BEFORE, undefined], `died after ${calls}`);
    }
    isWhole = lived.every(Boolean);
    assert.ok(calls < 120, 'it ends');
  }
});
