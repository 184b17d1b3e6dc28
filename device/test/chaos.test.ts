/**
 * Whatever the line does, in the end every photo is on the server exactly once, bit for bit, and the booth has its
 * memory back. `npm run test:chaos` runs everything, `npm test` the fast part.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CouchAddress } from '@photomaton/couch';
import { boothDatabase, type SettingsDoc, type TemplateDoc } from '@photomaton/design-docs/docs';
import { error, where } from './answer-faults.ts';
import { certificates } from './certificates.ts';
import { endsAs, everythingArrived, nothingIsLost, nothingWentTwice, within } from './chaos-asserts.ts';
import { openChaosBooth } from './chaos-booth.ts';
import { ALL, BUSY, CASES, type Case, DEADLINE_MS, OFFLINE, OK, PHOTOS, SLOW } from './chaos-cases.ts';
import { startChaos } from './chaos-proxy.ts';
import type { TestContext } from './context.ts';
import { leavingNothing, openScope } from './nothing-left.ts';
import { startServerApart } from './server-process.ts';
import { makeSite, settingsOf } from './site.ts';
import { rate } from './wire-faults.ts';

/** Far longer than any answer of a server on this machine, however busy. */
const STALL_MS = 8_000;

let server: CouchAddress;
const file = openScope();
before(async () => {
  server = await startServerApart(file);
  const scope = openScope();
  await survive(scope, CASES[0] as Case); // what is loaded and compiled once is not a case's
  await scope.end();
});
after(() => file.end());

for (const o of CASES) {
  test(o.name, { skip: o.slow ? SLOW : false }, (t) => leavingNothing(t, (scope) => survive(scope, o)));
}

/** Photos wait, a fault, a cycle that must end in the right state; the line heals, and the next cycle brings the rest. */
async function survive(t: TestContext, o: Case): Promise<void> {
  const { bytes = 20_000, stallMs = STALL_MS, deadlineMs = DEADLINE_MS } = o;
  const booth = await openChaosBooth(t, await makeSite(t, server));
  const chaos = await startChaos(t, server.url);
  const sync = booth.syncTo(chaos.url, { stallMs });
  if (o.warm) assert.deepEqual(await sync.cycle(), OK);
  await booth.takePhotos(PHOTOS, bytes);

  o.fault(chaos);
  endsAs(await within(deadlineMs, sync.cycle()), o.ends);
  await nothingIsLost(booth);

  chaos.heal();
  assert.deepEqual(await within(DEADLINE_MS, sync.cycle()), OK);
  await everythingArrived([booth]);
  nothingWentTwice(chaos, booth);
}

test('certificates that prove nothing get no photo, and no word', (t) =>
  leavingNothing(t, async (scope) => {
    const booth = await openChaosBooth(scope, await makeSite(scope, server));
    const chaos = await startChaos(scope, server.url, { certificate: certificates.good });
    const sync = booth.syncTo(chaos.url, { fetch: trusting(scope, certificates.authority) });
    await booth.takePhotos(PHOTOS, 5_000);
    for (const [name, reason] of [
      ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      ['expired', 'CERT_HAS_EXPIRED'],
      ['notYet', 'CERT_NOT_YET_VALID'], // or the booth's clock has lost its time
      ['otherHost', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const) {
      chaos.setCertificate(certificates[name]);
      assert.deepEqual(await sync.cycle(), { kind: 'offline', problem: 'certificate', reason });
    }
    assert.equal(chaos.seen.requests, 0);
    await nothingIsLost(booth);
    chaos.setCertificate(certificates.good);
    assert.deepEqual(await sync.cycle(), OK);
    await everythingArrived([booth]);
  }));

test('no TLS where it should be, and a name that nobody knows', (t) =>
  leavingNothing(t, async (scope) => {
    const booth = await openChaosBooth(scope, await makeSite(scope, server));
    const chaos = await startChaos(scope, server.url);
    await booth.takePhotos(PHOTOS, 5_000);
    // As fetch has them: OpenSSL's word for plain HTTP, and the resolver's with and without a network.
    for (const [url, reason] of [
      [chaos.url.replace('http:', 'https:'), /^ERR_SSL_/],
      ['http://photomaton.invalid', /^(ENOTFOUND|EAI_AGAIN)$/],
    ] as const) {
      const outcome = await booth.syncTo(url).cycle();
      endsAs(outcome, OFFLINE);
      assert.match('reason' in outcome ? outcome.reason : '', reason);
    }
    assert.equal(chaos.seen.requests, 0);
    assert.deepEqual(await booth.syncTo(chaos.url).cycle(), OK);
    await everythingArrived([booth]);
    nothingWentTwice(chaos, booth);
  }));

test('a new revision of the settings comes down although its first try failed', (t) =>
  leavingNothing(t, async (scope) => {
    const site = await makeSite(scope, server);
    const title = 'Another';
    await site.couch.update<SettingsDoc>(boothDatabase(site.booth), 'settings', (found) => {
      const settings = found ?? settingsOf(site.event);
      return { ...settings, event: { ...settings.event, title } };
    });
    const booth = await openChaosBooth(scope, site);
    const chaos = await startChaos(scope, server.url);
    const sync = booth.syncTo(chaos.url);
    await booth.takePhotos(1, 5_000);
    // PouchDB takes a failure of `_bulk_get` for a server that has none, and asks in another way from then on.
    chaos.faults.answer = where(({ request }) => /_bulk_get/.test(request.url ?? ''), error(503));
    endsAs(await sync.cycle(), BUSY);
    chaos.heal();
    assert.deepEqual(await sync.cycle(), OK);
    await everythingArrived([booth]);
  }));

test('a template comes down a slow line, of 64 kbit/s with CHAOS=all', (t) =>
  leavingNothing(t, async (scope) => {
    const site = await makeSite(scope, server);
    const picture = { content_type: 'image/png', data: Buffer.alloc(100_000, 'x').toString('base64') };
    await site.couch.put<TemplateDoc & { _attachments: object }>(boothDatabase(site.booth), {
      ...{ _id: 'template:gold', type: 'template', name: 'gold', version: 1 },
      layout: { name: 'gold', version: 1 },
      _attachments: { 'frame.png': picture },
    });
    const booth = await openChaosBooth(scope, site);
    const chaos = await startChaos(scope, server.url);
    chaos.faults.wire = rate(ALL ? 8_000 : 100_000);
    assert.deepEqual(await within(120_000, booth.syncTo(chaos.url, { stallMs: 5_000 }).cycle()), OK);
  }));

/** Node's own `fetch` with another authority. Its Agent is not exported; the one it uses is of that class. */
function trusting(t: TestContext, ca: Buffer): typeof fetch {
  const used = (globalThis as Record<symbol, object | undefined>)[Symbol.for('undici.globalDispatcher.1')];
  assert.ok(used, 'fetch was used before');
  const Agent = used.constructor as new (o: { connect: { ca: Buffer } }) => { destroy(): Promise<void> };
  const dispatcher = new Agent({ connect: { ca } });
  t.after(() => dispatcher.destroy());
  return (input, init) => fetch(input, { ...init, dispatcher } as RequestInit);
}
