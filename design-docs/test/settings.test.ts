import assert from 'node:assert/strict';
import { test } from 'node:test';
import bareStructure from '../booth/structure.js';
import type { Candidate } from '../couch-js.ts';
import type { BoothEvent, SettingsDoc } from '../docs.ts';
import { DEFAULTS, SETTINGS, type SettingName, withDefaults } from '../settings.ts';
import { withFields } from './rules.ts';

const least: SettingsDoc = {
  ...{ _id: 'settings', type: 'settings', event: { id: 'e'.repeat(24), title: 'Léa' } },
  ...{ language: 'en', countdownS: 5 },
};

test('what the customer did not choose has a default, also before any settings came down', () => {
  const { language, countdownS, ...others } = DEFAULTS;
  assert.deepEqual(withDefaults(least), {
    ...{ event: least.event, language: 'en', countdownS: 5 },
    ...others,
  });
  assert.deepEqual(withDefaults(undefined), DEFAULTS);
});

test('what the customer chose is what holds', () => {
  const chosen = {
    ...{ languages: ['fr'], templates: ['gold'], keepShots: true, recentPhotos: false, voice: false },
    hotspotPhotos: true,
    ...{ modes: ['single'], filters: ['none'], mirror: false, volume: 0, idle: 'calm', dpi: 600 },
    ...{ sendBetween: { from: '22:00', to: '07:00' }, pin: '123456' },
    greenScreen: `md5-${'A'.repeat(22)}==`,
    eventChoices: [{ id: 'f'.repeat(24), title: 'Noé' }],
  } satisfies Partial<SettingsDoc>;
  const { event, language, countdownS, ...rest } = withDefaults({ ...least, ...chosen });
  assert.deepEqual(rest, chosen);
});

/** Of each setting, values at the edge of what it can be, and beyond. */
const VALUES: Record<SettingName, [good: unknown[], bad: unknown[]]> = {
  event: [
    [least.event, { ...least.event, accent: '#00ff7f' }],
    [{}, { ...least.event, id: 'x' }, { ...least.event, title: '' }, { ...least.event, accent: 'red' }],
  ],
  language: [
    ['fr', 'en'],
    ['de', ''],
  ],
  languages: [
    [['fr'], ['en', 'fr']],
    [[], ['fr', 'fr'], ['de'], 'fr'],
  ],
  templates: [
    [['a'], Array.from({ length: 20 }, (_, i) => `t${i}`)],
    [[], ['A'], ['../x'], ['a', 'a']],
  ],
  modes: [
    [['strip'], ['single', 'strip', 'boomerang']],
    [[], ['film']],
  ],
  filters: [[['none', 'noir']], [[], ['url(x)'], ['none', 'none']]],
  greenScreen: [[`md5-${'+/aZ'.repeat(5)}09==`], ['beach.jpg', `md5-${'A'.repeat(22)}`, true, {}]],
  countdownS: [
    [1, 30],
    [0, 31, 2.5, '3'],
  ],
  mirror: [[true, false], [1]],
  voice: [[true, false], ['yes']],
  volume: [
    [0, 100],
    [-1, 101, 0.5],
  ],
  recentPhotos: [[true, false], [0]],
  hotspotPhotos: [[true, false], ['yes']],
  keepShots: [[true, false], ['']],
  idle: [['live', 'calm'], ['dark']],
  sendBetween: [
    [{ from: '22:00', to: '06:30' }],
    [{ from: '24:00', to: '06:00' }, { from: '22:00' }, '22:00'],
  ],
  pin: [['000000'], ['12345', '1234567', 123456]],
  dpi: [
    [300, 600],
    [72, '300'],
  ],
  eventChoices: [
    [[{ ...least.event, accent: '#00ff7f' }], eventsOf(20)],
    [[], eventsOf(21), [least.event, least.event], [{ ...least.event, id: 'x' }], [null], 'none'],
  ],
};

function eventsOf(count: number): BoothEvent[] {
  return Array.from({ length: count }, (_, i) => ({ id: String(i).padStart(24, '0'), title: 'Léa' }));
}

test('forms, booths and the database judge settings alike', () => {
  const structure = withFields(bareStructure);
  const isStored = (doc: object): boolean => {
    try {
      structure(doc as Candidate, null, { db: 'booth', name: 'portal', roles: ['portal'] });
      return true;
    } catch {
      return false;
    }
  };
  for (const [name, [good, bad]] of Object.entries(VALUES)) {
    for (const [values, isGood] of [
      [good, true],
      [bad, false],
    ] as const) {
      for (const value of values) {
        const what = `${name}: ${JSON.stringify(value)}`;
        assert.equal(SETTINGS[name as SettingName].safeParse(value).success, isGood, `schema, ${what}`);
        assert.equal(isStored({ ...least, [name]: value }), isGood, `database, ${what}`);
      }
    }
  }
  for (const [name, value] of Object.entries(DEFAULTS)) {
    assert.ok(SETTINGS[name as SettingName].safeParse(value).success, `the default of ${name}`);
  }
});
