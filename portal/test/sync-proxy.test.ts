import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLevelDb } from '@photomaton/couch/leveldb';
import {
  boothDatabase,
  eventDatabase,
  type SettingsDoc,
  type TemplateDoc,
  templateId,
} from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';
import { givenBooth, picture, type TestPhoto } from './booth-with-photos.ts';
import { startStack } from './stack.ts';

/** One transparent pixel. */
const SMALLEST_PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** Enough of the booth's own documents; PouchDB has another idea of what `filters` of a document are. */
type Own = Pick<SettingsDoc, '_id' | 'countdownS'>;

test('a booth replicates through the portal', async (t) => {
  const stack = await startStack(t);
  const mine = await givenBooth(stack, (await stack.account()).id);
  const theirs = await givenBooth(stack, (await stack.account()).id);
  const [photo] = (await mine.add(1)) as [TestPhoto];
  await theirs.add(1);

  const call = (method: string, path: string, body?: unknown, who = mine) =>
    fetch(`${mine.sync}${path}`, {
      method,
      headers: { authorization: who.authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const said = async (answer: Response) => ({
    status: answer.status,
    ...((await answer.json()) as { error?: string; reason?: string }),
  });
  const remote = (db: string) =>
    new PouchDB(`${mine.sync}/${db}`, { auth: { username: `booth-${mine.booth}`, password: mine.key } });

  await t.test(
    'a stock PouchDB client with the device key replicates its own database both ways',
    async (t) => {
      const local = await openLevelDb<Own>(join(stack.dataDir, 'stock-client'));
      t.after(() => local.destroy());
      const settings: SettingsDoc = {
        _id: 'settings',
        type: 'settings',
        event: { id: mine.event, title: mine.name },
        language: 'fr',
        countdownS: 5,
      };
      await stack.couch.put(boothDatabase(mine.booth), settings);
      await local.replicate.from(remote(boothDatabase(mine.booth)));
      assert.equal((await local.get('settings')).countdownS, 5);

      const status = {
        _id: 'status',
        type: 'status',
        at: new Date().toISOString(),
        version: '9.9.9',
        photos: { onBooth: 3, uploading: 0, inCloud: 0 },
        waiting: { [mine.event]: 3 },
        disk: { freeBytes: 1, reserveBytes: 1 },
        refused: [],
      };
      await local.put(status as unknown as Own);
      const result = await local.replicate.to(remote(boothDatabase(mine.booth)));
      assert.equal(result.doc_write_failures, 0);
      const stored = await stack.couch.get<{ version: string }>(boothDatabase(mine.booth), 'status');
      assert.equal(stored?.version, '9.9.9');
    },
  );

  await t.test(
    'a template comes down with its pictures, bit for bit, and so does its next version',
    async (t) => {
      const local = await openLevelDb<TemplateDoc>(join(stack.dataDir, 'template-client'));
      t.after(() => local.destroy());
      const id = templateId('classic');
      const attachment = (content_type: string, bytes: Buffer) => ({
        ...{ content_type, data: bytes.toString('base64') },
      });
      const [first, second] = [await picture('coffee'), await picture('rocket')];
      const layout = { name: 'classic', version: 1 };
      const template = { _id: id, type: 'template', ...layout, layout } as const;
      const pulled = async (name: string) => Buffer.from((await local.getAttachment(id, name)) as Buffer);

      const { rev } = await stack.couch.put(boothDatabase(mine.booth), {
        ...template,
        _attachments: {
          'frame.png': attachment('image/png', SMALLEST_PNG),
          'background.jpg': attachment('image/jpeg', first),
        },
      });
      const { doc_write_failures } = await local.replicate.from(remote(boothDatabase(mine.booth)));
      assert.equal(doc_write_failures, 0);
      assert.equal((await local.get(id)).version, 1);
      assert.deepEqual(await pulled('frame.png'), SMALLEST_PNG);
      assert.deepEqual(await pulled('background.jpg'), first);

      await stack.couch.put(boothDatabase(mine.booth), {
        ...{ ...template, _rev: rev, version: 2, layout: { ...layout, version: 2 } },
        _attachments: { 'background.jpg': attachment('image/jpeg', second) },
      });
      await local.replicate.from(remote(boothDatabase(mine.booth)));
      assert.equal((await local.get(id)).version, 2);
      assert.deepEqual(await pulled('background.jpg'), second);
      await assert.rejects(local.getAttachment(id, 'frame.png'), { status: 404 });
    },
  );

  await t.test('it verifies its photos: revision, digest and length, never bytes', async () => {
    const answer = await call('POST', `/${eventDatabase(mine.event)}/_all_docs?include_docs=true`, {
      keys: [photo.photo._id, 'photo:missing'],
      attachments: true,
    });
    const text = await answer.text();
    assert.equal(answer.status, 200);
    const { rows } = JSON.parse(text);
    assert.equal(rows[0].doc._attachments['photo.jpg'].length, photo.jpeg.length);
    assert.match(rows[0].doc._attachments['photo.jpg'].digest, /^md5-/);
    assert.equal(rows[1].error, 'not_found');
    assert.doesNotMatch(text, /"data":/);
  });

  await t.test('it cannot read photo bytes in any way there is', async () => {
    const db = `/${eventDatabase(mine.event)}`;
    const id = encodeURIComponent(photo.photo._id);
    for (const path of [
      `${db}/${id}/photo.jpg`,
      `${db}/${id}?attachments=true`,
      `${db}/${id}`,
      `${db}/_all_docs?include_docs=true&attachments=true`,
      `${db}/_changes?include_docs=true&attachments=true`,
    ]) {
      assert.equal((await said(await call('GET', path))).status, 403, path);
    }
    const bulk = await call('POST', `${db}/_bulk_get?attachments=true`, { docs: [{ id: photo.photo._id }] });
    assert.equal((await said(bulk)).status, 403);
    const client = remote(eventDatabase(mine.event));
    await assert.rejects(client.getAttachment(photo.photo._id, 'photo.jpg'), { status: 403 });
    await assert.rejects(client.get(photo.photo._id, { attachments: true }), { status: 403 });
    await assert.rejects(client.replicate.to(new PouchDB(join(stack.dataDir, 'thief'))));
  });

  await t.test('it cannot delete or replace a photo, nor with a forged revision', async () => {
    const db = eventDatabase(mine.event);
    const doc = await stack.couch.get<{ _id: string }>(db, photo.photo._id);
    assert.equal(
      (await call('DELETE', `/${db}/${encodeURIComponent(photo.photo._id)}?rev=${doc?._rev}`)).status,
      403,
    );
    const client = remote(db);
    const forged = { ...photo.photo, name: 'forged.jpg' };
    for (const revision of [
      { _rev: '2-bb', _revisions: { start: 2, ids: ['bb', doc?._rev.slice(2)] } },
      { _rev: '2-bb', _revisions: { start: 2, ids: ['bb', 'aa'] } },
      { _rev: '1-ff', _revisions: { start: 1, ids: ['ff'] } },
      { _rev: '2-bb', _deleted: true, _revisions: { start: 2, ids: ['bb', doc?._rev.slice(2)] } },
    ]) {
      const results = (await client.bulkDocs([{ ...forged, ...revision }], {
        new_edits: false,
      })) as unknown[];
      assert.equal(
        (results as { error?: boolean | string }[])[0]?.error !== undefined,
        true,
        JSON.stringify(results),
      );
    }
    const after = await stack.couch.get<{ name: string; _id: string }>(db, photo.photo._id);
    assert.equal(after?._rev, doc?._rev);
    assert.equal(after?.name, photo.name);
  });

  await t.test('inline attachments are refused with a reason that says what to do', async () => {
    const next = await mine.take();
    const inline = {
      ...next.photo,
      _attachments: { 'photo.jpg': { content_type: 'image/jpeg', data: next.jpeg.toString('base64') } },
    };
    const results = (await remote(eventDatabase(mine.event)).bulkDocs(
      [{ ...inline, _rev: '1-aa', _revisions: { start: 1, ids: ['aa'] } }],
      { new_edits: false },
    )) as unknown as { reason?: string; message?: string }[];
    assert.match(JSON.stringify(results), /multipart\/related/);
    assert.equal(await stack.couch.get(eventDatabase(mine.event), next.photo._id), undefined);
  });

  await t.test('it cannot write a design document', async () => {
    for (const db of [eventDatabase(mine.event), boothDatabase(mine.booth)]) {
      for (const path of [`/${db}/_design/evil?new_edits=false`, `/${db}/%5Fdesign%2Fevil?new_edits=false`]) {
        assert.equal((await said(await call('PUT', path, { views: {} }))).status, 403, path);
      }
      const [result] = (await remote(db).bulkDocs([
        { _id: '_design/evil', views: {} } as object,
      ])) as unknown[];
      assert.match(JSON.stringify(result), /error/);
      assert.equal(await stack.admin.get(db, '_design/evil'), undefined);
    }
  });

  await t.test('somebody else’s database is the same as none', async () => {
    const answers = await Promise.all(
      [
        eventDatabase(theirs.event),
        boothDatabase(theirs.booth),
        'event-ffffffffffffffffffffffff',
        'booth-ffffffffffffffffffffffff',
        'fleet',
        '_users',
        '_all_dbs',
      ].flatMap((db) => [call('GET', `/${db}`).then(said), call('POST', `/${db}/_revs_diff`, {}).then(said)]),
    );
    for (const answer of answers) {
      assert.deepEqual(answer, { status: 404, error: 'not_found', reason: 'Database does not exist.' });
    }
    assert.equal((await call('HEAD', `/${eventDatabase(theirs.event)}`)).status, 404);
    assert.equal((await theirs.send((await mine.take()).preview, [])).status, 403);
  });

  await t.test(
    'without a key, with a wrong one, or with the portal’s own password, nobody gets in',
    async () => {
      const { username, password } = stack.portal.admin;
      for (const credentials of ['', `booth-${mine.booth}:wrong`, `${username}:${password}`]) {
        const headers: Record<string, string> = credentials
          ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
          : {};
        const answer = await fetch(`${mine.sync}/`, { headers });
        assert.equal(answer.status, 401, credentials.split(':')[0]);
        await answer.body?.cancel();
      }
    },
  );

  await t.test('cookies neither go through nor come back', async () => {
    const answer = await fetch(`${mine.sync}/`, {
      headers: { authorization: mine.authorization, cookie: 'AuthSession=x' },
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.headers.getSetCookie(), []);
    await answer.body?.cancel();
  });

  await t.test('a body over its limit is refused, announced or not', async () => {
    const path = `/${eventDatabase(mine.event)}/_local/checkpoint`;
    const large = 'x'.repeat(70_000);
    assert.equal((await said(await call('PUT', path, { large }))).status, 413);
    const headers = { authorization: mine.authorization, 'content-type': 'application/json' };
    const body = new Blob([JSON.stringify({ large })]).stream();
    const answer = await fetch(`${mine.sync}${path}`, {
      method: 'PUT',
      headers,
      body,
      duplex: 'half',
    } as RequestInit);
    assert.equal(answer.status, 413);
  });
});
