import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoothDoc, GivenRollout, RolloutDoc } from '@photomaton/design-docs/docs';
import type { BoardRow } from '../fleet/board-row.ts';
import {
  endOf,
  giveTo,
  inTurn,
  mayGet,
  ROLLOUT_TIMES,
  type Standing,
  stageAfter,
  standingOf,
  stepAfter,
  takeBack,
  tallyOf,
} from '../fleet/rollout.ts';
import { judgeRollout, readRolloutForm } from '../fleet/rollout-form.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const start = new Date('2026-07-14T12:00:00.000Z');
const after = (ms: number) => new Date(start.getTime() + ms);
const rev = (n: number) => `${n}-${'0a'.repeat(16)}`;

const doc: RolloutDoc = {
  ...{ _id: 'rollout:r', type: 'rollout', rollout: 'r', set: { countdownS: 5, volume: 20 }, clear: ['pin'] },
  ...{ asked: {}, booths: 100, by: 'odile', createdAt: start.toISOString(), state: 'running', stage: 'one' },
  since: start.toISOString(),
};
const booth: BoothDoc = {
  ...{ _id: 'booth:b', type: 'booth', booth: 'b', owner: 'lea', name: 'Salon' },
  ...{ pairedAt: after(-HOUR).toISOString(), event: 'e', events: ['e'], shareSecret: 's' },
  settings: { countdownS: 3, pin: '123456', mirror: true },
};
const row: BoardRow = {
  ...{ booth: 'b', name: 'Salon', owner: 'lea', ownerName: 'Léa', version: '1', seenMs: start.getTime() },
  ...{ troubles: [], waiting: 0, freeBytes: 1, text: '', pairedMs: after(-HOUR).getTime(), isOut: false },
  ...{ given: undefined, chosen: undefined, hasUnwanted: false, applied: undefined },
};
const given: GivenRollout = {
  ...{ id: 'r', at: start.toISOString(), before: {}, was: ['online'], rev: rev(2) },
};
const applied = (n: number, ms: number, refused: string[] = []) => ({
  ...{ rev: rev(n), atMs: after(ms).getTime(), refused },
});
const standing = (over: Partial<BoardRow>, ms: number) =>
  standingOf(doc, { ...row, ...over }, after(ms).getTime(), ROLLOUT_TIMES);

test('one booth, then a tenth, then all; stages without booths of their own are left out', () => {
  for (const [booths, ends, stages] of [
    [1, [1, 1, 1], []],
    [2, [1, 2, 2], ['some']],
    [3, [1, 2, 3], ['some', 'all']],
    [100, [1, 11, 100], ['some', 'all']],
    [10_000, [1, 1001, 10_000], ['some', 'all']],
  ] as const) {
    assert.deepEqual(
      (['one', 'some', 'all'] as const).map((stage) => endOf(stage, booths)),
      ends,
    );
    const after: string[] = [];
    for (let next = stageAfter({ stage: 'one', booths }); next; next = stageAfter({ stage: next, booths }))
      after.push(next);
    assert.deepEqual(after, stages, `${booths}`);
  }
});

test('a booth gets what was chosen, and gets back exactly what it had', () => {
  const got = giveTo(doc, booth, row, start);
  assert.deepEqual(got.settings, { countdownS: 5, volume: 20, mirror: true });
  assert.deepEqual(got.rollout?.before, { countdownS: 3, pin: '123456' });
  assert.deepEqual(got.rollout?.was, ['online']);
  assert.ok(got.rollout);
  assert.deepEqual(takeBack(doc, got, got.rollout).settings, booth.settings);
});

test('what was changed since stays, field by field', () => {
  const { rollout, ...got } = giveTo(doc, booth, row, start);
  assert.ok(rollout);
  const hers = { ...got, settings: { ...got.settings, countdownS: 9, pin: '654321', mirror: false } };
  assert.deepEqual(takeBack(doc, hers, rollout).settings, { countdownS: 9, pin: '654321', mirror: false });
  const { settings, ...bare } = booth;
  const fresh = giveTo(doc, bare, undefined, start);
  assert.ok(fresh.rollout);
  assert.deepEqual(takeBack(doc, fresh, fresh.rollout).settings, {});
});

test('a booth that was revoked, is given away or came later is not asked', () => {
  assert.ok(mayGet(doc, booth));
  for (const over of [
    { keyRevoked: start.toISOString() },
    { assigning: 'zoe' },
    { pairedAt: after(1).toISOString() },
  ])
    assert.equal(mayGet(doc, { ...booth, ...over }), false);
});

test('how a booth is with its roll-out', () => {
  const had = { ...given, was: ['online', 'camera'] as GivenRollout['was'] };
  const off = { ...given, was: [] };
  const cases: [string, Partial<BoardRow>, number, Standing][] = [
    ['not given', {}, 0, { kind: 'to-give' }],
    ['of another roll-out', { given: { ...given, id: 'other' } }, 0, { kind: 'to-give' }],
    ['revoked', { isOut: true, given }, 0, { kind: 'left-out' }],
    ['paired since', { pairedMs: after(1).getTime() }, 0, { kind: 'left-out' }],
    [
      'not brought',
      { given: { ...off, id: 'r', rev: undefined } as never },
      0,
      { kind: 'to-bring', isExpected: true },
    ],
    [
      'cannot be brought',
      { given: { ...off, id: 'r', rev: undefined } as never },
      HOUR,
      { kind: 'to-bring', isExpected: false },
    ],
    ['it was on', { given }, MINUTE, { kind: 'waiting', isExpected: true }],
    ['an earlier revision', { given, applied: applied(1, 0) }, MINUTE, { kind: 'waiting', isExpected: true }],
    [
      'it talks and never says what it applied',
      { given, seenMs: after(HOUR).getTime() },
      HOUR,
      { kind: 'waiting', isExpected: false },
    ],
    ['it was off', { given: off }, 9 * HOUR, { kind: 'waiting', isExpected: false }],
    [
      'applied',
      { given, applied: applied(2, 0) },
      30 * MINUTE,
      { kind: 'trying', provenMs: after(HOUR).getTime() },
    ],
    [
      'a clock that is behind proves nothing sooner',
      { given, applied: applied(2, -9 * HOUR) },
      30 * MINUTE,
      { kind: 'trying', provenMs: after(HOUR).getTime() },
    ],
    [
      'an hour without a word is no proof',
      { given, applied: applied(2, 0), seenMs: after(59 * MINUTE).getTime() },
      90 * MINUTE,
      { kind: 'trying', provenMs: after(HOUR).getTime() },
    ],
    [
      'well for an hour',
      { given, applied: applied(3, 0), seenMs: after(HOUR).getTime() },
      HOUR,
      { kind: 'well', isKnown: false },
    ],
    [
      'and then for good',
      { given: { ...given, well: start.toISOString() }, troubles: ['camera'] },
      9 * HOUR,
      { kind: 'well', isKnown: true },
    ],
    ['refused', { given, applied: applied(2, 0, ['volume']) }, MINUTE, { kind: 'ill', illness: 'setting' }],
    [
      'refused something else',
      { given, applied: applied(2, 0, ['templates']) },
      MINUTE,
      { kind: 'trying', provenMs: after(HOUR).getTime() },
    ],
    [
      'a new camera problem',
      { given, applied: applied(2, 0), troubles: ['camera'] },
      MINUTE,
      { kind: 'ill', illness: 'camera' },
    ],
    [
      'one that it had',
      { given: had, applied: applied(2, 0), troubles: ['camera'] },
      MINUTE,
      { kind: 'trying', provenMs: after(HOUR).getTime() },
    ],
    ['one before it had it', { given, troubles: ['camera'] }, MINUTE, { kind: 'waiting', isExpected: true }],
    [
      'photos refused',
      { given, applied: applied(2, 0), troubles: ['refused'] },
      MINUTE,
      { kind: 'ill', illness: 'problem' },
    ],
    ['silent before it said so', { given }, 2 * HOUR + 1, { kind: 'ill', illness: 'silent' }],
    [
      'silent after',
      { given: off, applied: applied(2, 0) },
      2 * HOUR + 1,
      { kind: 'ill', illness: 'silent' },
    ],
  ];
  for (const [what, over, ms, wanted] of cases) assert.deepEqual(standing(over, ms), wanted, what);
  assert.deepEqual(standingOf(doc, undefined, 0, ROLLOUT_TIMES), { kind: 'left-out' }, 'gone');
});

test('what comes after a stage', () => {
  const none = tallyOf([]);
  const ill = (count: number, illness: 'setting' | 'camera' | 'silent') =>
    Array.from({ length: count }, (_, i) => ({ booth: `b${i}`, illness }));
  const next = (over: Partial<typeof none>, stage: RolloutDoc['stage'] = 'some') =>
    stepAfter({ stage, booths: 10_000 }, { ...none, ...over }).kind;
  assert.equal(next({}), 'wait', 'nobody has proven it');
  assert.equal(next({ waiting: 9 }), 'wait', 'they are all off');
  assert.equal(next({ well: 1, waiting: 9 }), 'next', 'one has, the others get it when they come');
  assert.equal(next({ well: 1, waiting: 1, expected: 1 }), 'wait');
  assert.equal(next({ well: 1, trying: 1 }), 'wait');
  assert.equal(next({ well: 1, toGive: 1 }), 'wait');
  assert.equal(next({ well: 1, toBring: 1, expected: 1 }), 'wait');
  assert.equal(next({ well: 1, toBring: 1 }), 'next', 'it cannot be brought there');
  assert.equal(next({ well: 9 }, 'all'), 'done');
  assert.deepEqual(stepAfter({ stage: 'one', booths: 1 }, { ...none, well: 1 }), { kind: 'done' });
  assert.deepEqual(stepAfter(doc, { ...none, well: 1 }), { kind: 'next', stage: 'some' });
  assert.equal(next({ ill: ill(1, 'camera') }), 'fall');
  assert.equal(next({ well: 48, ill: ill(1, 'camera') }), 'fall', 'more than two in a hundred');
  assert.equal(next({ well: 49, ill: ill(1, 'camera') }), 'next', 'chance');
  assert.equal(next({ well: 9_999, ill: ill(1, 'setting') }, 'all'), 'fall', 'a refusal is no chance');
  assert.equal(next({ well: 3, ill: ill(1, 'silent') }), 'fall');
  assert.equal(next({ well: 80, ill: ill(20, 'silent') }), 'next', 'parties end');
  assert.equal(next({ well: 79, ill: ill(21, 'silent') }), 'fall');
});

test('the first is chosen or healthy, and those come early that can prove it soon', () => {
  const nowMs = start.getTime();
  const rows: BoardRow[] = [
    { ...row, booth: 'a', seenMs: nowMs - HOUR },
    { ...row, booth: 'b', troubles: ['camera'] },
    { ...row, booth: 'c', seenMs: nowMs - MINUTE },
    { ...row, booth: 'd', seenMs: nowMs },
    { ...row, booth: 'e', isOut: true },
  ];
  assert.deepEqual(inTurn(rows, undefined, nowMs), ['d', 'c', 'a', 'b', 'e']);
  assert.deepEqual(inTurn(rows, 'a', nowMs), ['a', 'c', 'd', 'b', 'e']);
});

test('the form: what is empty changes nothing, what is wrong is said beside its field', () => {
  const judge = (body: Record<string, string>) => judgeRollout(readRolloutForm(body));
  assert.deepEqual(judge({}), { problems: ['nothing'] });
  assert.deepEqual(judge({ mirror: 'maybe', dpi: '72', idle: 'x' }), { problems: ['nothing'] });
  assert.deepEqual(judge({ countdownS: '0', volume: '101', pin: '12', sendFrom: '22:00' }), {
    problems: ['countdownS', 'volume', 'sendBetween', 'pin'],
  });
  assert.deepEqual(judge({ pin: '123456', noPin: 'yes' }), { problems: ['pin'] });
  const hours = { sendFrom: '22:00', sendTo: '06:00' };
  assert.deepEqual(judge({ ...hours, noHours: 'yes' }), { problems: ['sendBetween'] });
  assert.deepEqual(
    judge({ ...hours, countdownS: '5', volume: '0', voice: 'no', mirror: 'yes', dpi: '600' }),
    {
      choice: {
        set: {
          ...{ countdownS: 5, volume: 0, voice: false, mirror: true, dpi: 600 },
          sendBetween: { from: '22:00', to: '06:00' },
        },
        clear: [],
      },
    },
  );
  assert.deepEqual(judge({ noHours: 'yes', noPin: 'yes', idle: 'calm' }), {
    choice: { set: { idle: 'calm' }, clear: ['sendBetween', 'pin'] },
  });
});
