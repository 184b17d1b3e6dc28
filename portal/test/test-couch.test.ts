import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { openCouch } from '@photomaton/couch';
import { startEmbedded } from '@photomaton/couch/embedded';
import { openProvisioner } from '@photomaton/couch/setup';
import { pino } from 'pino';
import { temporaryFolder } from './temporary-folder.ts';
import { testCouch } from './test-couch.ts';

const NOTHING = ['_replicator', '_users'];
const id = () => randomBytes(12).toString('hex');

/** A server with nothing on it. */
async function givenServer(t: TestContext) {
  const admin = { username: 'admin', password: 'secret' };
  const dir = await temporaryFolder(t);
  const server = await startEmbedded({ dir, port: 0, admin, log: pino({ level: 'silent' }) });
  t.after(() => server.stop());
  const address = { ...admin, url: server.url };
  const COUCH_URL = server.url.replace('//', '//admin:secret@');
  const ask = async (method: string, path: string) => {
    const authorization = `Basic ${btoa('admin:secret')}`;
    return (await fetch(`${server.url}/${path}`, { method, headers: { authorization } })).json();
  };
  const databases = () => ask('GET', '_all_dbs') as Promise<string[]>;
  for (const db of NOTHING) await ask('PUT', db);
  /** Takes the server for a test; gives that test's end. */
  async function take(): Promise<() => Promise<void>> {
    const ends: (() => unknown)[] = [];
    const taken = await testCouch({ after: (end) => void ends.push(end as () => unknown) }, { COUCH_URL });
    assert.deepEqual(taken, { kind: 'server', admin: address });
    return async () => {
      for (const end of ends) await end();
    };
  }
  return { couch: openCouch(address), provisioner: openProvisioner(address), ask, databases, take };
}

test('a server with nothing on it is taken by one test at a time, and has nothing on it after each', async (t) => {
  const { couch, provisioner, databases, take } = await givenServer(t);
  for (const _ of [1, 2]) {
    const end = await take();
    await assert.rejects(take, /tests of process \d+/);
    await provisioner.setUp({ portalPassword: 'a password' });
    await provisioner.createEventDatabase(id());
    await provisioner.createBoothDatabase(id());
    await end();
    assert.deepEqual(await databases(), NOTHING);
    assert.deepEqual(await couch.range('_users', { startkey: 'org', limit: 10 }), []);
  }
});

test('a server that holds anything of somebody is refused, and nothing of it is gone', async (t) => {
  const { couch, ask, databases, take } = await givenServer(t);
  const user = { _id: 'org.couchdb.user:zoe', type: 'user', name: 'zoe', roles: [], password: 'hers' };
  const event = `event-${id()}`;
  for (const db of ['holidays', 'fleet', event]) {
    await ask('PUT', db);
    await assert.rejects(take, /nothing on it/);
    assert.ok((await databases()).includes(db));
    await ask('DELETE', db);
  }
  await couch.put('_users', user);
  await assert.rejects(take, /nothing on it/);
  assert.ok(await couch.get('_users', user._id));
  assert.deepEqual(await databases(), NOTHING);
});

test('what a killed test left goes, unless there is something else', async (t) => {
  const { couch, ask, databases, take } = await givenServer(t);
  const left = ['booth-0123456789abcdef01234567', 'fleet', 'photomaton_tests'];
  for (const db of [...left, 'holidays']) await ask('PUT', db);
  await couch.put('photomaton_tests', { _id: 'test', pid: 2 ** 30 });
  await assert.rejects(take, /holidays.*nothing on it/);
  assert.deepEqual(await databases(), [...NOTHING, ...left, 'holidays'].sort());
  await ask('DELETE', 'holidays');
  const end = await take();
  assert.deepEqual(await databases(), [...NOTHING, 'photomaton_tests'].sort());
  await ask('PUT', 'holidays');
  await end();
  assert.deepEqual(await databases(), [...NOTHING, 'holidays'].sort());
});
