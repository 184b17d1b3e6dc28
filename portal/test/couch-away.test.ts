import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbedded } from '@photomaton/couch/embedded';
import { pino } from 'pino';
import { startStack } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('without CouchDB the portal says 503 and when to come back, and lets nobody in', async (t) => {
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
