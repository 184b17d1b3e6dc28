import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventDesign } from '@photomaton/design-docs/assemble';
import { boothDatabase, boothUser, eventDatabase, SYSTEM_DATABASES } from '@photomaton/design-docs/docs';
import { CouchError, openCouch } from '../index.ts';
import { openRequests } from '../request.ts';
import { openProvisioner } from '../setup.ts';
import { bringDesign } from '../upgrade.ts';
import { embeddedServer, raw, testDatabase, testServer, tidy, uniqueId } from './server.ts';

const portalPassword = 'a password of the portal';
const mark = 'fleet/_local/design';

/** Everything that a set-up could have written. */
async function stateOf(admin: Parameters<typeof openCouch>[0]): Promise<unknown> {
  const { rows } = await raw(admin, 'GET', '_all_dbs');
  const state: Record<string, unknown> = {};
  for (const db of rows as string[]) {
    state[db] = [(await openCouch(admin).info(db))?.updateSeq, await raw(admin, 'GET', `${db}/_security`)];
  }
  return { state, mark: await raw(admin, 'GET', mark) };
}

test('a set-up makes the server ready, and a second one writes nothing', async (t) => {
  const admin = await embeddedServer(t);
  const provisioner = openProvisioner(admin);
  await provisioner.setUp({ portalPassword });
  const before = await stateOf(admin);
  const noted = await noting(t, admin.url);
  await openProvisioner({ ...admin, url: noted.url }).setUp({ portalPassword });
  assert.deepEqual([...noted.methods], ['GET']);
  assert.deepEqual(await stateOf(admin), before);

  const portal = { ...admin, username: 'portal', password: portalPassword };
  for (const db of SYSTEM_DATABASES) {
    assert.equal((await openCouch(portal).info(db))?.docCount, 2, db);
    assert.equal((await raw({ ...admin, username: '', password: '' }, 'GET', db)).status, 401);
  }
  await assert.rejects(openCouch(portal).get('_users', 'org.couchdb.user:portal'), CouchError);

  await provisioner.setUp({ portalPassword: 'another one' });
  await openCouch({ ...portal, password: 'another one' }).server();
  await assert.rejects(openCouch(portal).server(), { code: 'UNAUTHORIZED' });
});

test('two set-ups at once agree', async (t) => {
  const admin = await embeddedServer(t);
  await Promise.all([1, 2].map(() => openProvisioner(admin).setUp({ portalPassword })));
  const before = await stateOf(admin);
  await openProvisioner(admin).setUp({ portalPassword });
  assert.deepEqual(await stateOf(admin), before);
});

test('a newer version upgrades the rules of every event and booth, and nobody else’s', async (t) => {
  const admin = await embeddedServer(t);
  const couch = openCouch(admin);
  const provisioner = openProvisioner(admin);
  await provisioner.setUp({ portalPassword });
  const [event, booth] = [uniqueId(), uniqueId()];
  await provisioner.createEventDatabase(event);
  await provisioner.createBoothDatabase(booth);
  await raw(admin, 'PUT', 'event-of-others');
  const rules = async () => [
    (await couch.get<{ validate_doc_update: string }>(eventDatabase(event), '_design/event-authority'))
      ?.validate_doc_update,
    (await couch.get<{ validate_doc_update: string }>(boothDatabase(booth), '_design/booth'))
      ?.validate_doc_update,
  ];
  const wanted = await rules();
  // As an older version left it.
  const older = { validate_doc_update: '(function () {})' };
  await couch.update(eventDatabase(event), '_design/event-authority', (doc) => ({
    _id: '',
    ...doc,
    ...older,
  }));
  await couch.update(boothDatabase(booth), '_design/booth', (doc) => ({ _id: '', ...doc, ...older }));
  await couch.update('fleet', '_local/design', () => ({ _id: '_local/design', hash: 'older' }));
  await provisioner.setUp({ portalPassword });
  assert.deepEqual(await rules(), wanted);
  assert.equal((await couch.info('event-of-others'))?.docCount, 0);
});

test('changed views are staged and built before they are swapped', async (t) => {
  const admin = await testServer(t);
  const couch = openCouch(admin);
  const request = openRequests(admin);
  const db = await testDatabase(t, admin);
  const design = eventDesign();
  await bringDesign({ couch, request }, db, design);
  const seq = async () => (await couch.info(db))?.updateSeq;
  const first = await seq();
  await bringDesign({ couch, request }, db, design);
  assert.equal(await seq(), first, 'nothing to do, nothing written');

  // As an older version left it; and one that was killed left its stage.
  const views = { photos: { map: '(function (doc) { emit(doc._id, null); })' } };
  await couch.update(db, '_design/event', (doc) => ({ _id: '', ...doc, views }));
  await couch.put(db, { _id: '_design/stage-event', language: 'javascript', views });
  const steps: string[] = [];
  const noted = {
    couch: {
      ...couch,
      update: ((name, id, change) => {
        steps.push(`write ${id}`);
        return couch.update(name, id, change);
      }) as typeof couch.update,
      remove: ((name, id, rev) => {
        steps.push(`remove ${id}`);
        return couch.remove(name, id, rev);
      }) as typeof couch.remove,
    },
    request: ((options) => {
      steps.push(`ask ${options.path}`);
      return request(options);
    }) as typeof request,
  };
  await bringDesign(noted, db, design);
  assert.deepEqual(steps, [
    'write _design/stage-event',
    ...['photos', 'previews', 'bin', 'layouts', 'moves'].map(
      (view) => `ask _design/stage-event/_view/${view}`,
    ),
    'write _design/event',
    'remove _design/stage-event',
    'write _design/event-authority',
  ]);
  const { _rev, ...stored } = (await couch.get<object>(db, '_design/event')) ?? { _rev: '' };
  assert.deepEqual(stored, design[0]);
  assert.equal(await couch.get(db, '_design/stage-event'), undefined);
});

test('an event lets in its booths only, a booth’s database only that booth', async (t) => {
  const admin = await testServer(t);
  const provisioner = openProvisioner(admin);
  const [event, booth, other] = [uniqueId(), uniqueId(), uniqueId()];
  const db = eventDatabase(event);
  tidy(t, async () => {
    await provisioner.dropEventDatabase(event);
    for (const id of [booth, other]) {
      await raw(admin, 'DELETE', boothDatabase(id));
      await provisioner.removeDeviceKey(id);
    }
  });
  await provisioner.createEventDatabase(event);
  for (const id of [booth, other]) {
    await provisioner.createBoothDatabase(id);
    await provisioner.createBoothDatabase(id);
    await provisioner.putDeviceKey(id, `key of ${id}`);
  }
  const as = (id: string) => ({ ...admin, username: boothUser(id), password: `key of ${id}` });
  const statusOf = async (id: string, name: string) => (await raw(as(id), 'GET', name)).status;
  assert.equal(await statusOf(booth, db), 403);
  await provisioner.setEventBooths(event, [booth]);
  assert.equal(await statusOf(booth, db), 200);
  assert.equal(await statusOf(other, db), 403);
  await provisioner.createEventDatabase(event);
  assert.equal(await statusOf(booth, db), 200, 'made again, it keeps its booths');
  await provisioner.setEventBooths(event, [other]);
  assert.equal(await statusOf(booth, db), 403);
  assert.equal(await statusOf(booth, boothDatabase(booth)), 200);
  assert.equal(await statusOf(other, boothDatabase(booth)), 403);
  await provisioner.dropEventDatabase(event);
  await provisioner.dropEventDatabase(event);
  assert.equal(await openCouch(admin).info(db), undefined);
});

test('a device key opens until it is replaced or removed', async (t) => {
  const admin = await testServer(t);
  const provisioner = openProvisioner(admin);
  const booth = uniqueId();
  tidy(t, () => provisioner.removeDeviceKey(booth));
  const revOf = async () =>
    (await openCouch(admin).get('_users', `org.couchdb.user:${boothUser(booth)}`))?._rev;
  const logIn = (key: string) => openCouch({ ...admin, username: boothUser(booth), password: key }).server();
  /** CouchDB remembers a login until its feed of `_users` tells it otherwise: a moment, not at once. */
  const assertSoonRefused = async (key: string) => {
    const end = Date.now() + 10_000;
    while (Date.now() < end && (await logIn(key).then(Boolean, () => false)));
    await assert.rejects(logIn(key), { code: 'UNAUTHORIZED' });
  };
  await provisioner.putDeviceKey(booth, 'first');
  const rev = await revOf();
  await provisioner.putDeviceKey(booth, 'first');
  assert.equal(await revOf(), rev, 'the same key writes nothing');
  await logIn('first');
  assert.equal(await revOf(), rev, 'a login leaves its cheap hash alone (chttpd_auth/upgrade_hash_on_auth)');
  await provisioner.putDeviceKey(booth, 'second');
  await assertSoonRefused('first');
  await logIn('second');
  const stored = JSON.stringify(await openCouch(admin).get('_users', `org.couchdb.user:${boothUser(booth)}`));
  assert.doesNotMatch(stored, /first|second/);
  await provisioner.removeDeviceKey(booth);
  await provisioner.removeDeviceKey(booth);
  await assertSoonRefused('second');
});

test('only ids become names of databases and users', async () => {
  const provisioner = openProvisioner({ url: 'http://127.0.0.1:1', username: 'a', password: 'b' });
  for (const id of ['', '../_users', `${uniqueId()}/x`, uniqueId().toUpperCase(), `${uniqueId()}\n`]) {
    await assert.rejects(provisioner.createEventDatabase(id), RangeError);
    await assert.rejects(provisioner.setEventBooths(id, []), RangeError);
    await assert.rejects(provisioner.setEventBooths(uniqueId(), [id]), RangeError);
    await assert.rejects(provisioner.dropEventDatabase(id), RangeError);
    await assert.rejects(provisioner.createBoothDatabase(id), RangeError);
    await assert.rejects(provisioner.putDeviceKey(id, 'key'), RangeError);
    await assert.rejects(provisioner.removeDeviceKey(id), RangeError);
  }
});

test('a server that will not do says why', async (t) => {
  const admin = await testServer(t);
  const setUp = (address: typeof admin) => openProvisioner(address).setUp({ portalPassword });
  await assert.rejects(setUp({ ...admin, username: `test-${uniqueId()}` }), { code: 'UNAUTHORIZED' });

  const booth = uniqueId();
  await openProvisioner(admin).putDeviceKey(booth, 'key');
  tidy(t, () => openProvisioner(admin).removeDeviceKey(booth));
  const noAdmin = { ...admin, username: boothUser(booth), password: 'key' };
  await assert.rejects(setUp(noAdmin), { code: 'FORBIDDEN', message: /is no administrator of/ });

  const old = await answering(t, {
    couchdb: 'Welcome',
    version: '2.3.1',
    userCtx: { name: 'a', roles: ['_admin'] },
  });
  await assert.rejects(setUp(old), { code: 'REFUSED', message: /CouchDB 2.3.1; 3 or newer is needed/ });
  const other = await answering(t, { tagline: 'You Know, for Search' });
  await assert.rejects(setUp(other), { code: 'REFUSED', message: /is not a CouchDB/ });
  await assert.rejects(setUp({ ...old, url: 'http://127.0.0.1:9' }), { code: 'UNREACHABLE' });
});

/** A server that gives one answer to everything. */
async function answering(t: TestContext, answer: object) {
  const url = await serve(t, (_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  return { url, username: 'a', password: 'b' };
}

/** Passes reading requests on to the server, and notes the method of every one. */
async function noting(t: TestContext, target: string) {
  const methods = new Set<string>();
  const url = await serve(t, async (req, res) => {
    methods.add(String(req.method));
    const headers = { authorization: String(req.headers.authorization) };
    const answer = await fetch(`${target}${req.url}`, { headers });
    res.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  return { url, methods };
}

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
