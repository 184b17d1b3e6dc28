import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SettingsDoc } from '../docs.ts';
import { withDefaults } from '../settings.ts';

const least: SettingsDoc = {
  ...{ _id: 'settings', type: 'settings', event: { id: 'e'.repeat(24), title: 'Léa' } },
  ...{ language: 'en', countdownS: 5 },
};

test('what the customer did not choose has a default, also before any settings came down', () => {
  const defaults = {
    languages: ['fr', 'en'],
    templates: ['full-bleed', 'classic-strip', 'boomerang'],
    keepShots: false,
    recentPhotos: true,
    hotspotPhotos: false,
    voice: true,
    filters: ['none', 'black-and-white'],
    dpi: 300,
  };
  assert.deepEqual(withDefaults(least), {
    ...{ event: least.event, language: 'en', countdownS: 5 },
    ...defaults,
  });
  assert.deepEqual(withDefaults(undefined), { language: 'fr', countdownS: 3, ...defaults });
});

test('what the customer chose is what holds', () => {
  const chosen = {
    ...{ languages: ['fr'], templates: ['gold'], keepShots: true, recentPhotos: false, voice: false },
    hotspotPhotos: true,
    ...{ filters: ['none'], pin: '123456', dpi: 600 },
    greenScreen: { background: { template: 'gold', image: 'beach.jpg' } },
  } satisfies Partial<SettingsDoc>;
  const { event, language, countdownS, ...rest } = withDefaults({ ...least, ...chosen });
  assert.deepEqual(rest, chosen);
});
