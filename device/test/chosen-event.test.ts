import assert from 'node:assert/strict';
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SettingsDoc } from '@photomaton/design-docs/docs';
import { DEFAULTS } from '@photomaton/design-docs/settings';
import { openChosenEvent } from '../chosen-event.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { openSettingsIn, settingsOf } from './site.ts';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(24)) as [string, string, string];
const TO_B = { id: B, title: 'Léa', accent: '#00ff7f' };
const TO_C = { id: C, title: 'Noé' };
/** What the event of the settings offers its guests. */
const OF_A = {
  ...{ languages: ['en'], templates: ['gold'], modes: ['single'], filters: ['sepia'] },
  greenScreen: `md5-${'A'.repeat(22)}==`,
} satisfies Partial<SettingsDoc>;

/** A booth whose settings document is what the test says, on a disk that stays. */
async function givenBooth(t: TestContext) {
  const dir = await tempFolder(t);
  const file = join(dir, 'chosen-event.json');
  let doc: (SettingsDoc & { _rev: string }) | undefined;
  let rev = 0;
  const booth = {
    ...{ dir, file },
    comesDown(event: string, over: Partial<SettingsDoc> = {}) {
      rev += 1;
      doc = { ...settingsOf(event), eventChoices: [TO_B, TO_C], ...over, _rev: `${rev}-x` };
    },
    /** Until it is pulled again, it is on the disk of the portal only. */
    loses() {
      doc = undefined;
    },
    /** The settings are on the disk, and that is all there was time for. */
    takesSettings: () => openSettingsIn(dir, { settings: async () => doc }, 'the first'),
    start: async (binding = 'the first') =>
      openChosenEvent({
        ...{ file, binding, log: quiet },
        settings: await openSettingsIn(dir, { settings: async () => doc }, binding),
      }),
    hasFile: () =>
      access(file).then(
        () => true,
        () => false,
      ),
  };
  booth.comesDown(A);
  return booth;
}

test('the booth is at the event that is chosen, also after a restart; only that of the settings has what it offers', async (t) => {
  const booth = await givenBooth(t);
  booth.comesDown(A, { ...OF_A, countdownS: 7, volume: 10, pin: '271828' });
  const settings = await booth.start();
  const before = settings.current();
  assert.equal(before.templates[0], 'gold');
  assert.equal(await settings.choose(B), true);
  const { languages, templates, modes, filters } = DEFAULTS;
  for (const life of [settings, await booth.start()]) {
    const { eventChoices, ...now } = life.current();
    assert.deepEqual(now, {
      ...{ ...DEFAULTS, languages, templates, modes, filters, event: TO_B },
      ...{ language: 'en', countdownS: 7, volume: 10, pin: '271828' },
    });
    assert.equal(life.chosen(), B);
    assert.deepEqual(
      life.events().map(({ id, isPresent }) => [id, isPresent]),
      [
        [A, false],
        [B, true],
        [C, false],
      ],
    );
    assert.equal(life.applied()?.rev, '2-x', 'for the portal it goes by the settings');
  }
  assert.equal(await settings.choose(A), true);
  assert.deepEqual([settings.current(), settings.chosen()], [before, undefined]);
  assert.equal((await booth.start()).chosen(), undefined);
});

test('no event is chosen that its owner does not allow, nor any before there are settings', async (t) => {
  const booth = await givenBooth(t);
  booth.comesDown(A, { eventChoices: [TO_B] });
  const settings = await booth.start();
  for (const id of [C, '', 'settings']) assert.equal(await settings.choose(id), false, id);
  assert.equal(await booth.hasFile(), false);
  const empty = await givenBooth(t);
  empty.loses();
  const nothing = await empty.start();
  assert.deepEqual([nothing.events(), await nothing.choose(B)], [[], false]);
});

for (const [what, event, over] of [
  ['the event that was chosen', B, { eventChoices: [TO_C] }],
  ['another event', C, { eventChoices: [TO_B] }],
  ['the same event, and do not allow the other any more', A, { eventChoices: [TO_C] }],
] satisfies [string, string, Partial<SettingsDoc>][]) {
  test(`settings that say ${what} end the choice for good`, async (t) => {
    const booth = await givenBooth(t);
    const settings = await booth.start();
    await settings.choose(B);
    booth.comesDown(event, over);
    await settings.bring();
    assert.deepEqual([settings.current().event?.id, settings.chosen()], [event, undefined]);
    assert.equal(await booth.hasFile(), false);
    booth.comesDown(A);
    await settings.bring();
    for (const life of [settings, await booth.start()]) assert.equal(life.current().event?.id, A);
  });

  test(`settings that say ${what} end it, though the plug was pulled before it was forgotten`, async (t) => {
    const booth = await givenBooth(t);
    await (await booth.start()).choose(B);
    booth.comesDown(event, over);
    await booth.takesSettings();
    assert.equal(await booth.hasFile(), true);
    const settings = await booth.start();
    assert.deepEqual([settings.current().event?.id, settings.chosen()], [event, undefined]);
    assert.equal(await booth.hasFile(), false);
  });
}

test('chosen while settings come in that end another choice, it holds, also after a restart', async (t) => {
  const booth = await givenBooth(t);
  for (let ms = 0; ms < 20; ms += 1) {
    booth.comesDown(A);
    const settings = await booth.start();
    await settings.choose(B);
    booth.comesDown(A, { eventChoices: [TO_C] });
    const bringing = settings.bring();
    await sleep(ms); // somewhere between the settings and the end of the other choice
    assert.equal(await settings.choose(C), true);
    await bringing;
    for (const life of [settings, await booth.start()]) assert.equal(life.chosen(), C, `after ${ms} ms`);
  }
});

test('other settings leave it, and another title of its event is shown', async (t) => {
  const booth = await givenBooth(t);
  const settings = await booth.start();
  await settings.choose(B);
  booth.comesDown(A, { countdownS: 9, eventChoices: [TO_C, { ...TO_B, title: 'Léa a 30 ans' }] });
  await settings.bring();
  const { event, countdownS } = settings.current();
  assert.deepEqual([event?.title, countdownS], ['Léa a 30 ans', 9]);
});

test('a choice outlasts settings that the disk has lost, until they come down again', async (t) => {
  const booth = await givenBooth(t);
  await (await booth.start()).choose(B);
  await rm(join(booth.dir, 'settings.json'));
  booth.loses();
  const settings = await booth.start();
  assert.equal(settings.current().event, undefined, 'photos wait for their event');
  booth.comesDown(A);
  await settings.bring();
  assert.equal(settings.chosen(), B);
});

test('a file that is torn, or of another pairing, is as good as none', async (t) => {
  const booth = await givenBooth(t);
  const settings = await booth.start();
  await settings.choose(B);
  assert.equal((await booth.start('the second')).current().event?.id, A);
  for (const torn of ['', '{"binding":"the fi', '{}', 'null']) {
    await writeFile(booth.file, torn);
    const again = await booth.start();
    assert.equal(again.current().event?.id, A, torn);
    await again.choose(C);
    assert.equal((await booth.start()).chosen(), C, 'and can be chosen anew');
  }
  await writeFile(`${booth.file}.tmp`, '{"binding":"the first","event":');
  assert.equal((await booth.start()).chosen(), C, 'cut while it was written');
});
