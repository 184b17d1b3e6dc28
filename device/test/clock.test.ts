import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from '../clock.ts';

const PARTY = Date.parse('2026-07-14T15:30:00Z');

/** A machine with a clock that can be set, and one that only runs. */
function machine(systemMs: number) {
  const time = { systemMs, monotonicMs: 5_000 };
  const clock = createClock({
    systemNow: () => time.systemMs,
    monotonicMs: () => time.monotonicMs,
    bootId: 'boot',
  });
  const pass = (ms: number) => {
    time.systemMs += ms;
    time.monotonicMs += ms;
  };
  return { time, clock, pass };
}

test('a booth that wakes up in 1970 knows the time from the first answer on', () => {
  const { clock, pass } = machine(3_000);
  assert.deepEqual(clock.now(), new Date(3_000));
  assert.deepEqual(clock.reading(), { bootId: 'boot', monotonicMs: 5_000, trusted: false });
  assert.equal(clock.behindMs(), 0);
  pass(60_000);
  clock.learn(new Date(PARTY));
  pass(1_000);
  assert.deepEqual(clock.now(), new Date(PARTY + 1_000));
  assert.deepEqual(clock.reading(), { bootId: 'boot', monotonicMs: 66_000, trusted: true });
  assert.equal(clock.behindMs(), PARTY - 63_000);
});

test('once it is known, the time does not jump with the clock of the system', () => {
  const { clock, time, pass } = machine(PARTY);
  clock.learn(new Date(PARTY));
  time.systemMs -= 3_600_000; // somebody sets it back
  pass(2_000);
  assert.deepEqual(clock.now(), new Date(PARTY + 2_000));
});

test('a clock that is right to half a minute is better than a header of whole seconds', () => {
  const { clock } = machine(PARTY + 900);
  clock.learn(new Date(PARTY));
  assert.deepEqual(clock.now(), new Date(PARTY + 900));
  assert.equal(clock.reading().trusted, true);
});

test('a server that is not of this time is not believed', () => {
  const { clock } = machine(PARTY);
  for (const told of [new Date(0), new Date('2025-12-31T23:59:59Z'), new Date(Number.NaN)]) clock.learn(told);
  assert.deepEqual(clock.now(), new Date(PARTY));
  assert.equal(clock.reading().trusted, false);
});

test('a phone may say the time, until a server does: what is taken by it is put right later', () => {
  const { clock, pass } = machine(3_000);
  clock.suggest(new Date(0));
  assert.deepEqual(clock.now(), new Date(3_000), 'a phone without a clock');
  clock.suggest(new Date(PARTY));
  pass(1_000);
  assert.deepEqual(clock.now(), new Date(PARTY + 1_000));
  assert.equal(clock.reading().trusted, false);
  clock.learn(new Date(PARTY + 600_000));
  clock.suggest(new Date(PARTY));
  assert.deepEqual(clock.now(), new Date(PARTY + 600_000));
  assert.equal(clock.reading().trusted, true);
});

test('the machine’s own monotonic time and start are read', () => {
  const [one, other] = [createClock().reading(), createClock().reading()];
  assert.equal(one.bootId, other.bootId, 'a daemon that restarts is in the same start of the machine');
  assert.ok(other.monotonicMs >= one.monotonicMs && one.monotonicMs > 0);
  assert.ok(Number.isInteger(one.monotonicMs));
});
