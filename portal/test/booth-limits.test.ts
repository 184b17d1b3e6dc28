import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBoothLimits } from '../pairing/booth-limits.ts';

test('two hundred booths may wait behind one address, and one more when one goes', () => {
  const limits = createBoothLimits();
  const leaves = Array.from({ length: 200 }, () => limits.takePlace('192.0.2.1'));
  assert.ok(
    leaves.every((leave) => leave !== undefined),
    'a depot',
  );
  assert.equal(limits.takePlace('192.0.2.1'), undefined);
  assert.ok(limits.takePlace('192.0.2.2'), 'elsewhere there is room');
  leaves[7]?.();
  assert.ok(limits.takePlace('192.0.2.1'), 'a place that was left');
  assert.equal(limits.takePlace('192.0.2.1'), undefined);
});

test('1,500 new codes in an hour are the limit of an address, 20 of a booth', async () => {
  const limits = createBoothLimits();
  // 200 booths that wait for an hour: six codes each, as each is good for ten minutes.
  for (let code = 0; code < 1_200; code += 1)
    assert.equal(await limits.takeCode(`depot ${code % 200}`, '192.0.2.1'), undefined, `${code}`);
  for (let code = 0; code < 300; code += 1)
    assert.equal(await limits.takeCode(`stranger ${code}`, '192.0.2.1'), undefined, `${code}`);
  for (let again = 0; again < 30; again += 1) {
    const { retryMs = 0 } = (await limits.takeCode('late', '192.0.2.1')) ?? {};
    assert.ok(retryMs > 3_500_000 && retryMs <= 3_600_000, `${retryMs}`);
  }
  // What it was refused there counts nowhere: it has all of its own.
  for (let code = 0; code < 20; code += 1)
    assert.equal(await limits.takeCode('late', '192.0.2.2'), undefined, `${code}`);
  assert.ok(await limits.takeCode('late', '192.0.2.2'), 'and no more');
});
