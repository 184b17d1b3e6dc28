import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startEmbedded } from '@photomaton/couch/embedded';
import { boothDatabase, eventDatabase, type SettingsDoc, type StatusDoc } from '@photomaton/design-docs/docs';
import { quiet, tempFolder } from './context.ts';
import { deleteDatabase, makeSite, settingsOf, startServer } from './site.ts';
import { openBooth, originals, STALL_MS, save, sha256, until } from './syncing-booth.ts';

test('photos taken offline all arrive, bit for bit, previews too, and are let go', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  booth.online.is = false;
  booth.previews.start();
  const taken: Buffer[] = [];
  for (let i = 0; i < 12; i += 1) taken.push(await save(booth.store));
  await until(() => booth.store.withoutPreview().length === 0, 'previews made');
  assert.deepEqual(await booth.sync.cycle(), { kind: 'offline', problem: 'offline', reason: 'ENETUNREACH' });
  assert.ok((await booth.store.list()).every(({ state }) => state === 'on-booth'));

  booth.online.is = true;
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
  const db = eventDatabase(site.event);
  assert.equal(
    (await site.couch.range(db, { startkey: 'preview:', endkey: 'preview;', limit: 100 })).length,
    12,
  );
  assert.ok((await booth.store.list()).every(({ state }) => state === 'in-cloud'));
  const status = await site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');
  assert.deepEqual(status?.photos, { onBooth: 0, uploading: 0, inCloud: 12 });
  assert.deepEqual(status?.waiting, {});
  assert.equal(status?.lastSync?.outcome, 'ok');
});

test('a document that the server loses after the push is noticed and sent again', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let lose = true;
  const booth = await openBooth(t, site, {
    // A server that says yes and stores nothing.
    fetch: (input, init) =>
      lose && init?.method === 'PUT' && String(input).includes('new_edits=false')
        ? Promise.resolve(Response.json({ ok: true, id: 'x', rev: '1-x' }, { status: 201 }))
        : fetch(input, init),
  });
  const jpeg = await save(booth.store);
  const first = await booth.sync.cycle();
  assert.equal(first.kind, 'incomplete');
  assert.equal((await booth.store.list())[0]?.state, 'on-booth');
  lose = false;
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), [sha256(jpeg)]);
});

test('a line that breaks in the middle of a batch costs nothing that had arrived', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let puts = 0;
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      const isPut = init?.method === 'PUT' && String(input).includes('new_edits');
      if (isPut) puts += 1;
      if (isPut && puts === 10)
        return Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }));
      return fetch(input, init);
    },
  });
  const taken: Buffer[] = [];
  for (let i = 0; i < 16; i += 1) taken.push(await save(booth.store));
  assert.deepEqual(await booth.sync.cycle(), { kind: 'offline', problem: 'offline', reason: 'ECONNRESET' });
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
  assert.equal(puts, 17, 'the broken one twice, every other once');
});

test('a server that is stopped in the middle of a batch and started again has every photo once', {
  skip: process.env.COUCH_URL ? 'not our server to stop' : false,
}, async (t) => {
  const options = {
    ...{ dir: await tempFolder(t), log: quiet, admin: { username: 'admin', password: 'secret' } },
  };
  let server = await startEmbedded({ ...options, port: 0 });
  t.after(() => server.stop());
  const site = await makeSite(t, { url: server.url, ...options.admin });
  let stopAt = 5;
  let stopped: Promise<void> | undefined;
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      if (init?.method === 'PUT' && String(input).includes('new_edits')) stopAt -= 1;
      if (stopAt === 0) stopped ??= server.stop();
      return fetch(input, init);
    },
  });
  const taken: Buffer[] = [];
  for (let i = 0; i < 16; i += 1) taken.push(await save(booth.store));
  assert.equal((await booth.sync.cycle()).kind, 'offline');
  await stopped;
  stopAt = -1;
  server = await startEmbedded({ ...options, port: server.port });
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
});

test('previews go before originals, originals oldest first', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const sent: string[] = [];
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      const id = /(preview|photo)%3A[^?]*/.exec(String(input))?.[0];
      if (init?.method === 'PUT' && id) sent.push(decodeURIComponent(id));
      return fetch(input, init);
    },
  });
  booth.previews.start();
  for (let i = 0; i < 20; i += 1) await save(booth.store, 3_000);
  await until(() => booth.store.withoutPreview().length === 0, 'previews made');
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.equal(sent.length, 40);
  assert.ok(sent.slice(0, 20).every((id) => id.startsWith('preview:')));
  // Several travel at once, so "oldest first" is by round.
  const numbers = sent.slice(20).map((id) => Number(id.split(':')[3]));
  assert.deepEqual(
    numbers.slice(0, 16).sort((a, b) => a - b),
    Array.from({ length: 16 }, (_, i) => i + 1),
  );
});

test('photos taken before there is an event wait for it', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const { couch, booth: id } = site;
  await couch.remove(
    boothDatabase(id),
    'settings',
    (await couch.get(boothDatabase(id), 'settings'))?._rev ?? '',
  );
  const booth = await openBooth(t, site);
  const jpeg = await save(booth.store);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'no-event' });
  await couch.put(boothDatabase(id), settingsOf(site.event));
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), [sha256(jpeg)]);
});

test('a booth without rights gets a state, and keeps its photos', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  await save(booth.store);
  await site.provisioner.setEventBooths(site.event, []);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'stopped', reason: 'forbidden' });
  await deleteDatabase(site.admin, eventDatabase(site.event));
  assert.deepEqual(await booth.sync.cycle(), { kind: 'stopped', reason: 'no-such-database' });
  assert.equal((await booth.store.list())[0]?.state, 'on-booth');
});

test('a wrong key gets a state', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, { ...site, key: 'wrong' });
  await save(booth.store);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'stopped', reason: 'unauthorized' });
});

test('a document that the server refuses is kept and named, and does not hold up the others', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let refused = '';
  const booth = await openBooth(t, site, {
    fetch: (input, init) =>
      init?.method === 'PUT' && String(input).includes(encodeURIComponent(refused))
        ? Promise.resolve(Response.json({ error: 'forbidden', reason: 'not today' }, { status: 403 }))
        : fetch(input, init),
  });
  await save(booth.store);
  refused = (await booth.store.list())[0]?.id ?? '';
  const taken = [await save(booth.store), await save(booth.store)];
  assert.equal((await booth.sync.cycle()).kind, 'incomplete');
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
  assert.deepEqual(
    (await booth.store.list()).map(({ state }) => state),
    ['in-cloud', 'in-cloud', 'on-booth'],
  );
  const status = await site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');
  assert.deepEqual(status?.refused, [{ id: refused, reason: 'not today' }]);
  assert.deepEqual(status?.waiting, { [site.event]: 1 });
});

test('a server that does not answer costs one deadline', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site, {
    fetch: (_input, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      }),
  });
  const started = performance.now();
  assert.deepEqual(await booth.sync.cycle(), { kind: 'offline', problem: 'offline', reason: 'no answer' });
  assert.ok(performance.now() - started < 2 * STALL_MS);
});

test('a busy server says how long to wait, and a login page is no server', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let answer = () => new Response('{}', { status: 503, headers: { 'retry-after': '7' } });
  const booth = await openBooth(t, site, { fetch: () => Promise.resolve(answer()) });
  assert.deepEqual(await booth.sync.cycle(), { kind: 'busy', retryAfterMs: 7000 });
  answer = () => new Response('<html>Welcome to our hotel', { headers: { 'content-type': 'text/html' } });
  assert.equal((await booth.sync.cycle()).kind, 'offline');
});

test('a cycle in which there is nothing to do is at most three requests', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let requests: string[] = [];
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      requests.push(`${init?.method ?? 'GET'} ${String(input).replace(/.*\/(booth|event)-[0-9a-f]+/, '$1')}`);
      return fetch(input, init);
    },
  });
  await save(booth.store);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  await booth.sync.cycle(); // brings the status back that it has just sent
  requests = [];
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.equal(requests.length, 2, requests.join('\n'));
  assert.match(requests.join('\n'), /^GET booth\/_changes\?since=.*&limit=1\nGET event\/$/);

  await site.couch.update<SettingsDoc>(boothDatabase(site.booth), 'settings', (settings) => {
    assert.ok(settings);
    return { ...settings, countdownS: 7 };
  });
  await booth.sync.cycle();
  assert.equal((await booth.boothDb.settings())?.countdownS, 7, 'news comes all the same');
});

test('what the server refuses is not tried in every cycle, and holds up nothing', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let puts = 0;
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      if (init?.method !== 'PUT' || !String(input).includes('new_edits')) return fetch(input, init);
      puts += 1;
      return String(input).includes('%3A1%3A')
        ? Promise.resolve(Response.json({ error: 'forbidden', reason: 'not today' }, { status: 403 }))
        : fetch(input, init);
    },
  });
  await save(booth.store);
  booth.sync.start();
  const outcome = () => booth.sync.status().last?.outcome.kind;
  await until(() => outcome() === 'incomplete', 'the first is refused');
  assert.equal(puts, 1);
  const jpeg = await save(booth.store);
  booth.sync.wake('photo');
  await until(() => puts === 2 && !booth.sync.status().running, 'the second is sent');
  assert.deepEqual(await originals(site), [sha256(jpeg)]);
  assert.equal(outcome(), 'incomplete', 'it is still said');
  assert.deepEqual(
    booth.sync.status().refused.map(({ reason }) => reason),
    ['not today'],
  );
  booth.sync.wake('asked');
  await until(() => puts === 3, 'somebody asks: it is tried again');
});

test('a preview that is made while originals travel does not wait for them', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const arrived: string[] = [];
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const booth = await openBooth(t, site, {
    stallMs: 60_000, // longer than a busy machine takes to make a preview
    fetch: async (input, init) => {
      const kind = init?.method === 'PUT' ? /(photo|preview)%3A/.exec(String(input))?.[1] : undefined;
      if (kind === 'photo') await held; // a line on which a photo takes minutes
      const answer = await fetch(input, init);
      if (kind) arrived.push(kind);
      return answer;
    },
  });
  for (let i = 0; i < 6; i += 1) await save(booth.store);
  const cycle = booth.sync.cycle();
  await until(async () => (await booth.store.list()).some(({ state }) => state === 'uploading'), 'under way');
  await save(booth.store);
  booth.previews.start();
  await until(() => arrived.includes('preview'), 'the preview is there');
  assert.ok(!arrived.includes('photo'));
  letGo();
  assert.deepEqual(await cycle, { kind: 'ok' });
  assert.equal(arrived.filter((kind) => kind === 'photo').length, 7);
});

test('where large questions are refused on the way (413), they are asked in halves', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const refused = new Set<string>();
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      const endpoint = /_revs_diff|_all_docs/.exec(String(input))?.[0];
      const ids = String(init?.body).match(/photo:/g)?.length ?? 0;
      if (!endpoint || ids <= 2) return fetch(input, init);
      refused.add(endpoint);
      return Promise.resolve(new Response('{"error":"too_large"}', { status: 413 }));
    },
  });
  const taken: Buffer[] = [];
  for (let i = 0; i < 11; i += 1) taken.push(await save(booth.store));
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
  assert.deepEqual([...refused].sort(), ['_all_docs', '_revs_diff']);
});

test('a photo of which the disk has changed the file is sent from the queue; the others do not wait for it', async (t) => {
  for (const hangsUp of [false, true]) {
    const site = await makeSite(t, await startServer(t));
    const booth = await openBooth(t, site, {
      fetch: async (input, init) => {
        const answer = await fetch(input, init);
        // A server that hangs up on a wrong digest, instead of saying so.
        if (hangsUp && init?.method === 'PUT' && answer.status >= 400)
          throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
        return answer;
      },
    });
    const taken = [await save(booth.store), await save(booth.store), await save(booth.store)];
    const damaged = booth.store.file((await booth.store.list())[2]?.id ?? '') ?? '';
    await writeFile(damaged, Buffer.from((await readFile(damaged)).fill(0, 1_000, 1_100)));
    if (hangsUp) assert.equal((await booth.sync.cycle()).kind, 'offline');
    assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
    assert.deepEqual(await originals(site), taken.map(sha256).sort());
  }
});

test('a booth that is offline does not say that it holds nothing', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  booth.at(site.event);
  booth.online.is = false;
  await save(booth.store);
  assert.equal((await booth.sync.cycle()).kind, 'offline');
  const status = await booth.boothDb.status();
  assert.deepEqual(status?.photos, { onBooth: 1, uploading: 0, inCloud: 0 });
  assert.deepEqual(status?.waiting, { [site.event]: 1 });
});
