import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProvisioner } from '@photomaton/couch/setup';
import { type AuditDoc, boothDatabase, boothUser, type SessionDoc } from '@photomaton/design-docs/docs';
import { givenBooth } from './booth-with-photos.ts';
import { eventually } from './eventually.ts';
import { ageLogins } from './old-login.ts';
import { startStack } from './stack.ts';
import { statusAs } from './who-sees.ts';

test('what an operator does for customers and booths', async (t) => {
  const stack = await startStack(t);
  const { couch, portal, visitor } = stack;
  const customer = await stack.account({ name: 'Camille' });
  const booth = await givenBooth(stack, customer.id, { title: 'Noces' });
  const [photo] = await booth.add(1);
  const odile = await stack.account({ role: 'operator', name: 'Odile' });
  const operator = await visitor(odile);
  const trail = () => couch.range<AuditDoc>('audit', { startkey: 'audit:', endkey: 'audit:~', limit: 1000 });
  const original = `/events/${booth.event}/photos/${photo?.key}/original`;

  await t.test('suspends a customer: out at once, no way in, and back again', async () => {
    const mine = await visitor(customer);
    assert.match(await (await operator.get(`/customers/${customer.id}`)).text(), /Act for this customer/);
    assert.equal((await operator.post(`/customers/${customer.id}/suspend`)).status, 303);
    assert.equal((await mine.get('/booths')).status, 303);
    await assert.rejects(visitor(customer), /401/);
    assert.match(await (await operator.get(`/customers/${customer.id}`)).text(), /Suspended/);
    assert.equal(
      (await operator.post(`/customers/${customer.id}/act`)).status,
      404,
      'nor acts anybody for her',
    );
    await operator.post(`/customers/${customer.id}/resume`);
    assert.equal((await mine.get('/booths')).status, 303, 'the old session stays dead');
    assert.equal((await (await visitor(customer)).get('/booths')).status, 200);
    for (const id of [odile.id, 'nobody']) {
      assert.equal((await operator.post(`/customers/${id}/suspend`)).status, 404);
    }
  });

  await t.test('hands over a link to a new password, which is shown once', async () => {
    const answer = await operator.post(`/customers/${customer.id}/reset`);
    const [, path = ''] = new RegExp(`${portal.url}(/invitation/[\\w-]{43})`).exec(await answer.text()) ?? [];
    assert.equal((await (await visitor()).get(path)).status, 200);
  });

  await t.test(
    'sees no photo, but acting for the customer: for an hour, under a bar, in the trail',
    async () => {
      assert.equal((await operator.get(original)).status, 404);
      assert.equal((await operator.post(`/customers/${customer.id}/act`)).headers.get('location'), '/');
      assert.match(await (await operator.get('/')).text(), /You act for Camille until/);
      assert.equal((await operator.get(original)).status, 200);
      for (const page of [
        '/account',
        '/account/password',
        '/account/email',
        '/account/export',
        '/account/close',
      ])
        assert.equal((await operator.get(page)).status, 404, page);
      assert.equal((await operator.get('/customers')).status, 404, 'no operator meanwhile');
      const renamed = await operator.post(`/booths/${booth.booth}`, {
        name: 'Salon',
        countdownS: '3',
        volume: '80',
      });
      assert.equal(renamed.headers.get('location'), `/booths/${booth.booth}?saved=yes`);
      assert.equal((await operator.post('/acting/end')).headers.get('location'), `/customers/${customer.id}`);
      assert.equal((await operator.get(original)).status, 404);
      const entries = await trail();
      const of = (action: string) => entries.find((entry) => entry.action === action);
      assert.deepEqual([of('acting begun')?.actor, of('acting begun')?.subject], [odile.id, customer.id]);
      assert.equal(of('acting ended')?.actor, odile.id);
      assert.equal(of('booth settings changed')?.details?.operator, odile.id);
      assert.equal(of('customer suspended')?.details?.operator, undefined);
    },
  );

  await t.test('acting ends by itself', async () => {
    await operator.post(`/customers/${customer.id}/act`);
    assert.equal((await operator.get(original)).status, 200);
    const untils: number[] = [];
    for (const { _id } of await couch.range<SessionDoc>('sessions', { startkey: 'session:', limit: 1000 }))
      await couch.update<SessionDoc>('sessions', _id, (doc) => {
        const data = doc?.data ? JSON.parse(doc.data) : {};
        if (!doc || !data.acting) return undefined;
        untils.push(Date.parse(data.acting.until));
        const acting = { ...data.acting, until: new Date().toISOString() };
        return { ...doc, data: JSON.stringify({ ...data, acting }) };
      });
    assert.ok(untils.length > 0 && Math.max(...untils) <= Date.now() + 3600_000, 'after an hour');
    // The portal hears of it a moment later.
    await eventually('an operator again', async () => (await operator.get('/customers')).status === 200);
    assert.equal((await operator.get(original)).status, 404);
  });

  await t.test('hands nothing over and takes nothing away without a fresh login', async () => {
    const other = await stack.account({ role: 'operator' });
    const late = await visitor(other);
    await ageLogins(stack, other.id);
    await eventually('an old login', async () => (await late.get('/audit.csv')).status === 303);
    for (const [page, acts] of [
      [`/customers/${customer.id}`, ['act', 'suspend', 'resume', 'reset', 'address']],
      [`/fleet/${booth.booth}`, ['revoke', 'rotate', 'owner']],
    ] as const)
      for (const act of acts) {
        const answer = await late.post(`${page}/${act}`, { sure: 'yes', email: odile.email });
        assert.equal(answer.headers.get('location'), `/login/again?next=${encodeURIComponent(page)}`, act);
      }
    const done = (await trail()).filter(({ actor }) => actor === other.id);
    assert.deepEqual(
      done.map(({ action }) => action),
      ['login'],
    );
  });

  await t.test('finds a booth by serial, name and customer, and filters by state and version', async () => {
    const other = await givenBooth(stack, (await stack.account({ name: 'Zoé' })).id);
    await booth.report(2, new Date(), { version: '1.2.3' });
    await eventually('both on the board', async () => {
      const page = await (await operator.get('/fleet')).text();
      return page.includes(booth.booth) && page.includes(other.booth) && page.includes('1.2.3');
    });
    const serial = booth.booth.slice(-4).toUpperCase();
    for (const [query, isThere, isOtherThere] of [
      [`q=${serial}`, true, booth.booth.slice(-4) === other.booth.slice(-4)],
      ['q=camille', true, false],
      ['q=salon', true, false],
      ['q=zoé', false, true],
      ['q=ZOE', false, true],
      ['q=camille+zoé', false, false],
      ['state=online', true, false],
      ['state=new', false, true],
      ['version=1.2.3', true, false],
      ['version=9', false, false],
    ] as const) {
      const rows = await (await operator.get(`/fleet/rows?${query}`)).text();
      assert.deepEqual(
        [rows.includes(booth.booth), rows.includes(other.booth)],
        [isThere, isOtherThere],
        query,
      );
    }
    const board = async (query = '') =>
      (await (await operator.get(`/fleet?${query}`)).text())
        .replaceAll('&#38;', '&')
        .replaceAll('&amp;', '&');
    assert.match(
      await board('q=photomaton&order=name'),
      /"\/fleet\?q=photomaton&state=new&order=name"><strong>1</,
    );
    const [most = ''] = /href="\/fleet\/[0-9a-f]{24}"/.exec(await board('order=waiting')) ?? [];
    assert.ok(most.includes(booth.booth), 'two photos wait on it');
    const none = await board('q=nothing');
    assert.match(none, /No booth is like that\. <a href="\/fleet">Show all/);
    await booth.report(2, new Date(), { disk: { freeBytes: 1, reserveBytes: 1e9 } });
    await eventually('the trouble', async () =>
      (await (await operator.get('/fleet/rows?state=trouble')).text()).includes('disk full'),
    );
    const camera = { problem: 'missing', since: '2026-07-14T12:00:00.000Z' } as const;
    await booth.report(2, new Date(), { camera });
    await eventually('the camera', async () =>
      (await (await operator.get('/fleet/rows?state=trouble')).text()).includes('camera failing'),
    );
    const mine = await visitor(customer);
    assert.match(await (await mine.get('/')).text(), /The camera of Salon does not work/);
    assert.match(await (await mine.get(`/booths/${booth.booth}`)).text(), /cannot find it.*plugged in/);
    assert.equal((await mine.get('/fleet')).status, 404);
  });

  await t.test('keeps notes on it, and revokes its key', async () => {
    await operator.post(`/fleet/${booth.booth}`, { notes: '<b>Leather case</b>' });
    const page = await (await operator.get(`/fleet/${booth.booth}`)).text();
    assert.match(page, /&lt;b&gt;Leather case/);
    const asBooth = () =>
      statusAs(portal.admin.url, boothUser(booth.booth), booth.key, boothDatabase(booth.booth));
    assert.equal((await operator.post(`/fleet/${booth.booth}/revoke`)).status, 422);
    assert.equal(await asBooth(), 200);
    assert.equal((await operator.post(`/fleet/${booth.booth}/revoke`, { sure: 'yes' })).status, 303);
    assert.equal(await asBooth(), 401);
    const { authorization } = booth;
    const synced = await fetch(`${booth.sync}/${boothDatabase(booth.booth)}`, { headers: { authorization } });
    assert.equal(synced.status, 401, 'not through the portal either');
    assert.match(await (await operator.get(`/fleet/${booth.booth}`)).text(), /Its key is revoked/);
    await openProvisioner(portal.admin).putDeviceKey(booth.booth, booth.key);
  });

  await t.test('searches the trail, page by page, and takes it along', async () => {
    await stack.couch.put('audit', {
      ...{ _id: 'audit:20260714T120000.000Z:x', type: 'audit', at: '2026-07-14T12:00:00.000Z' },
      ...{ action: 'found it', actor: null, details: { note: '=1+1,"x"' } },
    });
    const found = await (await operator.get('/audit?q=FOUND+2026-07-14')).text();
    assert.equal(found.match(/found it/g)?.length, 1);
    assert.match(await (await operator.get('/audit?q=nothing+like+that')).text(), /Nothing found/);
    assert.match(await (await operator.get(`/audit?q=suspended`)).text(), new RegExp(customer.email));
    const hers = await (await operator.get(`/audit?q=suspended+${customer.email}`)).text();
    assert.match(hers, /customer suspended/);
    await operator.get('/audit?lang=fr');
    const french = await (await operator.get('/audit?q=suspendu')).text();
    await operator.get('/audit?lang=en');
    assert.match(french, /client suspendu/, 'in the reader’s words, and found by them');
    const key = await (await operator.get(`/audit?q=revoked+${booth.booth}`)).text();
    assert.match(key, />Photomaton/, 'a booth by its name');
    const file = await (await operator.get('/audit.csv?q=found')).text();
    assert.match(file, /^\ufeff?at,action,actor,subject,details\r\n/);
    assert.match(file, /"found it","","","note: =1\+1,""x"""/);
    assert.equal((await (await visitor(customer)).get('/audit')).status, 404);
    assert.equal((await (await visitor(customer)).get('/audit.csv')).status, 404);

    for (let n = 0; n < 230; n += 1)
      await couch.put('audit', {
        ...{ _id: `audit:20250714T120000.${String(n).padStart(3, '0')}Z:x`, type: 'audit' },
        ...{ at: '2025-07-14T12:00:00.000Z', action: 'many', actor: null, subject: `nr-${n}.` },
      });
    const seen: string[] = [];
    for (let next = '/audit?q=many'; next !== ''; ) {
      const page = await (await operator.get(next)).text();
      seen.push(...[...page.matchAll(/nr-(\d+)\./g)].map(([, n = '']) => n));
      next = (/href="([^"]+)" rel="next"/.exec(page)?.[1] ?? '')
        .replaceAll('&amp;', '&')
        .replaceAll('&#38;', '&');
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 230 }, (_, n) => String(229 - n)),
    );
  });
});
