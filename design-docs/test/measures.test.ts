import assert from 'node:assert/strict';
import { test } from 'node:test';
import { photoId, previewId } from '../docs.ts';
import { isDiskLow, photosIn, spaceOf, speedOf, timeLeftOf } from '../measures.ts';

const said = ({ value, unit }: { value: number; unit: string }) => `${value} ${unit}`;

test('a speed has two digits, and the unit that keeps it short', () => {
  const table: [bytesPerSecond: number, said: string][] = [
    [0, '0 kilobyte-per-second'],
    [3, '1 kilobyte-per-second'],
    [12_300, '10 kilobyte-per-second'],
    [847_000, '850 kilobyte-per-second'],
    [1_234_000, '1.2 megabyte-per-second'],
    [9_960_000, '10 megabyte-per-second'],
    [23_400_000, '23 megabyte-per-second'],
  ];
  for (const [speed, expected] of table) assert.equal(said(speedOf(speed)), expected, String(speed));
});

test('a time left is said in steps that grow with it', () => {
  const table: [seconds: number, said: string][] = [
    [0, '0 minute'],
    [44, '0 minute'],
    [46, '1 minute'],
    [60 * 4.4, '4 minute'],
    [60 * 10.4, '10 minute'],
    [60 * 11, '10 minute'],
    [60 * 13, '15 minute'],
    [60 * 31, '30 minute'],
    [60 * 33, '30 minute'],
    [60 * 58, '1 hour'],
    [60 * 66, '70 minute'],
    [60 * 92, '90 minute'],
    [60 * 100, '2 hour'],
    [3600 * 30, '30 hour'],
    [3600 * 50, '2 day'],
  ];
  for (const [seconds, expected] of table) {
    const left = timeLeftOf({ bytesLeft: seconds * 1e6, bytesPerSecond: 1e6 });
    assert.equal(left && said(left), expected, `${seconds} s`);
  }
  assert.equal(timeLeftOf({ bytesLeft: 5, bytesPerSecond: 0 }), undefined);
});

test('a time left stands still for most of a long upload, and never grows while it shrinks', () => {
  const steps: string[] = [];
  let last = Number.POSITIVE_INFINITY;
  const minutesIn = { minute: 1, hour: 60, day: 1440 };
  for (let seconds = 3 * 86_400; seconds >= 0; seconds--) {
    const left = timeLeftOf({ bytesLeft: seconds * 1e6, bytesPerSecond: 1e6 });
    assert.ok(left);
    const minutes = left.value * minutesIn[left.unit as keyof typeof minutesIn];
    assert.ok(minutes <= last, `${seconds} s: ${said(left)}`);
    last = minutes;
    if (steps.at(-1) !== said(left)) steps.push(said(left));
  }
  assert.ok(steps.length < 65, `${steps.length} steps`);
});

test('free space is never said larger than it is', () => {
  assert.equal(said(spaceOf(4_000_000)), '0 megabyte');
  assert.equal(said(spaceOf(869_000_000)), '860 megabyte');
  assert.equal(said(spaceOf(1_990_000_000)), '1.9 gigabyte');
  assert.equal(said(spaceOf(31_900_000_000)), '31 gigabyte');
});

test('a disk is low well before no photo fits', () => {
  const reserveBytes = 500e6;
  assert.equal(isDiskLow({ freeBytes: 600e6, reserveBytes }), true);
  assert.equal(isDiskLow({ freeBytes: 2.4e9, reserveBytes }), true);
  assert.equal(isDiskLow({ freeBytes: 2.6e9, reserveBytes }), false);
});

test('a photo and its preview are one photo', () => {
  const key = (n: number) => ({ time: '20260714T133012.042Z', booth: 'a'.repeat(24), n });
  const documents = [photoId(key(1), 'c'.repeat(32)), previewId(key(1)), previewId(key(2)), '_design/x'];
  assert.equal(photosIn(documents.map((id) => ({ id }))), 3);
  assert.equal(photosIn([]), 0);
});
