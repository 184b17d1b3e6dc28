import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KnownTime, rightTimes, type Taken } from '../store/right-times.ts';

const at = (time: string) => new Date(`2026-07-14T${time}Z`);
/** The time became known at three, an hour after the machine was started for the last time. */
const KNOWN: KnownTime = { now: at('15:00:00'), behindMs: 0, bootId: 'now', monotonicMs: 3_600_000 };
const HOUR = 3_600_000;

function photo(n: number, takenAt: Date, bootId: string, minutes: number, trusted = false): Taken {
  return { n, takenAt, clock: { bootId, monotonicMs: minutes * 60_000, trusted } };
}

const cases: { name: string; photos: Taken[]; known?: Partial<KnownTime>; right: [number, Date][] }[] = [
  {
    name: 'a clock that was right leaves everything as it is',
    photos: [
      photo(1, at('09:00:00'), 'morning', 10),
      photo(2, at('14:10:00'), 'now', 10),
      photo(3, at('14:50:20'), 'now', 50),
    ],
    right: [],
  },
  {
    name: 'of this start of the machine every photo is known to the millisecond, however the clock jumped',
    photos: [
      photo(1, new Date(10 * 60_000), 'now', 10), // 1970
      photo(2, at('20:00:00'), 'now', 20), // a wrong guess of the network
      photo(3, at('14:30:00'), 'now', 30),
    ],
    known: { behindMs: 0 },
    right: [
      [1, at('14:10:00')],
      [2, at('14:20:00')],
    ],
  },
  {
    name: 'a start before it, without battery both times: as late as it can have been, in order',
    photos: [
      photo(1, new Date(5 * 60_000), 'before', 5),
      photo(2, new Date(9 * 60_000), 'before', 9),
      photo(3, new Date(2 * 60_000), 'now', 2),
    ],
    known: { behindMs: at('14:00:00').getTime() },
    right: [
      [1, new Date(at('14:00:00').getTime() - 1 - 4 * 60_000)],
      [2, new Date(at('14:00:00').getTime() - 1)],
      [3, at('14:02:00')],
    ],
  },
  {
    name: 'a clock that goes on where it stopped: moved by as much as it was behind since',
    photos: [
      photo(1, new Date(at('10:00:00').getTime() - 60 * 24 * HOUR), 'before', 5),
      photo(2, new Date(at('14:30:00').getTime() - 60 * 24 * HOUR), 'now', 30),
    ],
    known: { behindMs: 60 * 24 * HOUR },
    right: [
      [1, at('10:00:00')],
      [2, at('14:30:00')],
    ],
  },
  {
    name: 'one photo that knew the time tells it for all of its start, and for those before',
    photos: [
      photo(1, new Date(60_000), 'first', 1),
      photo(2, new Date(60_000), 'second', 1),
      photo(3, at('12:05:00'), 'second', 5, true),
    ],
    right: [
      [1, new Date(at('12:00:00').getTime() - 1)],
      [2, at('12:01:00')],
    ],
  },
];

for (const { name, photos, known, right } of cases) {
  test(name, () => {
    assert.deepEqual([...rightTimes(photos, { ...KNOWN, ...known })].sort(), right);
  });
}

test('whatever clocks do, the order of times is that of the numbers, and nothing is in the future', () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let round = 0; round < 500; round += 1) {
    const photos: Taken[] = [];
    let n = 0;
    const boots = ['a', 'b', 'c', 'now'].slice(Math.floor(random() * 4));
    for (const bootId of boots) {
      let minutes = 0;
      // No battery: each start believes in a time of its own.
      const believed = random() < 0.5 ? 0 : Math.floor(random() * KNOWN.now.getTime());
      for (let i = Math.floor(random() * 4); i >= 0; i -= 1) {
        minutes += 1 + Math.floor(random() * 10);
        n += 1;
        photos.push(photo(n, new Date(believed + minutes * 60_000), bootId, minutes));
      }
    }
    const right = rightTimes(photos, { ...KNOWN, behindMs: Math.floor(random() * KNOWN.now.getTime()) });
    const times = photos.map((taken) => (right.get(taken.n) ?? taken.takenAt).getTime());
    const tolerance = 30_000; // a time that is as close as that is left as it is
    for (const [i, time] of times.entries()) {
      assert.ok(time <= KNOWN.now.getTime() + tolerance);
      if (i > 0) assert.ok(time > (times[i - 1] ?? 0) - tolerance, `photo ${i + 1} of round ${round}`);
    }
  }
});
