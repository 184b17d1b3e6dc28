import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boothIdOf, isPublicKey, makeBoothKeys, seal, unseal } from '../booth-keys.ts';
import { isBoothId } from '../docs.ts';
import {
  CODE_ALPHABET,
  CODE_LENGTH,
  confirmSchema,
  helloSchema,
  PAIRING_VERSION,
  readCode,
  showCode,
  wordsOf,
} from '../pairing.ts';
import { ADJECTIVES, NOUNS } from '../pairing-words.ts';

test('the alphabet has 41 letters of both cases, and none that looks like another', () => {
  assert.equal(new Set(CODE_ALPHABET).size, 41);
  assert.equal(CODE_ALPHABET.length, 41);
  assert.ok(CODE_LENGTH * Math.log2(41) > 42.8);
  for (const letter of 'IlOo') assert.ok(!CODE_ALPHABET.includes(letter), letter);
  for (const letter of 'csuvwxz') {
    assert.ok(!(CODE_ALPHABET.includes(letter) && CODE_ALPHABET.includes(letter.toUpperCase())), letter);
  }
});

test('a typed code is read whatever its spaces; its case matters', () => {
  const table: [typed: string, code: string | undefined][] = [
    ['kBnM tRaQ', 'kBnMtRaQ'],
    [' k B n M\u00a0tRaQ\n', 'kBnMtRaQ'],
    ['kBnMtRaQ', 'kBnMtRaQ'],
    ['KBNM TRAQ', 'KBNMTRAQ'],
    ['cBnM tRaz', 'CBnMtRaZ'],
    ['kBnM tRa', undefined],
    ['kBnM tRaQQ', undefined],
    ['kBnM tRa0', undefined],
    ['kBnM tRaO', undefined],
    ['kBnM-tRaQ', undefined],
    ['', undefined],
  ];
  for (const [typed, code] of table) assert.equal(readCode(typed), code, typed);
  assert.equal(showCode('kBnMtRaQ'), 'kBnM tRaQ');
});

test('the words come from 64 by 64, follow key and code, and stay what they are', () => {
  for (const list of [NOUNS, ADJECTIVES]) {
    assert.equal(list.length, 64);
    assert.equal(new Set(list.map(([fr]) => fr)).size, 64);
    assert.equal(new Set(list.map(([, en]) => en)).size, 64);
  }
  const key = 'A'.repeat(43);
  assert.deepEqual(wordsOf(key, 'kBnMtRaQ'), { fr: 'souris patiente', en: 'patient mouse' });
  const seen = new Set(Array.from({ length: 500 }, (_, i) => wordsOf(key, `code${i}`).fr));
  assert.ok(seen.size > 400, `${seen.size} of 500`);
});

test('what is sealed opens with the private key only, and not when it was changed', async () => {
  const keys = await makeBoothKeys();
  const others = await makeBoothKeys();
  const sealed = await seal('kBnMtRaQ é', keys.publicKey);
  assert.ok(!Buffer.from(sealed, 'base64url').includes('kBnM'));
  assert.equal(await unseal(sealed, keys), 'kBnMtRaQ é');
  assert.equal(await unseal(sealed, others), undefined);
  assert.equal(await unseal(sealed, { ...others, publicKey: keys.publicKey }), undefined);
  assert.equal(await unseal(`${sealed.slice(0, -2)}AA`, keys), undefined);
  assert.equal(await unseal('', keys), undefined);
});

test('a key that is no point of the curve is refused', async () => {
  await assert.rejects(seal('text', Buffer.alloc(32).toString('base64url')), RangeError);
});

test('an id is the beginning of the hash of the key', async () => {
  const { publicKey } = await makeBoothKeys();
  assert.ok(isPublicKey(publicKey));
  assert.ok(isBoothId(boothIdOf(publicKey)));
  assert.equal(boothIdOf('A'.repeat(43)), '66687aadf862bd776c8fc18b');
  for (const wrong of [undefined, 7, '', 'A'.repeat(42), `${'A'.repeat(42)}B`, `${'A'.repeat(42)}=`]) {
    assert.ok(!isPublicKey(wrong), String(wrong));
  }
});

test('what a booth sends is checked', () => {
  const publicKey = 'A'.repeat(43);
  assert.ok(helloSchema.safeParse({ version: PAIRING_VERSION, publicKey }).success);
  for (const hello of [{}, null, { version: '1', publicKey }, { version: 1, publicKey: 'short' }]) {
    assert.ok(!helloSchema.safeParse(hello).success);
  }
  assert.ok(confirmSchema.safeParse({ question: 'q', shareSecret: publicKey }).success);
  for (const confirm of [
    { question: 'q' },
    { question: 'q'.repeat(201), shareSecret: publicKey },
    'confirm',
  ]) {
    assert.ok(!confirmSchema.safeParse(confirm).success);
  }
});
