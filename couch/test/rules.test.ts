import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { systemDesign } from '@photomaton/design-docs/assemble';
import {
  boothDatabase,
  boothUser,
  digestOf,
  eventDatabase,
  extraId,
  PORTAL_ROLE,
  photoId,
  previewId,
} from '@photomaton/design-docs/docs';
import { openCouch } from '../client.ts';
import type { CouchAddress } from '../index.ts';
import { openRequests } from '../request.ts';
import { openProvisioner } from '../setup.ts';
import { bringDesign } from '../upgrade.ts';
import { userId } from '../users.ts';
import { multipartRelated } from './multipart.ts';
import { raw, testDatabase, testServer, tidy, uniqueId } from './server.ts';

/** A server with an event, two booths of which one belongs to it, the portal, and nobody. */
async function stage(t: TestContext) {
  const admin = await testServer(t);
  const provisioner = openProvisioner(admin);
  const [event, otherEvent, booth, stranger] = [uniqueId(), uniqueId(), uniqueId(), uniqueId()];
  for (const id of [event, otherEvent]) await provisioner.createEventDatabase(id);
  await provisioner.setEventBooths(event, [booth]);
  await provisioner.setEventBooths(otherEvent, [stranger]);
  const as = (username: string, password: string): CouchAddress => ({ ...admin, username, password });
  for (const id of [booth, stranger]) {
    await provisioner.createBoothDatabase(id);
    await provisioner.putDeviceKey(id, `key of ${id}`);
  }
  const name = `test-portal-${uniqueId()}`;
  const user = { _id: userId(name), type: 'user', name, roles: [PORTAL_ROLE], password: 'portal' };
  const portalUser = await openCouch(admin).put('_users', user);
  tidy(t, async () => {
    for (const id of [booth, stranger]) await provisioner.removeDeviceKey(id);
    for (const id of [event, otherEvent]) await provisioner.dropEventDatabase(id);
    for (const id of [booth, stranger]) await raw(admin, 'DELETE', boothDatabase(id));
    await openCouch(admin).remove('_users', user._id, portalUser.rev);
  });
  return {
    event: eventDatabase(event),
    otherEvent: eventDatabase(otherEvent),
    db: boothDatabase(booth),
    otherDb: boothDatabase(stranger),
    boothId: booth,
    strangerId: stranger,
    admin,
    portal: as(name, 'portal'),
    booth: as(boothUser(booth), `key of ${booth}`),
    stranger: as(boothUser(stranger), `key of ${stranger}`),
    nobody: as('', ''),
  };
}

const content = (text: string) => {
  const bytes = Buffer.from(text);
  const md5 = createHash('md5').update(bytes).digest('hex');
  return { bytes, md5, digest: digestOf(md5) };
};

function photo(booth: string, n: number, text = `photo ${n}`) {
  const picture = content(text);
  const key = { time: '20260714T133012.042Z', booth, n };
  const common = {
    booth,
    n,
    name: '14Jul2026_153012.jpg',
    takenAt: '2026-07-14T15:30:12.042+02:00',
    width: 18,
    height: 12,
  };
  const clock = { bootId: 'b1', monotonicMs: 12, trusted: true };
  const _id = photoId(key, picture.md5);
  const doc = { _id, type: 'photo', ...common, bytes: picture.bytes.length, clock };
  const preview = { _id: previewId(key), type: 'preview', ...common, photo: _id };
  return { picture, doc, preview };
}

const revised = (rev: string, ...before: string[]) => {
  const [start, id] = rev.split('-');
  return { _rev: rev, _revisions: { start: Number(start), ids: [id, ...before] } };
};

/** As replication sends it: with its own revision. */
const push = (
  as: CouchAddress,
  db: string,
  { doc, picture }: Pick<ReturnType<typeof photo>, 'doc' | 'picture'>,
  revision: object = revised('1-aa'),
) =>
  raw(
    as,
    'PUT',
    `${db}/${encodeURIComponent(doc._id)}?new_edits=false`,
    multipartRelated({ ...doc, ...revision }, { 'photo.jpg': picture }),
  );

const logo = (name = 'logo.webp') => ({
  _attachments: { [name]: { content_type: 'image/webp', data: Buffer.from('logo').toString('base64') } },
});

/** A change of the document that names its attachment only leaves it there, of the same digest. */
async function keepsItsLogo(portal: CouchAddress, db: string, id: string): Promise<void> {
  const couch = openCouch(portal);
  const digestNow = async () => (await couch.get(db, id))?._attachments?.['logo.webp']?.digest;
  const { digest } = content('logo');
  assert.equal(await digestNow(), digest);
  await couch.update(db, id, (found) => found && { ...found });
  assert.equal(await digestNow(), digest);
}

test('the rules on a server', async (t) => {
  const s = await stage(t);

  await t.test('a booth adds its photos to its event', async () => {
    const shot = photo(s.boothId, 1);
    assert.equal((await push(s.booth, s.event, shot)).status, 201);
    const again = await push(s.booth, s.event, shot);
    assert.ok(again.status === 201 || again.status === 200, 'the same again is nothing new');
    const { picture, preview } = shot;
    const small = multipartRelated(
      { ...preview, ...revised('1-aa') },
      { 'thumbnail.jpg': picture, 'screen.jpg': picture },
    );
    const id = encodeURIComponent(preview._id);
    assert.equal((await raw(s.booth, 'PUT', `${s.event}/${id}?new_edits=false`, small)).status, 201);
    const stored = await openCouch(s.admin).get(s.event, shot.doc._id);
    assert.equal(stored?._attachments?.['photo.jpg']?.digest, picture.digest);
    const counted = await openCouch(s.portal).view(s.event, 'event', 'photos', {});
    assert.deepEqual(
      counted.rows.map((row) => row.key),
      [[s.boothId, 1]],
    );
  });

  await t.test('the portal marks a photo, removes it, and leaves a record that stays', async () => {
    const couch = openCouch(s.portal);
    const shot = photo(s.boothId, 9);
    const [, key = ''] = /^photo:(.+):/.exec(shot.doc._id) ?? [];
    await push(s.booth, s.event, shot);
    const act = { at: '2026-07-15T08:00:00.000Z', by: 'a' };
    const until = '2026-07-22T08:00:00.000Z';
    const mark = { _id: `mark:${key}`, type: 'mark', deleted: { ...act, until } };
    const { rev } = await couch.put(s.event, mark);
    const bin = await couch.view(s.event, 'event', 'bin', { endkey: until });
    assert.deepEqual(
      bin.rows.map((row) => row.id),
      [mark._id],
    );
    const removal = { _id: `removal:${key}`, type: 'removal', ...act };
    const removed = await couch.put(s.event, removal);
    await assert.rejects(couch.remove(s.event, removal._id, removed.rev), { code: 'FORBIDDEN' });
    assert.equal((await raw(s.booth, 'PUT', `${s.event}/${mark._id}?rev=${rev}`, mark)).status, 403);
    await couch.remove(s.event, shot.doc._id, '1-aa');
    await couch.remove(s.event, mark._id, rev);
    assert.ok([200, 201].includes((await push(s.booth, s.event, shot)).status), 'sent again, it is known');
    assert.equal(await couch.get(s.event, shot.doc._id), undefined, 'and stays removed');
    const linked = await couch.view(s.event, 'event', 'previews', { key: [s.boothId, 9] });
    assert.deepEqual(
      linked.rows.map((row) => row.id),
      [removal._id],
    );
  });

  await t.test(
    'the portal adds a photo of another event, again when it comes back, and replaces none',
    async () => {
      const couch = openCouch(s.portal);
      const shot = photo(s.boothId, 12);
      const [, key = ''] = /^photo:(.+):/.exec(shot.doc._id) ?? [];
      assert.equal((await push(s.portal, s.event, shot)).status, 201);
      const forged = { ...shot, picture: content('forged!') };
      assert.equal((await push(s.portal, s.event, forged, revised('1-ff'))).status, 403);
      for (const revision of [revised('2-bb', 'aa'), revised('2-bb')])
        assert.equal((await push(s.portal, s.event, shot, revision)).status, 403);
      const act = { at: '2026-07-15T08:00:00.000Z', by: 'a' };
      const removal = { _id: `removal:${key}`, type: 'removal', ...act, movedTo: 'e'.repeat(24) };
      const { rev } = await couch.put(s.event, removal);
      await couch.remove(s.event, shot.doc._id, '1-aa');
      assert.equal((await push(s.portal, s.event, shot, revised('1-cc'))).status, 201);
      assert.equal((await couch.get(s.event, shot.doc._id))?._rev, '1-cc');
      await assert.rejects(couch.remove(s.event, removal._id, rev), { code: 'FORBIDDEN' });
      const { movedTo: _, ...deleted } = { ...removal, _rev: rev };
      const last = await couch.put(s.event, deleted);
      await assert.rejects(couch.put(s.event, { ...removal, _rev: last.rev }), { code: 'FORBIDDEN' });
      const mark = { _id: `mark:${key}`, type: 'mark', moving: { to: 'e'.repeat(24), ...act } };
      await couch.put(s.event, mark);
      const { rows } = await couch.view(s.event, 'event', 'moves', {
        startkey: ['leaves'],
        endkey: ['leaves', {}],
      });
      assert.deepEqual(
        rows.map(({ key: row }) => row),
        [['leaves', act.at, mark._id]],
      );
    },
  );

  await t.test("not another booth's, not to another event", async () => {
    const refused = await push(s.booth, s.event, photo(s.strangerId, 2));
    assert.deepEqual([refused.status, refused.reason], [403, 'a booth adds photos of its own only']);
    assert.equal((await push(s.booth, s.otherEvent, photo(s.boothId, 2))).status, 403);
    assert.equal((await push(s.stranger, s.event, photo(s.strangerId, 2))).status, 403);
    assert.equal((await push(s.nobody, s.event, photo(s.boothId, 2))).status, 401);
  });

  await t.test('a forged revision replaces nothing', async () => {
    const shot = photo(s.boothId, 3);
    assert.equal((await push(s.booth, s.event, shot)).status, 201);
    const forged = { ...shot, picture: content('forged!') };
    for (const revision of [revised('2-bb', 'aa'), revised('2-bb'), revised('1-ff')]) {
      const refused = await push(s.booth, s.event, forged, revision);
      assert.equal(refused.status, 403, JSON.stringify(refused));
    }
    // Same picture, but a revision with a past: the document's other fields are not to be changed either.
    for (const revision of [revised('2-bb', 'aa'), revised('2-bb'), revised('3-cc', 'bb', 'aa')]) {
      assert.equal((await push(s.booth, s.event, shot, revision)).status, 403);
    }
    // The digest of the id, with the bytes of another picture: the server checks what the client claims.
    const lying = { ...shot, picture: { ...forged.picture, digest: shot.picture.digest } };
    const doc = { ...shot.doc, bytes: forged.picture.bytes.length };
    assert.ok((await push(s.booth, s.event, { ...lying, doc }, revised('1-ee'))).status >= 400);
    const stored = await openCouch(s.admin).get(s.event, shot.doc._id);
    assert.equal(stored?._rev, '1-aa');
    assert.equal(stored._attachments?.['photo.jpg']?.digest, shot.picture.digest);
  });

  await t.test('shots and clips travel as photos do, under the same rules', async () => {
    const { picture, doc: itsPhoto } = photo(s.boothId, 9);
    const key = { time: '20260714T133012.042Z', booth: s.boothId, n: 9 };
    const common = { booth: s.boothId, n: 9, photo: itsPhoto._id, width: 18, height: 12 };
    const bytes = picture.bytes.length;
    const shot = { _id: extraId('shot', key, picture.md5), type: 'shot', ...common, shots: [0], bytes };
    const clip = { _id: extraId('clip', key, picture.md5), type: 'clip', ...common, format: 'mp4', bytes };
    for (const [doc, name, type] of [
      [shot, 'shot.jpg', 'image/jpeg'],
      [clip, 'clip.mp4', 'video/mp4'],
    ] as const) {
      const put = (as: CouchAddress, content: typeof picture, revision = revised('1-aa')) =>
        raw(
          as,
          'PUT',
          `${s.event}/${encodeURIComponent(doc._id)}?new_edits=false`,
          multipartRelated({ ...doc, ...revision }, { [name]: content }, type),
        );
      assert.equal((await put(s.stranger, picture)).status, 403);
      assert.equal((await put(s.booth, picture)).status, 201);
      assert.equal((await put(s.booth, content('forged!'), revised('1-ff'))).status, 403);
      assert.equal((await put(s.booth, picture, revised('2-bb', 'aa'))).status, 403);
      const stored = await openCouch(s.admin).get(s.event, doc._id);
      assert.deepEqual(
        [stored?._rev, stored?._attachments?.[name]?.digest, stored?._attachments?.[name]?.content_type],
        ['1-aa', picture.digest, type],
      );
    }
  });

  await t.test('a booth deletes nothing', async () => {
    const shot = photo(s.boothId, 4);
    await push(s.booth, s.event, shot);
    const path = `${s.event}/${encodeURIComponent(shot.doc._id)}`;
    const deleted = await raw(s.booth, 'DELETE', `${path}?rev=1-aa`);
    assert.deepEqual([deleted.status, deleted.reason], [403, 'a booth deletes nothing']);
    const tombstone = { ...revised('2-bb', 'aa'), _id: shot.doc._id, _deleted: true };
    const docs = { docs: [tombstone], new_edits: false };
    const [refused] = (await raw(s.booth, 'POST', `${s.event}/_bulk_docs`, docs)).rows as { error: string }[];
    assert.equal(refused?.error, 'forbidden');
    assert.equal((await raw(s.booth, 'DELETE', s.event)).status, 401);
    assert.ok(await openCouch(s.admin).get(s.event, shot.doc._id));
  });

  await t.test('inline attachments are refused with a reason that helps', async () => {
    const { doc, picture } = photo(s.boothId, 5);
    const data = picture.bytes.toString('base64');
    const inline = {
      ...doc,
      ...revised('1-aa'),
      _attachments: { 'photo.jpg': { content_type: 'image/jpeg', data, digest: picture.digest } },
    };
    const docs = { docs: [inline], new_edits: false };
    const answer = await raw(s.booth, 'POST', `${s.event}/_bulk_docs`, docs);
    const [refused] = answer.rows as { error: string; reason: string }[];
    assert.equal(refused?.error, 'forbidden');
    assert.match(refused.reason, /multipart\/related.*no digest/);
    assert.equal(await openCouch(s.admin).get(s.event, doc._id), undefined);
  });

  await t.test('the structure holds for administrators too', async () => {
    for (const doc of [{ _id: 'note' }, { ...photo(s.boothId, 6).doc }]) {
      assert.equal((await raw(s.admin, 'PUT', `${s.event}/${encodeURIComponent(doc._id)}`, doc)).status, 403);
    }
  });

  await t.test('nobody but an administrator writes design documents or security', async () => {
    const ddoc = { _id: '_design/evil', language: 'javascript', views: {} };
    for (const as of [s.booth, s.portal, s.stranger, s.nobody]) {
      for (const db of [s.event, s.db]) {
        const before = await raw(s.admin, 'GET', `${db}/_security`);
        for (const path of [`${db}/_design/evil`, `${db}/_security`]) {
          // CouchDB 3.5 refuses `_security` with 500.
          assert.ok((await raw(as, 'PUT', path, ddoc)).status >= 400, `${as.username} ${path}`);
        }
        const forged = { docs: [{ ...ddoc, ...revised('9-aa') }], new_edits: false };
        await raw(as, 'POST', `${db}/_bulk_docs`, forged);
        assert.equal(await openCouch(s.admin).get(db, ddoc._id), undefined);
        assert.deepEqual(await raw(s.admin, 'GET', `${db}/_security`), before);
      }
    }
  });

  await t.test('a booth writes its status in its own database, the portal all else', async () => {
    const status = {
      _id: 'status',
      type: 'status',
      at: '2026-07-14T13:30:12.042Z',
      version: '0.1.0',
      photos: { onBooth: 0, uploading: 0, inCloud: 1 },
      waiting: {},
      disk: { freeBytes: 1, reserveBytes: 1 },
      refused: [],
    };
    const event = { id: s.event.slice('event-'.length), title: 'x' };
    const settings = {
      ...{ _id: 'settings', type: 'settings', event, language: 'fr', countdownS: 3 },
      ...{ templates: ['gold'], languages: ['fr'], filters: ['none'], keepShots: true, pin: '123456' },
      ...{ modes: ['strip'], mirror: false, volume: 0, idle: 'calm' },
      sendBetween: { from: '22:00', to: '07:00' },
    };
    const put = (as: CouchAddress, db: string, doc: { _id: string }) =>
      raw(as, 'PUT', `${db}/${doc._id}`, doc);
    assert.equal((await put(s.booth, s.db, settings)).reason, 'a booth writes its status and receipts only');
    assert.equal((await put(s.portal, s.db, { ...settings, volume: 101 } as { _id: string })).status, 403);
    const told = await put(s.portal, s.db, { ...settings, ...logo() } as { _id: string });
    assert.equal(told.status, 201);
    await keepsItsLogo(s.portal, s.db, settings._id);
    assert.equal(
      (await put(s.portal, s.db, status)).reason,
      'the portal writes settings, a key, templates and deletions only',
    );
    const applied = { rev: told.rev, at: status.at, refused: [{ name: 'templates', reason: 'not here' }] };
    const saying = { ...status, settings: applied, owes: [event.id] };
    const { status: code, rev } = await put(s.booth, s.db, saying);
    assert.equal(code, 201);
    assert.equal((await raw(s.booth, 'DELETE', `${s.db}/status?rev=${rev}`)).status, 403);
    assert.equal((await put(s.booth, s.otherDb, status)).status, 403);
    assert.equal((await raw(s.booth, 'GET', `${s.otherDb}/settings`)).status, 403);
    assert.equal((await raw(s.nobody, 'GET', `${s.db}/settings`)).status, 401);
  });

  await t.test('an event has what can be chosen, by the portal alone', async () => {
    const couch = openCouch(s.admin);
    const db = await testDatabase(t, s.admin);
    await bringDesign({ couch, request: openRequests(s.admin) }, db, systemDesign().fleet);
    const members = { admins: { roles: ['_admin'] }, members: { names: [], roles: [PORTAL_ROLE] } };
    await raw(s.admin, 'PUT', `${db}/_security`, members);
    const event = {
      ...{
        _id: `event:${'0a'.repeat(12)}`,
        type: 'event',
        event: '0a'.repeat(12),
        owner: 'lea',
        title: 'Léa',
      },
      ...{
        kind: 'party',
        createdAt: '2026-07-01T12:00:00Z',
        booths: [],
        languages: ['fr'],
        modes: ['strip'],
      },
      ...{ days: { from: '2026-07-14', to: '2026-07-15' }, keepDays: 30, accent: '#00ff7f' },
      guests: { download: true },
    };
    const portal = openCouch(s.portal);
    for (const change of [{ keepDays: 1 }, { accent: 'red' }, { days: undefined }, logo('logo.svg')]) {
      await assert.rejects(portal.put(db, { ...event, ...change }), { code: 'FORBIDDEN' });
    }
    await portal.put(db, { ...event, ...logo() });
    await keepsItsLogo(s.portal, db, event._id);
    const { rows } = await portal.view(db, 'fleet', 'by_day', { startkey: ['lea'], endkey: ['lea', {}] });
    assert.deepEqual(
      rows.map(({ key }) => key),
      [['lea', '2026-07-14', event.event]],
    );
  });

  await t.test('audit and sessions keep what happened', async () => {
    const couch = openCouch(s.admin);
    const { audit, sessions } = systemDesign();
    for (const [design, doc, change] of [
      [
        audit,
        {
          _id: 'audit:20260714T133012.042Z:0a',
          type: 'audit',
          at: '2026-07-14T13:30:12Z',
          action: 'a',
          actor: null,
        },
        { action: 'b' },
      ],
      [
        sessions,
        {
          _id: `session:${'0a'.repeat(32)}`,
          type: 'session',
          account: null,
          data: null,
          createdAt: '2026-07-14T13:30:12Z',
          expiresAt: '2026-07-14T13:30:12Z',
        },
        { data: '{}' },
      ],
    ] as const) {
      const db = await testDatabase(t, s.admin);
      await bringDesign({ couch, request: openRequests(s.admin) }, db, design);
      const members = { admins: { roles: ['_admin'] }, members: { names: [], roles: [PORTAL_ROLE] } };
      await raw(s.admin, 'PUT', `${db}/_security`, members);
      const { rev } = await openCouch(s.portal).put(db, doc);
      await assert.rejects(openCouch(s.portal).put(db, { ...doc, ...change, _rev: rev }), {
        code: 'FORBIDDEN',
      });
      await assert.rejects(openCouch(s.booth).get(db, doc._id), { code: 'FORBIDDEN' });
    }
  });
});
