import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localIso, photoName, timeOfName } from '../store/photo-name.ts';

test('a name is the day and second of the booth’s own clock, in English', () => {
  const noon = (month: number) => photoName(new Date(2026, month, 3, 12, 5, 9, 999));
  assert.equal(noon(0), '03Jan2026_120509.jpg');
  assert.deepEqual(
    Array.from({ length: 12 }, (_, month) => noon(month).slice(2, 5)).join(' '),
    'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec',
  );
  assert.equal(photoName(new Date(2026, 6, 14, 15, 30, 12), 2), '14Jul2026_153012-2.jpg');
});

test('the time of a name is its second; other names have none', () => {
  const taken = new Date(2026, 6, 14, 15, 30, 12);
  assert.deepEqual(timeOfName(photoName(taken)), taken);
  assert.deepEqual(timeOfName(photoName(taken, 12)), taken);
  for (const name of ['IMG_0001.jpg', '14Jui2026_153012.jpg', '14Jul2026_153012.jpg.part', '']) {
    assert.equal(timeOfName(name), undefined);
  }
});

test('the time with its offset is the same moment', () => {
  for (const zone of ['UTC', 'Europe/Paris', 'Asia/Kolkata', 'America/St_Johns']) {
    const before = process.env.TZ;
    process.env.TZ = zone;
    try {
      const time = new Date('2026-07-14T13:30:12.042Z');
      assert.match(localIso(time), /^2026-07-14T\d\d:\d\d:12\.042[+-]\d\d:\d\d$/);
      assert.equal(Date.parse(localIso(time)), time.getTime());
      if (zone === 'Europe/Paris') assert.equal(localIso(time), '2026-07-14T15:30:12.042+02:00');
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  }
});
