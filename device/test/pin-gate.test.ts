import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openPinGate } from '../maintenance/pin-gate.ts';

const PIN = '271828';

async function openAt(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-pin-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'pin-guesses.json');
  let ms = 0;
  const open = () => openPinGate({ file, now: () => ms });
  return {
    file,
    open,
    pass: (time: number) => {
      ms += time;
    },
  };
}

test('three guesses are free, then each costs twice as long, up to five minutes', async (t) => {
  const { open, pass } = await openAt(t);
  const gate = await open();
  const waits: number[] = [];
  for (let i = 0; i < 11; i += 1) {
    const guess = await gate.guess('000000', PIN);
    assert.equal(guess.kind, 'wrong');
    waits.push(guess.kind === 'wrong' ? guess.waitMs / 1000 : -1);
    pass(gate.waitMs());
  }
  assert.deepEqual(waits, [0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]);
  assert.deepEqual(await gate.guess(PIN, PIN), { kind: 'right' });
  assert.deepEqual(await gate.guess('000000', PIN), { kind: 'wrong', waitMs: 0 }, 'the count began anew');
});

test('while it waits not even the right one opens, nor does it cost anything', async (t) => {
  const { open, pass } = await openAt(t);
  const gate = await open();
  for (let i = 0; i < 3; i += 1) await gate.guess('000000', PIN);
  pass(4_000);
  assert.deepEqual(await gate.guess(PIN, PIN), { kind: 'wait', waitMs: 1_000 });
  pass(1_000);
  assert.deepEqual(await gate.guess(PIN, PIN), { kind: 'right' });
});

test('after a restart the wait begins anew', async (t) => {
  const { open, pass } = await openAt(t);
  const before = await open();
  for (let i = 0; i < 3; i += 1) await before.guess('000000', PIN);
  pass(4_900);
  const after = await open();
  assert.equal(after.waitMs(), 5_000);
  pass(5_000);
  assert.deepEqual(await after.guess('000000', PIN), { kind: 'wrong', waitMs: 10_000 });
});

test('guesses that come together are counted one by one, on the disk', async (t) => {
  const { file, open } = await openAt(t);
  const gate = await open();
  const guesses = Promise.all([
    gate.guess('000000', PIN),
    gate.guess('111111', PIN),
    gate.guess('222222', PIN),
  ]);
  const kinds = (await guesses).map((guess) => guess.kind);
  assert.deepEqual(kinds, ['wrong', 'wrong', 'wrong']);
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), { wrong: 3 });
  assert.equal((await gate.guess('333333', PIN)).kind, 'wait', 'guesses that come together count each');
});

test('a count that cannot be read costs the first wait', async (t) => {
  const { file, open } = await openAt(t);
  await writeFile(file, '{"wrong":');
  assert.equal((await open()).waitMs(), 5_000);
});

test('guesses of any length are compared, and are wrong', async (t) => {
  const { open, pass } = await openAt(t);
  const gate = await open();
  for (const given of ['', PIN.slice(1), `${PIN}0`, 'x'.repeat(1000)]) {
    assert.equal((await gate.guess(given, PIN)).kind, 'wrong', given);
    pass(gate.waitMs());
  }
});
