import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originCheck, safeNext } from '../web/origin.ts';

test('next= stays on this origin', () => {
  const kept = ['/', '/booths', '/events/0123?from=a%20b', '/booths?x=//evil.example'];
  for (const next of kept) assert.equal(safeNext(next), next);
  const refused: unknown[] = [
    undefined,
    ['/booths'],
    '',
    'booths',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/%0d%0aSet-Cookie: x',
    'https://evil.example/',
    'javascript:alert(1)',
    '/..//evil.example',
    '/.//evil.example',
    '/a\\..\\b',
    '/caf\u00e9',
  ];
  for (const next of refused) assert.equal(safeNext(next), '/', String(next));
});

test('an Origin is ours only when it is the configured one', () => {
  const isOurs = originCheck('https://photos.example.com');
  assert.equal(isOurs('https://photos.example.com'), true);
  for (const origin of [
    undefined,
    'null',
    'http://photos.example.com',
    'https://photos.example.com:8443',
    'https://photos.example.com.evil.example',
    'https://localhost',
  ]) {
    assert.equal(isOurs(origin), false, String(origin));
  }
});

test('a portal on a loopback name answers to all of them, on its own port', () => {
  const isOurs = originCheck('http://localhost:8080');
  for (const host of ['localhost', '127.0.0.1', '[::1]']) assert.equal(isOurs(`http://${host}:8080`), true);
  assert.equal(isOurs('http://localhost:8090'), false);
  assert.equal(isOurs('http://localhost'), false);
});
