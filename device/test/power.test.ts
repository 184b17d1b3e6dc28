import assert from 'node:assert/strict';
import test from 'node:test';
import { powerOff } from '../maintenance/power.ts';

/** Never the real one: this machine is to stay on. */
const node = (script: string) => [process.execPath, '-e', script];

test('a machine that lets it be done goes down', async () => {
  assert.deepEqual(await powerOff({ command: node('') }), { kind: 'going' });
});

test('a machine that does not says why', async () => {
  const command = node('console.error("Interactive authentication required."); process.exit(1)');
  assert.deepEqual(await powerOff({ command }), {
    kind: 'impossible',
    detail: 'Interactive authentication required.',
  });
});

test('a machine without systemd says so', async () => {
  const outcome = await powerOff({ command: ['no-such-program-here', 'poweroff'] });
  assert.equal(outcome.kind, 'impossible');
  assert.match(outcome.kind === 'impossible' ? outcome.detail : '', /ENOENT/);
});

test('one that hangs is not waited for', async () => {
  const outcome = await powerOff({ command: node('setInterval(() => {}, 1000)'), deadlineMs: 300 });
  assert.deepEqual(outcome, { kind: 'impossible', detail: 'no answer within 300 ms' });
});
