import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash } from '@node-rs/argon2';
import { createTurns, openPasswords, randomPassword } from '../accounts/passwords.ts';

test('new passwords are judged by length and by how common they are, nothing else', async () => {
  const { problem } = await openPasswords();
  assert.equal(problem('seven77'), 'too-short');
  assert.equal(problem('x'.repeat(257)), 'too-long');
  assert.equal(problem('password'), 'common');
  assert.equal(problem('Azerty123'), 'common');
  for (const fine of [
    'correct horse battery staple',
    'éééééééé',
    '📸📸📸📸📸📸📸📸',
    ' x x x x ',
    'x'.repeat(256),
  ]) {
    assert.equal(problem(fine), undefined, fine);
  }
});

test('hashes are Argon2id at 19 MiB and two passes, and fit only their password', async () => {
  const passwords = await openPasswords();
  const phc = await passwords.hash('une phrase entière');
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.deepEqual(await passwords.verify(phc, 'une phrase entière'), { ok: true });
  // The same letters typed on another keyboard: combining accent instead of the composed letter.
  assert.deepEqual(await passwords.verify(phc, 'une phrase entie\u0300re'), { ok: true });
  assert.deepEqual(await passwords.verify(phc, 'une phrase entiere'), { ok: false });
  assert.deepEqual(await passwords.verify(phc, 'x'.repeat(100_000)), { ok: false });
  assert.deepEqual(await passwords.verify(undefined, 'anything'), { ok: false });
});

test('a hash with weaker parameters is made again at login', async () => {
  const passwords = await openPasswords();
  const weak = await hash('old password here', { memoryCost: 1024, timeCost: 1 });
  const { ok, rehash } = await passwords.verify(weak, 'old password here');
  assert.equal(ok, true);
  assert.match(rehash ?? '', /m=19456,t=2/);
  assert.deepEqual(await passwords.verify(rehash, 'old password here'), { ok: true });
  assert.deepEqual(await passwords.verify(weak, 'another'), { ok: false });
});

test('random passwords are long, without look-alikes, and differ', () => {
  const made = Array.from({ length: 50 }, randomPassword);
  assert.equal(new Set(made).size, 50);
  for (const password of made) assert.match(password, /^[a-hj-km-np-z1-9]{20}$/);
});

test('jobs take turns: a few at once, some in line, the rest refused, a failed one passes its turn on', async () => {
  const inTurn = createTurns(2, 2);
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const job = () =>
    inTurn(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => ends.push(resolve));
      running -= 1;
      return 'done';
    });
  const jobs = [job(), job(), job(), job()];
  await assert.rejects(job(), { status: 503 });
  for (let ended = 0; ended < 4; ended += 1) {
    while (ends.length === 0) await new Promise(setImmediate);
    ends.shift()?.();
  }
  assert.deepEqual(await Promise.all(jobs), ['done', 'done', 'done', 'done']);
  assert.equal(most, 2);

  const one = createTurns(1, 1);
  await assert.rejects(one(() => Promise.reject(new Error('no'))));
  assert.equal(await one(async () => 'next'), 'next');
});
