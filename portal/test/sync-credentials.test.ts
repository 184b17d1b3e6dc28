import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createSyncCredentials, networkOf, parseAuthorization } from '../sync/credentials.ts';

const BOOTH = '0123456789abcdef01234567';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const userWith = (key: string, booth = BOOTH) => {
  const user = parseAuthorization(basic(`booth-${booth}:${key}`));
  assert.ok(user);
  return user;
};

/** CouchDB as far as it matters here: knows one key, counts what it was asked. */
function couchThatKnows(key: string) {
  const asked: string[] = [];
  const credentials = createSyncCredentials({
    check: async (authorization) => {
      asked.push(authorization);
      return authorization === userWith(key).authorization ? 'good' : 'bad';
    },
  });
  return { asked, credentials };
}

suite('the authorization of a booth', () => {
  test('is read and built again', () => {
    assert.deepEqual(parseAuthorization(basic(`booth-${BOOTH}:a:b`)), {
      booth: BOOTH,
      authorization: basic(`booth-${BOOTH}:a:b`),
    });
  });
  for (const header of [
    undefined,
    '',
    'Basic',
    'Bearer x',
    'Basic %%%',
    basic('admin:secret'),
    basic('portal:secret'),
    basic(`booth-${BOOTH}`),
    basic(`booth-${BOOTH}:`),
    basic(`booth-${BOOTH.toUpperCase()}:key`),
    basic(`booth-${BOOTH}x:key`),
    basic(`xbooth-${BOOTH}:key`),
    basic(`booth-${BOOTH}:key\r\nX-Evil: 1`),
    basic(`booth-${BOOTH}:${'k'.repeat(500)}`),
  ]) {
    test(`is none in ${JSON.stringify(header)}`, () => assert.equal(parseAuthorization(header), undefined));
  }
});

test('a true key asks CouchDB once, however many requests bring it at the same time', async () => {
  const { asked, credentials } = couchThatKnows('true');
  const many = Array.from({ length: 20 }, () => credentials.prove(userWith('true'), '198.51.100.1'));
  assert.deepEqual([...new Set((await Promise.all(many)).map(({ kind }) => kind))], ['good']);
  await credentials.prove(userWith('true'), '198.51.100.2');
  assert.equal(asked.length, 1);
});

test('wrong keys soon cost CouchDB nothing', async () => {
  const { asked, credentials } = couchThatKnows('true');
  const proofs = [];
  for (let i = 0; i < 50; i++)
    proofs.push(await credentials.prove(userWith(`wrong ${i}`.replace(' ', '')), '198.51.100.1'));
  assert.deepEqual(proofs.slice(0, 4), Array(4).fill({ kind: 'bad' }));
  assert.equal(asked.length, 4);
  const last = proofs.at(-1);
  assert.equal(last?.kind, 'throttled');
  assert.ok(last?.kind === 'throttled' && last.retryAfterS > 0 && last.retryAfterS <= 300);
});

test('neither do names of booths tried in turn', async () => {
  const { asked, credentials } = couchThatKnows('true');
  for (let i = 0; i < 200; i++) {
    await credentials.prove(userWith('wrong', i.toString(16).padStart(24, '0')), '198.51.100.1');
  }
  assert.equal(asked.length, 60);
});

test('a booth that was proven is not locked out by a stranger behind its own address', async () => {
  const { credentials } = couchThatKnows('true');
  assert.equal((await credentials.prove(userWith('true'), '198.51.100.1')).kind, 'good');
  for (let i = 0; i < 50; i++) await credentials.prove(userWith(`wrong${i}`), '198.51.100.1');
  assert.equal((await credentials.prove(userWith('true'), '198.51.100.1')).kind, 'good');
});

test('a stranger elsewhere does not stand in the way of a booth that comes for the first time', async () => {
  const { credentials } = couchThatKnows('true');
  for (let i = 0; i < 50; i++) await credentials.prove(userWith(`wrong${i}`), '203.0.113.9');
  assert.equal((await credentials.prove(userWith('true'), '198.51.100.1')).kind, 'good');
});

test('a key that CouchDB no longer takes is asked about again', async () => {
  const { asked, credentials } = couchThatKnows('true');
  await credentials.prove(userWith('true'), '198.51.100.1');
  credentials.forget(userWith('true'));
  await credentials.prove(userWith('true'), '198.51.100.1');
  assert.equal(asked.length, 2);
});

test('CouchDB being away counts as nobody’s failure', async () => {
  let isAway = true;
  const credentials = createSyncCredentials({
    check: async () => {
      if (isAway) throw new Error('nobody answers');
      return 'good';
    },
  });
  for (let i = 0; i < 100; i++) await assert.rejects(credentials.prove(userWith('true'), '198.51.100.1'));
  isAway = false;
  assert.equal((await credentials.prove(userWith('true'), '198.51.100.1')).kind, 'good');
});

test('an IPv6 subscriber is one network', () => {
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
  assert.equal(networkOf('2001:db8:1:2::9'), '2001:db8:1:2');
  assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0');
  assert.equal(networkOf('::1'), '0:0:0:0');
  assert.equal(networkOf('198.51.100.7'), '198.51.100.7');
  assert.equal(networkOf('::ffff:198.51.100.7'), '::ffff:198.51.100.7');
});
