import assert from 'node:assert/strict';
import { test } from 'node:test';
import { photoId, type StatusDoc, SYNC_PROBLEMS } from '@photomaton/design-docs/docs';
import { boothStandingOf } from '../fleet/booth-standing.ts';
import { sayAgo } from '../fleet/figures.ts';
import type { Presence } from '../fleet/presence.ts';
import { openCatalogue } from '../i18n.ts';

const NOW = new Date('2026-07-14T13:30:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

const status = (over: Partial<StatusDoc> = {}): StatusDoc => ({
  _id: 'status',
  type: 'status',
  at: ago(5).toISOString(),
  version: '0.1.0',
  photos: { onBooth: 10, uploading: 2, inCloud: 300 },
  waiting: {},
  disk: { freeBytes: 31e9, reserveBytes: 500e6 },
  lastSync: { at: ago(5).toISOString(), outcome: 'ok' },
  refused: [],
  ...over,
});
const failed = (problem?: string, detail?: string) => ({
  lastSync: { at: ago(5).toISOString(), outcome: 'failed', problem, detail } as NonNullable<
    StatusDoc['lastSync']
  >,
});
const standing = (over?: Partial<StatusDoc>, presence: Presence = { kind: 'online' }) =>
  boothStandingOf(status(over), presence, NOW);

test('a booth that is new to its owner says nothing of the owner’s before', () => {
  assert.equal(boothStandingOf(status(), { kind: 'new' }, NOW), undefined);
  assert.equal(boothStandingOf(undefined, { kind: 'online' }, NOW), undefined);
});

test('photos are under way from a booth that is on', () => {
  const on = standing();
  assert.deepEqual([on?.onBooth, on?.uploading], [10, 2]);
  const off = standing({}, { kind: 'away', seenAt: ago(3600) });
  assert.deepEqual([off?.onBooth, off?.uploading], [12, 0]);
});

test('speed and time left are those of now, or none', () => {
  const upload = { bytesLeft: 290e6, bytesPerSecond: 1.2e6 };
  assert.deepEqual(standing({ upload })?.upload, {
    speed: { value: 1.2, unit: 'megabyte-per-second' },
    left: { value: 4, unit: 'minute' },
  });
  assert.equal(standing({ upload, at: ago(121).toISOString() })?.upload, undefined);
  assert.equal(standing({ upload }, { kind: 'away', seenAt: ago(5) })?.upload, undefined);
});

test('a problem is an error only when it needs somebody', () => {
  const table: [problem: string | undefined, kind: string | undefined, needsSomebody?: boolean][] = [
    ['offline', undefined],
    ['busy', 'busy', false],
    ['failed', 'failed', false],
    ['login-page', 'login-page', true],
    ['certificate', 'certificate', true],
    ['key-refused', 'key-refused', true],
    ['event-refused', 'event-refused', true],
    ['event-missing', 'event-missing', true],
    ['photos-refused', 'photos-refused', true],
    ['of-a-newer-booth', 'failed', false],
    [undefined, 'failed', false],
  ];
  for (const [problem, kind, needsSomebody] of table) {
    const shown = standing(failed(problem, 'its words'))?.problem;
    assert.equal(shown?.kind, kind, problem);
    if (shown) assert.equal(shown.needsSomebody, needsSomebody, problem);
    if (shown) assert.equal(shown.detail, 'its words');
  }
  assert.equal(standing()?.problem, undefined);
});

test('photos that travel prove that the line is open', () => {
  const upload = { bytesLeft: 1e6, bytesPerSecond: 1e6 };
  assert.equal(standing({ ...failed('login-page'), upload })?.problem, undefined);
  assert.equal(standing({ ...failed('event-refused'), upload })?.problem?.kind, 'event-refused');
});

test('refused photos are counted, and each reason is said once', () => {
  const key = (n: number) => ({ time: '20260714T133012.042Z', booth: 'a'.repeat(24), n });
  const refused = [1, 2, 3].map((n) => ({
    id: photoId(key(n), 'b'.repeat(32)),
    reason: n === 3 ? 'other' : 'too long',
  }));
  const shown = standing({ refused, ...failed('photos-refused') });
  assert.deepEqual(shown?.refused, { photos: 3, reasons: ['too long', 'other'] });
  assert.equal(shown?.problem, undefined, 'not said twice');
});

test('the disk', () => {
  const reserveBytes = 500e6;
  for (const [freeBytes, state] of [
    [31e9, 'ok'],
    [2e9, 'low'],
    [400e6, 'full'],
  ] as const) {
    assert.equal(standing({ disk: { freeBytes, reserveBytes } })?.disk.state, state);
  }
});

test('how long ago, in both languages', async () => {
  const catalogue = await openCatalogue();
  const say = (seconds: number) =>
    (['en', 'fr'] as const).map((lang) =>
      sayAgo(ago(seconds), NOW, { lang, t: catalogue.translator(lang) }).replaceAll('\u00a0', ' '),
    );
  assert.deepEqual(say(0), ['1 minute ago', 'il y a 1 minute']);
  assert.deepEqual(say(23 * 60), ['23 minutes ago', 'il y a 23 minutes']);
  assert.deepEqual(say(5 * 3600), ['5 hours ago', 'il y a 5 heures']);
  assert.deepEqual(say(50 * 3600), ['2 days ago', 'il y a 2 jours']);
});

test('every problem that is shown has its sentence, and it says that the photos are safe', async () => {
  const catalogue = await openCatalogue();
  for (const problem of SYNC_PROBLEMS.filter((one) => one !== 'offline')) {
    assert.match(catalogue.translator('en')(`booths:problem-${problem}`), /safe/, problem);
    assert.match(catalogue.translator('fr')(`booths:problem-${problem}`), /en sécurité/, problem);
  }
});
