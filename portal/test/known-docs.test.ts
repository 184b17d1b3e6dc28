import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Couch, openCouch } from '@photomaton/couch';
import { openProvisioner } from '@photomaton/couch/setup';
import type { SessionDoc } from '@photomaton/design-docs/docs';
import { pino } from 'pino';
import { sessionIdOf } from '../accounts/session-store.ts';
import { openCouchServer } from '../couch-server.ts';
import { openKnownDocs } from '../known-docs.ts';
import { eventually } from './eventually.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testCouch } from './test-couch.ts';

const log = pino({ level: 'silent' });

/** A way to the server that can be cut, or fall silent. */
async function lineTo(t: TestContext, target: string) {
  const { port, hostname } = new URL(target);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined).on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  t.after(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => {
      isCut = false;
    },
    silence: () => {
      for (const socket of sockets) socket.pause();
    },
  };
}

test('what this node knows of a session is never older than its feed', async (t) => {
  const config = { dataDir: await temporaryFolder(t), couch: await testCouch(t) };
  const server = await openCouchServer({ config, log });
  t.after(() => server.stop());
  const { admin } = server;
  await openProvisioner(admin).setUp({ portalPassword: 'portal password' });
  const elsewhere = openCouch(admin);
  const line = await lineTo(t, admin.url);

  let reads = 0;
  let beforeAnswer = async () => {};
  let says: string | undefined;
  const couch: Couch = {
    ...elsewhere,
    async get<T>(db: string, id: string) {
      reads += 1;
      const found = await elsewhere.get<T>(db, id);
      await beforeAnswer();
      return found && says !== undefined ? { ...found, data: says } : found;
    },
  };
  let aheadMs = 0;
  const nowMs = () => performance.now() + aheadMs;
  const known = openKnownDocs({ couch, couchAddress: { ...admin, url: line.url }, log, nowMs });
  let heard = 0;
  known.onChange('sessions', () => {
    heard += 1;
  });
  await known.start();
  t.after(() => known.stop());

  const at = new Date().toISOString();
  const _id = sessionIdOf('a session');
  const session: SessionDoc = {
    ...{ _id, type: 'session', account: null, data: '0' },
    ...{ createdAt: at, expiresAt: at },
  };
  const write = (on: Pick<Couch, 'update'>, data: string) =>
    on.update<SessionDoc>('sessions', _id, () => ({ ...session, data }));
  const read = async () => (await known.get<SessionDoc>('sessions', _id))?.data;
  const isRead = async () => {
    const before = reads;
    await read();
    return reads > before;
  };
  const isKnown = async () => !(await isRead());
  await write(elsewhere, '0');
  await eventually('the feed', isKnown);

  await t.test('changed on this node, it is read again at once', async () => {
    await write(known.couch, 'here');
    assert.equal(await read(), 'here');
    const _rev = (await elsewhere.get('sessions', _id))?._rev;
    await known.couch.putMany('sessions', [{ ...session, ...(_rev && { _rev }), data: 'among many' }]);
    assert.equal(await read(), 'among many');
  });

  await t.test('changed on another, with the next line of the feed', async () => {
    const before = heard;
    await write(elsewhere, 'elsewhere');
    await eventually('the change', async () => heard > before);
    assert.equal(await read(), 'elsewhere');
  });

  await t.test('what was read while it was changed is not kept', async () => {
    await write(known.couch, 'before');
    beforeAnswer = async () => {
      beforeAnswer = async () => {};
      await write(known.couch, 'after');
    };
    assert.equal(await read(), 'before');
    assert.equal(await read(), 'after');
  });

  await t.test('that there is none is not kept', async () => {
    const none = () => known.get('sessions', sessionIdOf('another'));
    await none();
    const before = reads;
    await none();
    assert.equal(reads, before + 1);
  });

  await t.test('after ten seconds it is read again, whatever the feed said', async () => {
    await eventually('the end of its own news', isKnown);
    says = 'later';
    aheadMs += 11_000;
    await eventually('the next heartbeat', isKnown);
    assert.equal(await read(), 'later');
    says = undefined;
  });

  await t.test('without the feed nothing is known', async () => {
    line.cut();
    await eventually('the end of the connection', isRead);
    await write(elsewhere, 'while it was cut');
    assert.equal(await read(), 'while it was cut');
    line.mend();
    await eventually('the feed', isKnown);
    assert.equal(await read(), 'while it was cut');
  });

  await t.test('nor with one that is silent', async () => {
    line.silence();
    aheadMs += 3_000;
    assert.equal(await isRead(), true);
    assert.equal(await isRead(), true);
  });
});
