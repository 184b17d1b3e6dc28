import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventDoc } from '@photomaton/design-docs/docs';
import { type Alarm, alarmsOf } from '../fleet/alarms.ts';
import type { BoothRow } from '../fleet/booth-list.ts';

const NOW = new Date('2026-07-20T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3600_000);

const well: BoothRow = {
  ...{ booth: 'b', name: 'Photomaton 4F2A', event: 'e', inCloud: 3 },
  presence: { kind: 'online' },
  arrival: { kind: 'arrived', at: NOW },
  standing: { onBooth: 0, uploading: 0, disk: { free: { value: 9, unit: 'gigabyte' }, state: 'ok' } },
};
const standing = well.standing as NonNullable<BoothRow['standing']>;
const kindsOf = (over: Partial<BoothRow>): Alarm['kind'][] =>
  alarmsOf({ booths: [{ ...well, ...over }], events: [] }, NOW).map(({ kind }) => kind);

test('a booth is on the first page when it needs somebody', () => {
  const problem = { kind: 'login-page' as const, needsSomebody: true, detail: undefined };
  const cases: [Partial<BoothRow>, Alarm['kind'][]][] = [
    [{}, []],
    [{ standing: undefined, presence: { kind: 'new' }, arrival: { kind: 'on-its-way' } }, []],
    [{ standing: { ...standing, problem } }, ['problem']],
    [{ standing: { ...standing, problem: { ...problem, needsSomebody: false } } }, []],
    [{ standing: { ...standing, camera: { problem: 'lost', since: NOW } } }, ['camera']],
    [{ standing: { ...standing, refused: { photos: 1, reasons: ['x'] } } }, ['refused']],
    [{ standing: { ...standing, disk: { ...standing.disk, state: 'full' } } }, ['disk-full']],
    [{ standing: { ...standing, disk: { ...standing.disk, state: 'low' } } }, ['disk-low']],
    [{ arrival: { kind: 'refused', at: NOW, refused: [] } }, ['settings']],
    [{ presence: { kind: 'away', seenAt: hoursAgo(48) } }, []],
    [{ presence: { kind: 'away', seenAt: hoursAgo(25) }, standing: { ...standing, onBooth: 2 } }, ['silent']],
    [{ presence: { kind: 'away', seenAt: hoursAgo(23) }, standing: { ...standing, onBooth: 2 } }, []],
  ];
  for (const [over, kinds] of cases) assert.deepEqual(kindsOf(over), kinds, JSON.stringify(over));
});

test('an event is there in the week before it is erased, and when that has to wait', () => {
  const event = (to: string): EventDoc => ({
    ...{ _id: 'event:e', type: 'event', event: 'e', owner: 'o', title: 'Léa', kind: 'party' },
    ...{ createdAt: '', booths: [], days: { from: to, to }, keepDays: 30 },
  });
  const kindOf = (to: string) => alarmsOf({ booths: [], events: [event(to)] }, NOW).map(({ kind }) => kind);
  assert.deepEqual(kindOf('2026-06-27'), []);
  assert.deepEqual(kindOf('2026-06-26'), ['erased-soon']);
  assert.deepEqual(kindOf('2026-06-19'), ['erased-soon'], 'the sweep is on its way');
  assert.deepEqual(kindOf('2026-06-18'), ['erased-late']);
});
