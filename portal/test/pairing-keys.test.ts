import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { isEventId } from '@photomaton/design-docs/docs';
import { CODE_ALPHABET, readCode } from '@photomaton/design-docs/pairing';
import { pairingKeys } from '../pairing/pairing-keys.ts';

const keys = pairingKeys(Buffer.alloc(32, 1));
const booth = '0123456789abcdef01234567';

test('everything follows from secret, booth and nonce, and from nothing else', () => {
  const all = (k: typeof keys, b: string, nonce: string) => [
    k.codeOf(b, nonce),
    k.eventOf(b, nonce),
    k.deviceKeyOf(b, nonce),
  ];
  const first = all(keys, booth, 'n');
  assert.deepEqual(all(pairingKeys(Buffer.alloc(32, 1)), booth, 'n'), first);
  for (const other of [
    all(pairingKeys(Buffer.alloc(32, 2)), booth, 'n'),
    all(keys, `${booth.slice(1)}0`, 'n'),
    all(keys, booth, 'm'),
  ]) {
    for (const [i, value] of other.entries()) assert.notEqual(value, first[i]);
  }
});

test('the event’s id and the code, which others see, are no part of the device key', () => {
  const key = Buffer.from(keys.deviceKeyOf(booth, 'n'), 'base64url').toString('hex');
  assert.ok(!key.includes(keys.eventOf(booth, 'n')), key);
  const letters = [...keys.codeOf(booth, 'n')].map((letter) => BigInt(CODE_ALPHABET.indexOf(letter)));
  const code = letters.reduceRight((number, letter) => number * 41n + letter, 0n);
  assert.notEqual(BigInt(`0x${key}`) % 41n ** 8n, code);
});

test('codes, events and keys have their forms', () => {
  const code = keys.codeOf(booth, 'n');
  assert.equal(readCode(code), code);
  assert.match(keys.idOf(code), /^code:[0-9a-f]{64}$/);
  assert.ok(isEventId(keys.eventOf(booth, 'n')));
  assert.equal(Buffer.from(keys.deviceKeyOf(booth, 'n'), 'base64url').length, 32);
});

test('every letter comes equally often at every place', () => {
  const rounds = 8_200;
  const counts = Array.from({ length: 8 }, () => new Map<string, number>());
  for (let i = 0; i < rounds; i++) {
    const code = keys.codeOf(booth, randomBytes(8).toString('hex'));
    for (const [place, letter] of [...code].entries()) {
      counts[place]?.set(letter, (counts[place].get(letter) ?? 0) + 1);
    }
  }
  const assertEven = (found: number[], all: number) => {
    const expected = all / CODE_ALPHABET.length;
    assert.equal(found.length, CODE_ALPHABET.length);
    // Chi squared with 40 degrees of freedom is below 100 but for one time in ten million.
    const chi2 = found.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    assert.ok(chi2 < 100, `${chi2}`);
  };
  for (const place of counts) assertEven([...place.values()], rounds);
  // Together they show what one place hides in its noise: 256 is no multiple of 41.
  const together = [...CODE_ALPHABET].map((letter) =>
    counts.reduce((sum, place) => sum + (place.get(letter) ?? 0), 0),
  );
  assertEven(together, rounds * counts.length);
});
