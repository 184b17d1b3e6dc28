import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import express from 'express';
import { listen } from '../kiosk/server.ts';
import { type BoothFacts, maintenanceApi } from '../maintenance/api.ts';
import { openPinGate } from '../maintenance/pin-gate.ts';
import type { PowerOutcome } from '../maintenance/power.ts';
import { quiet } from './context.ts';

const PIN = '271828';
const FACTS: BoothFacts = { serial: '4F2A', version: '0.1.0', bound: true, network: { reach: 'online' } };

const EVENTS = [
  { id: 'a'.repeat(24), title: 'Léa', isPresent: true },
  { id: 'b'.repeat(24), title: 'Noé', isPresent: false },
];

/** The menu's interface alone, on a real server; what it does to the booth is written down. */
async function startMenu(
  t: TestContext,
  o: {
    pin?: Parameters<typeof maintenanceApi>[0]['pin'];
    power?: PowerOutcome;
    facts?: BoothFacts;
    canSetUp?: boolean;
  } = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-menu-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const done: string[] = [];
  let ms = 0;
  const now = () => ms;
  const app = express().use(
    '/api/maintenance',
    maintenanceApi({
      pin: o.pin ?? (async () => ({ kind: 'pin', pin: PIN })),
      gate: await openPinGate({ file: join(dir, 'pin-guesses.json'), now }),
      facts: async () => o.facts ?? FACTS,
      logs: { lines: () => [{ at: '2026-07-14T13:30:12.042Z', level: 'info', text: 'booth ready' }] },
      language: { choose: async (language) => void done.push(`language ${language}`) },
      events: {
        list: () => EVENTS,
        choose: async (id) => EVENTS.some((event) => event.id === id) && done.push(`event ${id}`) > 0,
      },
      openSetup: () => o.canSetUp !== false && done.push('setup') > 0,
      restart: () => done.push('restart'),
      powerOff: async () => o.power ?? { kind: 'going' },
      unbind: async () => void done.push('unbind'),
      now,
      log: quiet,
    }),
  );
  const server = await listen(app, 0);
  t.after(server.stop);
  const ask = async (
    path: string,
    { token, body, headers }: { token?: string; body?: object; headers?: Record<string, string> } = {},
  ) => {
    const answer = await fetch(`${server.url}/api/maintenance${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        'Content-Type': 'application/json',
        ...(token && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, said: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
  };
  return {
    ask,
    done,
    pass: (time: number) => {
      ms += time;
    },
    open: async () => String((await ask('/open', { body: { pin: PIN } })).said.token),
  };
}

const WITH_PASS = [
  ['/facts', undefined],
  ['/logs', undefined],
  ['/language', { language: 'fr' }],
  ['/events', undefined],
  ['/event', { id: EVENTS[1]?.id }],
  ['/setup', {}],
  ['/restart', {}],
  ['/power-off', {}],
  ['/unpair', { serial: '4F2A' }],
  ['/close', {}],
] as const;

test('without the PIN nothing is told and nothing done', async (t) => {
  const menu = await startMenu(t);
  assert.deepEqual(await menu.ask('/'), { status: 200, said: { pin: 'pin', waitS: 0 } });
  for (const token of [undefined, 'x', 'A'.repeat(43)]) {
    for (const [path, body] of WITH_PASS) {
      const { status } = await menu.ask(path, { ...(token && { token }), ...(body && { body }) });
      assert.equal(status, 401, path);
    }
  }
  assert.deepEqual(menu.done, []);
});

test('the PIN gives a token, and the token the menu, for a while', async (t) => {
  const menu = await startMenu(t);
  const token = await menu.open();
  assert.deepEqual((await menu.ask('/facts', { token })).said, FACTS);
  assert.deepEqual((await menu.ask('/logs', { token })).said, {
    lines: [{ at: '2026-07-14T13:30:12.042Z', level: 'info', text: 'booth ready' }],
  });
  menu.pass(4 * 60_000);
  assert.equal((await menu.ask('/facts', { token })).status, 200, 'each use begins the time anew');
  menu.pass(4 * 60_000);
  assert.equal((await menu.ask('/facts', { token })).status, 200);
  menu.pass(5 * 60_000);
  assert.equal((await menu.ask('/facts', { token })).status, 401);
});

test('a menu that is closed, or opened again, leaves no token behind', async (t) => {
  const menu = await startMenu(t);
  const first = await menu.open();
  const second = await menu.open();
  assert.equal((await menu.ask('/facts', { token: first })).status, 401);
  assert.equal((await menu.ask('/close', { token: second, body: {} })).status, 204);
  assert.equal((await menu.ask('/facts', { token: second })).status, 401);
});

test('wrong PINs are slowed, and it is said for how long', async (t) => {
  const menu = await startMenu(t);
  const guess = (pin: string) => menu.ask('/open', { body: { pin } });
  assert.deepEqual(await guess('000000'), { status: 403, said: { error: 'wrong', waitS: 0 } });
  assert.deepEqual(await guess('000001'), { status: 403, said: { error: 'wrong', waitS: 0 } });
  assert.deepEqual(await guess('000002'), { status: 403, said: { error: 'wrong', waitS: 5 } });
  assert.deepEqual(await guess(PIN), { status: 429, said: { error: 'wait', waitS: 5 } });
  assert.equal((await menu.ask('/')).said.waitS, 5);
  menu.pass(5_000);
  assert.equal((await guess(PIN)).status, 200);
});

test('a PIN that is no text is refused and costs nothing', async (t) => {
  const menu = await startMenu(t);
  for (const pin of [123456, null, ['2'], 'x'.repeat(33)]) {
    assert.equal((await menu.ask('/open', { body: { pin } })).status, 400);
  }
  assert.equal((await menu.ask('/open', { body: { pin: PIN } })).status, 200);
});

test('a booth that belongs to nobody has no PIN; an owner who chose none keeps it closed', async (t) => {
  const unbound = await startMenu(t, { pin: async () => ({ kind: 'none' }) });
  assert.equal((await unbound.ask('/open', { body: {} })).status, 200);
  const closed = await startMenu(t, { pin: async () => ({ kind: 'closed' }) });
  assert.deepEqual(await closed.ask('/open', { body: { pin: '' } }), {
    status: 403,
    said: { error: 'closed' },
  });
});

test('restart, language', async (t) => {
  const menu = await startMenu(t);
  const token = await menu.open();
  for (const language of ['en', 'event'])
    assert.equal((await menu.ask('/language', { token, body: { language } })).status, 204);
  assert.equal((await menu.ask('/language', { token, body: { language: 'de' } })).status, 400);
  assert.equal((await menu.ask('/restart', { token, body: {} })).status, 204);
  assert.deepEqual(menu.done, ['language en', 'language undefined', 'restart']);
});

test('the events to choose from, and one of them chosen; none that is not offered', async (t) => {
  const menu = await startMenu(t);
  const token = await menu.open();
  assert.deepEqual((await menu.ask('/events', { token })).said, { events: EVENTS });
  const id = 'b'.repeat(24);
  assert.equal((await menu.ask('/event', { token, body: { id } })).status, 204);
  assert.deepEqual(await menu.ask('/event', { token, body: { id: 'c'.repeat(24) } }), {
    status: 409,
    said: { error: 'not-offered' },
  });
  assert.equal((await menu.ask('/event', { token, body: { id: null } })).status, 400);
  assert.deepEqual(menu.done, [`event ${id}`]);
});

test('a machine that cannot be shut down says why', async (t) => {
  const menu = await startMenu(t, { power: { kind: 'impossible', detail: 'no systemd here' } });
  const token = await menu.open();
  const answer = await menu.ask('/power-off', { token, body: {} });
  assert.deepEqual(answer, { status: 501, said: { error: 'impossible', reason: 'no systemd here' } });
});

test('unpairing wants this booth’s serial, forgets the customer first, and then restarts', async (t) => {
  const menu = await startMenu(t);
  const token = await menu.open();
  for (const body of [{}, { serial: '0000' }]) {
    assert.equal((await menu.ask('/unpair', { token, body })).status, 409);
  }
  assert.equal((await menu.ask('/unpair', { token, body: { serial: '4F2A' } })).status, 204);
  assert.deepEqual(menu.done, ['unbind', 'restart']);
  assert.equal((await menu.ask('/facts', { token })).status, 401);
});

test('a booth that belongs to nobody is not unpaired', async (t) => {
  const menu = await startMenu(t, {
    pin: async () => ({ kind: 'none' }),
    facts: { ...FACTS, bound: false },
  });
  const token = await menu.open();
  assert.equal((await menu.ask('/unpair', { token, body: { serial: '4F2A' } })).status, 409);
  assert.deepEqual(menu.done, []);
});

test('a page of elsewhere is not heard', async (t) => {
  const menu = await startMenu(t);
  const headers = { Origin: 'https://evil.example' };
  assert.equal((await menu.ask('/open', { body: { pin: PIN }, headers })).status, 403);
});
