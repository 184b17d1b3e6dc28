import assert from 'node:assert/strict';
import test from 'node:test';
import { pino } from 'pino';
import { createLogRing } from '../maintenance/log-ring.ts';

function logged() {
  const ring = createLogRing();
  return { ring, log: pino({ level: 'debug' }, ring.stream) };
}

test('keeps the latest 200 lines, in words', () => {
  const { ring, log } = logged();
  const part = log.child({ part: 'sync' });
  for (let n = 1; n <= 205; n += 1) part.info({ n, of: { all: 205 } }, 'photo sent');
  part.error({ err: new Error('no answer') }, 'cycle failed');
  const lines = ring.lines();
  assert.equal(lines.length, 200);
  assert.equal(lines[0]?.text, 'photo sent n=7 of={"all":205}');
  const { at, ...last } = lines.at(-1) ?? { at: '' };
  assert.deepEqual(last, { level: 'error', part: 'sync', text: 'cycle failed err=no answer' });
  assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
});

test('shows no secret, whatever a part may have written', () => {
  const { ring, log } = logged();
  const secrets = {
    key: 'k-1-short',
    password: 'venue-wifi',
    shareSecret: 'abc',
    deep: { token: 'tok-1', authorization: 'Basic Zm9vOmJhcg==' },
    pin: '271828',
    url: 'https://booth:hunter2@photos.example.com/couch',
    link: 'https://photos.example.com/p/0123456789abcdef01234567-1.AbCdEfGhIjKlMnOpQrStUv',
  };
  log.info(secrets, 'paired');
  log.warn(
    { err: new Error('401 for booth:hunter2 at https://booth:hunter2@photos.example.com') },
    'refused',
  );
  const text = JSON.stringify(ring.lines());
  for (const secret of [
    'k-1-short',
    'venue-wifi',
    'abc"',
    'tok-1',
    'Zm9vOmJhcg',
    '271828',
    'AbCdEfGhIjKlMnOpQrStUv',
    '//booth:hunter2@',
  ]) {
    assert.ok(!text.includes(secret), `${secret} in ${text}`);
  }
  assert.match(text, /paired/);
});

test('a line that is none is left out, and a very long one cut', () => {
  const { ring, log } = logged();
  ring.stream.write('no json\n');
  log.info('long '.repeat(500));
  assert.deepEqual(
    ring.lines().map(({ text }) => text.length),
    [400],
  );
});
