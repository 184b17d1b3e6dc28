import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCouch } from '@photomaton/couch';
import { startEmbedded } from '@photomaton/couch/embedded';
import { eventDatabase } from '@photomaton/design-docs/docs';
import { pino } from 'pino';
import { openCouchServer } from '../couch-server.ts';
import { givenBooth, type TestPhoto } from './booth-with-photos.ts';
import { faultyCouch } from './faulty-couch.ts';
import { startStack } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testCouch } from './test-couch.ts';

const NOT_OURS = process.env.COUCH_URL ? 'not our server to stop' : false;

test('without CouchDB the portal says 503 and when to come back, and lets nobody in', {
  skip: NOT_OURS,
}, async (t) => {
  const admin = { username: 'admin', password: 'admin password' };
  const log = pino({ level: 'silent' });
  const dir = join(await temporaryFolder(t), 'couch');
  let server = await startEmbedded({ dir, port: 0, admin, log });
  t.after(() => server.stop());
  const { url } = server;
  const stack = await startStack(t, { couch: { kind: 'server', admin: { url, ...admin } } });
  const operator = await stack.visitor(await stack.account({ role: 'operator' }));
  const health = () => fetch(`${stack.url}/healthz`);
  assert.equal((await health()).status, 200);
  assert.equal((await operator.get('/customers')).status, 200);

  await server.stop();
  const away = await health();
  assert.equal(away.status, 503);
  assert.deepEqual(Object.keys((await away.json()) as object), ['status', 'version', 'reason']);
  const page = await operator.get('/customers');
  assert.equal(page.status, 503);
  assert.equal(page.headers.get('retry-after'), '20');
  assert.match(await page.text(), /Your photos are safe/);
  assert.equal((await operator.get('/look/look.css')).status, 200);

  server = await startEmbedded({ dir, port: server.port, admin, log });
  assert.equal((await health()).status, 200);
  assert.equal((await operator.get('/customers')).status, 200, 'still logged in');
});

test('a CouchDB that takes no writes, or stands still, is 503 where it matters, and all is well after', async (t) => {
  const config = { dataDir: await temporaryFolder(t), couch: await testCouch(t) };
  const server = await openCouchServer({ config, log: pino({ level: 'silent' }) });
  t.after(() => server.stop());
  const { url, username, password } = server.admin;
  const couch = await faultyCouch(t, url);
  const admin = { url: couch.url, username, password };
  const stack = await startStack(t, { couch: { kind: 'server', admin } });
  const customer = await stack.account();
  const owner = await stack.visitor(customer);
  const booth = await givenBooth(stack, customer.id);
  const [photo] = (await booth.add(1)) as [TestPhoto];
  const gallery = `/events/${booth.event}`;
  const hide = () => owner.post(`${gallery}/marks`, { act: 'hide', photo: photo.key });
  const truth = openCouch({ ...admin, url });
  const markOf = () => truth.get(eventDatabase(booth.event), `mark:${photo.key}`);

  couch.has({ kind: 'read-only' });
  const shown = await owner.get(gallery);
  assert.equal(shown.status, 200, 'what is there is shown');
  assert.match(await shown.text(), new RegExp(photo.key));
  const refused = await hide();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '20');
  assert.match(await refused.text(), /Your photos are safe/);
  assert.equal((await (await stack.visitor()).get(booth.sharePath(photo.n))).status, 200);
  couch.has({ kind: 'none' });
  assert.equal(await markOf(), undefined, 'nothing half-done');
  assert.equal((await hide()).status, 303);
  assert.ok(await markOf());

  couch.has({ kind: 'stalled', db: eventDatabase(booth.event) });
  const [page, bytes] = await Promise.all([
    owner.get(gallery),
    owner.get(`${gallery}/photos/${photo.key}/thumbnail`),
  ]);
  assert.deepEqual([page.status, bytes.status], [503, 503]);
  assert.match(await page.text(), /Your photos are safe/);
  assert.equal((await owner.get('/events/new')).status, 200, 'the rest goes on');
  couch.has({ kind: 'none' });
  assert.equal((await owner.get(gallery)).status, 200);
});
