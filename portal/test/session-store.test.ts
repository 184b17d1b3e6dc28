import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { CouchError } from '@photomaton/couch';
import { type SessionDoc, sessionDocId } from '@photomaton/design-docs/docs';
import session, { type SessionData } from 'express-session';
import { SessionStore, sweepSessions } from '../accounts/session-store.ts';
import { startStack } from './stack.ts';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

test('sessions in CouchDB', async (t) => {
  const { couch } = await startStack(t);
  let nowMs = Date.parse('2026-07-14T12:00:00.000Z');

  function open() {
    const store = new SessionStore({ couch, known: couch, now: () => new Date(nowMs) });
    const sid = randomBytes(24).toString('base64url');
    return {
      sid,
      get: promisify((done: (error: unknown, data?: SessionData | null) => void) => store.get(sid, done)),
      set: promisify((data: SessionData, done: (error: unknown) => void) => store.set(sid, data, done)),
      touch: promisify((data: SessionData, done: (error: unknown) => void) => store.touch(sid, data, done)),
      destroy: promisify((done: (error: unknown) => void) => store.destroy(sid, done)),
      doc: () =>
        couch.get<SessionDoc>('sessions', sessionDocId(createHash('sha256').update(sid).digest('hex'))),
    };
  }
  const data = (over: Partial<SessionData> = {}): SessionData => ({ cookie: new session.Cookie(), ...over });

  await t.test('the id is stored as a hash only', async () => {
    const { set, get, doc, sid } = open();
    await set(data({ csrfToken: 'abc', passport: { user: '0123' } }));
    assert.equal((await get())?.csrfToken, 'abc');
    const stored = await doc();
    assert.equal(stored?.account, '0123');
    assert.ok(!JSON.stringify(stored).includes(sid));
  });

  await t.test('a request in flight during a logout cannot bring the session back', async () => {
    const { set, get, touch, destroy, doc } = open();
    await set(data({ passport: { user: '0123' } }));
    const inFlight = await get();
    assert.ok(inFlight);
    await destroy();
    assert.equal(await get(), null);
    await set({ ...inFlight, csrfToken: 'changed meanwhile' });
    nowMs += 2 * 60_000;
    await touch(inFlight);
    assert.equal(await get(), null);
    assert.equal((await doc())?.data, null);
  });

  await t.test('a session destroyed before it was ever saved stays destroyed', async () => {
    const { set, get, destroy } = open();
    await destroy();
    await set(data());
    assert.equal(await get(), null);
  });

  await t.test('it ends after 12 hours without a visit', async () => {
    const { set, get, touch } = open();
    await set(data());
    nowMs += 11 * HOUR_MS;
    const visited = await get();
    assert.ok(visited);
    await touch(visited);
    nowMs += 11 * HOUR_MS;
    assert.ok(await get());
    nowMs += 2 * HOUR_MS;
    assert.equal(await get(), null);
  });

  await t.test('it ends 30 days after it began, visited or not', async () => {
    const { set, get, touch } = open();
    await set(data());
    const end = nowMs + 30 * DAY_MS;
    while (nowMs + 10 * HOUR_MS < end) {
      nowMs += 10 * HOUR_MS;
      const visited = await get();
      assert.ok(visited);
      await touch(visited);
      await set(visited);
    }
    nowMs = end;
    assert.equal(await get(), null);
  });

  await t.test('visits are written at most once a minute', async () => {
    const { set, get, touch, doc } = open();
    await set(data());
    const before = await doc();
    nowMs += 59_000;
    const visited = await get();
    assert.ok(visited);
    await touch(visited);
    assert.equal((await doc())?._rev, before?._rev);
    nowMs += 2_000;
    await touch(visited);
    assert.notEqual((await doc())?._rev, before?._rev);
  });

  await t.test('one that cannot be written down is no fault of the page', async () => {
    const refused = async () => {
      throw new CouchError('REFUSED', 'no room left', { status: 507 });
    };
    const store = new SessionStore({
      couch: { ...couch, update: refused },
      known: couch,
      now: () => new Date(),
    });
    const touch = promisify((done: (error: unknown) => void) => store.touch('a', data(), done));
    await touch();
    const set = promisify((done: (error: unknown) => void) => store.set('a', data(), done));
    await assert.rejects(set(), { code: 'REFUSED' }, 'a login that is not kept is');
  });

  await t.test('what is over is swept, what is not stays', async () => {
    const [old, ended, young] = [open(), open(), open()];
    await old.set(data());
    await ended.set(data());
    await ended.destroy();
    nowMs += 20 * HOUR_MS;
    await young.set(data());
    await sweepSessions({ couch, now: new Date(nowMs) });
    assert.equal(await old.doc(), undefined);
    assert.equal((await ended.doc())?.data, null, 'a tombstone outlives any request');
    assert.ok(await young.doc());
    nowMs += 5 * HOUR_MS;
    await sweepSessions({ couch, now: new Date(nowMs) });
    assert.equal(await ended.doc(), undefined);
  });
});
