import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SettingsDoc } from '@photomaton/design-docs/docs';
import { DEFAULTS } from '@photomaton/design-docs/settings';
import { openBoothSettings } from '../booth-settings.ts';
import { isWithin } from '../sync/send-hours.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { settingsOf } from './site.ts';

const EVENT = 'e'.repeat(24);

/** A booth whose settings document is what the test says, on a disk that stays. */
async function givenBooth(t: TestContext) {
  const file = join(await tempFolder(t), 'settings.json');
  let doc: (SettingsDoc & { _rev: string }) | undefined;
  let minute = 0;
  return {
    file,
    comesDown(rev: string, over: object) {
      doc = { ...settingsOf(EVENT), ...over, _rev: rev } as SettingsDoc & { _rev: string };
    },
    start: (binding = 'the first') =>
      openBoothSettings({
        ...{ file, binding, boothDb: { settings: async () => doc }, log: quiet },
        isTemplate: (name) => ['full-bleed', 'gold'].includes(name),
        now: () => new Date(Date.UTC(2026, 6, 14, 12, minute++)),
      }),
  };
}

test('before any settings came down, the defaults hold and nothing is said to be applied', async (t) => {
  const settings = await (await givenBooth(t)).start();
  assert.deepEqual(settings.current(), DEFAULTS);
  assert.equal(settings.applied(), undefined);
});

test('what comes down is applied, and said to be since then', async (t) => {
  const booth = await givenBooth(t);
  const settings = await booth.start();
  booth.comesDown('1-a', { countdownS: 7, templates: ['gold'] });
  await settings.bring();
  assert.equal(settings.current().countdownS, 7);
  assert.equal(settings.current().event?.id, EVENT);
  assert.deepEqual(settings.applied(), { rev: '1-a', at: '2026-07-14T12:00:00.000Z' });
  await settings.bring();
  assert.equal(settings.applied()?.at, '2026-07-14T12:00:00.000Z', 'once');
  booth.comesDown('2-b', {});
  await settings.bring();
  assert.equal(settings.current().countdownS, 3);
  assert.deepEqual(
    settings.current().templates,
    DEFAULTS.templates,
    'what is left out has its default again',
  );
});

test('what cannot be applied is named with the reason; what was good last stays, over a restart too', async (t) => {
  const booth = await givenBooth(t);
  booth.comesDown('1-a', { countdownS: 7, templates: ['gold'], volume: 10 });
  await booth.start();
  booth.comesDown('2-b', { countdownS: 99, templates: ['gold', 'silver'], volume: 20, perfume: 'rose' });
  for (const life of ['the first', 'after a restart']) {
    const settings = await booth.start();
    const { countdownS, templates, volume } = settings.current();
    assert.deepEqual([countdownS, templates, volume], [7, ['gold'], 20], life);
    assert.deepEqual(
      settings.applied()?.refused?.map(({ name }) => name),
      ['countdownS', 'templates', 'perfume'],
    );
    assert.match(settings.applied()?.refused?.[1]?.reason ?? '', /not on this booth: silver/);
    assert.equal(settings.applied()?.rev, '2-b');
  }
  booth.comesDown('3-c', { countdownS: 5 });
  const mended = await booth.start();
  assert.equal(mended.current().countdownS, 5);
  assert.equal(mended.applied()?.refused, undefined);
});

test('what was good for one owner is not for the next, and a file that is no settings is as good as none', async (t) => {
  const booth = await givenBooth(t);
  booth.comesDown('1-a', { countdownS: 7, pin: '123456' });
  await booth.start('the first');
  booth.comesDown('1-c', { countdownS: 99, pin: 'none' });
  const next = await booth.start('the next');
  assert.equal(next.current().pin, undefined);
  assert.equal(next.current().countdownS, 3);
  await writeFile(booth.file, '{"binding":"the next","chosen":{"countdownS":"seven"}');
  booth.comesDown('2-d', { countdownS: 4 });
  assert.equal((await booth.start('the next')).current().countdownS, 4);
});

test('photos travel between the hours that were chosen, over midnight too', () => {
  const at = (time: string) => new Date(`2026-07-14T${time}`);
  const night = { from: '22:00', to: '07:30' };
  for (const [time, travels] of [
    ['21:59:59', false],
    ['22:00:00', true],
    ['03:00:00', true],
    ['07:29:59', true],
    ['07:30:00', false],
  ] as const) {
    assert.equal(isWithin(night, at(time)), travels, time);
    assert.equal(isWithin({ from: night.to, to: night.from }, at(time)), !travels, `by day, ${time}`);
  }
});
