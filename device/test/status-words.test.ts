import assert from 'node:assert/strict';
import test from 'node:test';
import { SYNC_PROBLEMS } from '@photomaton/design-docs/docs';
import type { Measure } from '@photomaton/design-docs/measures';
import { openTranslators, readTexts } from '../i18n/catalogue.ts';
import { sayMeasure, sayMoment } from '../kiosk/page/figures.ts';
import { summaryOf } from '../kiosk/page/screens/status.ts';
import type { SyncScreen } from '../kiosk/state.ts';
import { READY } from './shown-kiosk.ts';

const texts = readTexts();
const { fr, en } = await openTranslators(texts);

test('measures, in both languages', () => {
  const table: [Measure, en: string, fr: string][] = [
    [{ value: 1.2, unit: 'megabyte-per-second' }, '1.2 MB/s', '1,2\u00a0Mo/s'],
    [{ value: 850, unit: 'kilobyte-per-second' }, '850 kB/s', '850\u00a0ko/s'],
    [{ value: 4, unit: 'minute' }, '4 minutes', '4\u00a0minutes'],
    [{ value: 1, unit: 'hour' }, '1 hour', '1\u00a0heure'],
    [{ value: 31, unit: 'gigabyte' }, '31 GB', '31\u00a0Go'],
  ];
  for (const [measure, english, french] of table) {
    assert.equal(sayMeasure(measure, 'en'), english.replace(' ', '\u00a0'));
    assert.equal(sayMeasure(measure, 'fr'), french);
  }
});

test('a moment is said by the calendar on the wall', () => {
  const now = new Date(2026, 6, 14, 0, 20);
  const say = (date: Date) => [
    sayMoment(date, { t: en, language: 'en', now }),
    sayMoment(date, { t: fr, language: 'fr', now }),
  ];
  const nb = '\u00a0';
  assert.deepEqual(say(new Date(2026, 6, 14, 0, 5)), ['today at 0:05', `aujourd’hui à${nb}0${nb}h${nb}05`]);
  assert.deepEqual(say(new Date(2026, 6, 13, 23, 59)), ['yesterday at 23:59', `hier à${nb}23${nb}h${nb}59`]);
  assert.deepEqual(say(new Date(2026, 6, 1, 15, 30)), [
    'July 1 at 15:30',
    `le 1 juillet à${nb}15${nb}h${nb}30`,
  ]);
  // The night in which clocks go forward is an hour short.
  const spring = new Date(2026, 2, 30, 0, 10);
  const before = sayMoment(new Date(2026, 2, 29, 0, 1), { t: en, language: 'en', now: spring });
  assert.equal(before, 'yesterday at 0:01');
});

test('the sign says where the photos are, and never that something is wrong', () => {
  const photos = (onBooth: number, uploading: number, inCloud: number) => ({ onBooth, uploading, inCloud });
  const upload: SyncScreen['upload'] = { speed: { value: 1, unit: 'megabyte-per-second' } };
  const table: [reach: 'online' | 'offline', Partial<SyncScreen>, sign: string][] = [
    ['online', { photos: photos(0, 0, 0) }, 'Photos go to the cloud by themselves'],
    ['offline', { photos: photos(0, 0, 0) }, 'No internet, and everything works all the same'],
    ['offline', { photos: photos(0, 0, 3), problem: 'offline' }, 'All photos are in the cloud'],
    ['online', { photos: photos(0, 0, 0), allSentAt: '2026-07-14T13:30:00Z' }, 'All photos are in the cloud'],
    ['online', { photos: photos(1, 0, 3) }, '1 photo is on its way'],
    ['online', { photos: photos(11, 1, 3), problem: 'photos-refused' }, '12 photos are on their way'],
    ['online', { photos: photos(12, 0, 3), upload, problem: 'busy' }, '12 photos are on their way'],
    ['offline', { photos: photos(12, 0, 3), problem: 'offline' }, '12 photos are kept on the booth'],
    ['online', { photos: photos(1, 0, 3), problem: 'key-refused' }, '1 photo is kept on the booth'],
  ];
  for (const [reach, sync, sign] of table) {
    assert.equal(summaryOf({ reach, sync: { ...READY.sync, ...sync } }, en), sign);
  }
});

test('every problem has its sentence, and it says that the photos are safe', () => {
  for (const problem of SYNC_PROBLEMS) {
    assert.match(texts.en[`problem.${problem}`] ?? '', /safe/, problem);
    assert.match(texts.fr[`problem.${problem}`] ?? '', /en sécurité/, problem);
  }
});
