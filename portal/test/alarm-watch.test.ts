import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type AlarmDoc, alarmId } from '@photomaton/design-docs/docs';
import { pino } from 'pino';
import { tellAlarms, type Watch } from '../fleet/alarm-watch.ts';
import type { BoardRow } from '../fleet/board-row.ts';
import { openCatalogue } from '../i18n.ts';
import { openPost } from '../mail.ts';
import { openMailbox } from './mailbox.ts';
import { startStack } from './stack.ts';

const HOUR_MS = 3600_000;
const booth = '0123456789abcdef01234f2a';

test('operators are told what begins, once, by mail and webhook', async (t) => {
  const mailbox = await openMailbox(t);
  const stack = await startStack(t);
  const odile = await stack.account({ role: 'operator', name: 'Odile', language: 'fr' });
  await stack.account({ name: 'Camille' });
  const calls: { alarms: { booth: string; kind: string }[] }[] = [];
  let status = 200;
  const hook = createServer(async (req, res) => {
    calls.push(JSON.parse(await text(req)));
    res.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
  t.after(() => hook.close());

  let now = new Date('2026-07-14T12:00:00.000Z');
  const row: BoardRow = {
    ...{ booth, name: 'Salon', owner: 'o', ownerName: 'Camille', version: '1', waiting: 0, text: '' },
    ...{ seenMs: now.getTime(), troubles: [], freeBytes: 1 },
    ...{ pairedMs: 0, isOut: false, given: undefined },
    ...{ chosen: undefined, hasUnwanted: false, applied: undefined },
  };
  let rows: BoardRow[] = [row];
  const catalogue = await openCatalogue();
  const log = pino({ level: 'silent' });
  const mail = { smtpUrl: mailbox.url, from: undefined };
  const watch: Watch = {
    ...{ couch: stack.couch, catalogue, log, portalUrl: 'http://localhost', now: () => now },
    board: { isWhole: true, rows: () => rows },
    post: openPost({ mail, portalUrl: 'http://localhost', catalogue, log }),
    alarms: { webhook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}`, offlineHours: 24 },
  };
  t.after(() => watch.post.stop());
  const isOn = async (kind: AlarmDoc['kind']) =>
    (await stack.couch.get<AlarmDoc>('fleet', alarmId(booth, kind))) !== undefined;

  await tellAlarms(watch);
  assert.equal(calls.length, 0, 'all is well');

  rows = [{ ...row, troubles: ['disk-low', 'refused', 'problem', 'camera'] }];
  await tellAlarms({ ...watch, board: { ...watch.board, isWhole: false } });
  assert.equal(calls.length, 0, 'not all is known yet');
  await Promise.all([tellAlarms(watch), tellAlarms(watch)]);
  await tellAlarms(watch);
  const told = calls.splice(0).flatMap(({ alarms }) => alarms.map(({ kind }) => kind));
  assert.deepEqual(told.sort(), ['camera', 'disk', 'problem', 'refused'], 'two nodes tell each once');
  const letters = [];
  while (mailbox.mails.length > 0) letters.push((await mailbox.take(odile.email)).text);
  assert.match(letters.join('\n'), /Bonjour Odile.*Salon \(4F2A\)/s);

  rows = [{ ...row, seenMs: now.getTime() - 23 * HOUR_MS }];
  await tellAlarms(watch);
  assert.deepEqual([await isOn('disk'), await isOn('offline')], [false, false], 'it is over');
  now = new Date(now.getTime() + 2 * HOUR_MS);
  status = 500;
  const quiet = { ...watch, post: openPost({ mail: undefined, portalUrl: '', catalogue, log }) };
  await tellAlarms(quiet);
  assert.equal(calls.splice(0).length, 1, 'the webhook refused it');
  await tellAlarms(quiet);
  assert.equal(calls.length, 0, 'and another node would try only later');
  status = 200;
  now = new Date(now.getTime() + 11 * 60_000);
  await tellAlarms(quiet);
  await tellAlarms(quiet);
  assert.deepEqual(
    calls.map(({ alarms }) => alarms.map(({ kind }) => kind)),
    [['offline']],
  );
});
