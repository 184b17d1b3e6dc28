import { setTimeout as sleep } from 'node:timers/promises';
import { type Couch, CouchError, type Stored } from '@photomaton/couch';
import {
  ACCOUNT_VIEWS,
  type AccountDoc,
  type AlarmDoc,
  type AlarmKind,
  alarmId,
  type BoothId,
  type RolloutId,
  serialOf,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { PortalConfig } from '../config.ts';
import type { Catalogue, Language } from '../i18n.ts';
import type { Post } from '../mail.ts';
import type { Board } from './board.ts';
import type { BoardRow } from './board-row.ts';
import { allRollouts } from './rollout-store.ts';

const WATCH_EVERY_MS = 5 * 60_000;
/** An alarm that a node began and did not tell by then is told by another: that one is gone. */
const LEFT_MS = 10 * 60_000;
/** A roll-out that fell is over at once: so long it counts as news. */
const FALL_TOLD_MS = 24 * 3600_000;
const WEBHOOK_TIMEOUT_MS = 10_000;
/** In one letter; the page of the fleet has them all. */
const MOST_IN_A_LETTER = 50;

export interface Watch {
  couch: Couch;
  board: Pick<Board, 'isWhole' | 'rows'>;
  post: Post;
  catalogue: Catalogue;
  alarms: PortalConfig['alarms'];
  portalUrl: string;
  now: () => Date;
  log: Logger;
}

/** What is said of a booth. */
type Told = Pick<BoardRow, 'booth' | 'name' | 'seenMs'>;

/** What an operator is told of, from how a booth is. */
function alarmsOfRow(row: BoardRow, nowMs: number, offlineHours: number): AlarmKind[] {
  const { troubles, seenMs } = row;
  return [
    ...(seenMs > 0 && nowMs - seenMs > offlineHours * 3600_000 ? (['offline'] as const) : []),
    ...(troubles.some((one) => one.startsWith('disk-')) ? (['disk'] as const) : []),
    ...(troubles.includes('refused') ? (['refused'] as const) : []),
    ...(troubles.includes('camera') ? (['camera'] as const) : []),
    ...(troubles.includes('problem') ? (['problem'] as const) : []),
  ];
}

/**
 * Tells operators of what began since the last time, by mail and webhook, once. Whichever node makes an alarm's
 * document tells it; told is written after, so that an alarm may come twice after a crash but is never lost.
 */
export async function tellAlarms(o: Watch): Promise<void> {
  if (!o.board.isWhole) return;
  const at = o.now();
  const on = new Map<string, { row: Told; kind: AlarmKind; rollout?: RolloutId }>();
  const rows = new Map<BoothId, BoardRow>();
  for (const row of o.board.rows()) {
    rows.set(row.booth, row);
    for (const kind of alarmsOfRow(row, at.getTime(), o.alarms.offlineHours))
      on.set(alarmId(row.booth, kind), { row, kind });
  }
  for (const { rollout, fell } of await allRollouts(o)) {
    if (!fell || at.getTime() - Date.parse(fell.at) > FALL_TOLD_MS) continue;
    const [{ booth } = { booth: '' }] = fell.ill;
    const row = rows.get(booth) ?? { booth, name: serialOf(booth), seenMs: Date.parse(fell.at) };
    on.set(alarmId(booth, 'rollout', rollout), { row, kind: 'rollout', rollout });
  }
  const untold: { doc: AlarmDoc; row: Told }[] = [];
  for await (const doc of alarmDocs(o.couch)) {
    const found = on.get(doc._id);
    on.delete(doc._id);
    if (!found) await o.couch.remove('fleet', doc._id, doc._rev);
    else if (!doc.told && at.getTime() - Date.parse(doc.since) > LEFT_MS)
      untold.push({ doc, row: found.row });
  }
  for (const [_id, { row, kind, rollout }] of on) {
    const doc: AlarmDoc = {
      ...{ _id, type: 'alarm', booth: row.booth, kind, since: at.toISOString() },
      ...(rollout && { rollout }),
    };
    if (await isFirst(o.couch, doc)) untold.push({ doc, row });
  }
  if (untold.length === 0 || !(await tell(o, untold))) return;
  for (const { doc } of untold)
    await o.couch.update<AlarmDoc>(
      'fleet',
      doc._id,
      (found) => found && { ...found, told: at.toISOString() },
    );
}

async function isFirst(couch: Couch, doc: AlarmDoc): Promise<boolean> {
  try {
    await couch.put('fleet', doc);
    return true;
  } catch (error) {
    if (error instanceof CouchError && error.code === 'CONFLICT') return false;
    throw error;
  }
}

/** Did it reach anybody? Else it is tried again. */
async function tell(o: Watch, untold: { doc: AlarmDoc; row: Told }[]): Promise<boolean> {
  const reached = [await callWebhook(o, untold)];
  for (const operator of o.post.isOpen ? await operators(o.couch) : []) {
    const list = linesOf(o, untold, operator.language).join('\n');
    reached.push(await o.post.send('alarms', operator, { list }));
  }
  return reached.some(Boolean);
}

function linesOf({ catalogue }: Watch, untold: { doc: AlarmDoc; row: Told }[], lang: Language): string[] {
  const t = catalogue.translator(lang);
  const day = new Intl.DateTimeFormat(lang, { dateStyle: 'long' });
  const lines = untold.slice(0, MOST_IN_A_LETTER).map(({ doc: { kind }, row }) =>
    t(`operator:alarm-${kind}`, {
      ...{ name: row.name, serial: serialOf(row.booth) },
      date: day.format(new Date(row.seenMs)),
    }),
  );
  return untold.length > MOST_IN_A_LETTER ? [...lines, '…'] : lines;
}

async function callWebhook(o: Watch, untold: { doc: AlarmDoc; row: Told }[]): Promise<boolean> {
  const { webhook } = o.alarms;
  if (!webhook) return false;
  const alarms = untold.map(({ doc: { booth, kind, since, rollout }, row: { name } }) => ({
    ...{ booth, serial: serialOf(booth), name, kind, since },
    url: `${o.portalUrl}/fleet/${rollout === undefined ? booth : `rollouts/${rollout}`}`,
  }));
  try {
    const answer = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ alarms }),
      redirect: 'error',
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    });
    await answer.body?.cancel();
    if (!answer.ok) o.log.error({ status: answer.status }, 'webhook of alarms refused');
    return answer.ok;
  } catch (err) {
    o.log.error({ err }, 'webhook of alarms not reached');
    return false;
  }
}

async function operators(couch: Couch): Promise<AccountDoc[]> {
  const { rows } = await couch.view<AccountDoc>('accounts', ACCOUNT_VIEWS.ddoc, ACCOUNT_VIEWS.byRole, {
    ...{ startkey: ['operator'], endkey: ['operator', {}], limit: 100, includeDocs: true },
  });
  return rows.flatMap(({ doc }) => (doc && !doc.disabled ? [doc] : []));
}

async function* alarmDocs(couch: Couch): AsyncGenerator<AlarmDoc & Stored> {
  for (let startkey = 'alarm:'; ; ) {
    const docs = await couch.range<AlarmDoc>('fleet', { startkey, endkey: 'alarm:\ufff0', limit: 200 });
    yield* docs;
    const last = docs.at(-1);
    if (!last || docs.length < 200) return;
    startkey = `${last._id}\u0000`;
  }
}

/** Watches every few minutes until aborted; only where somebody can be told. */
export async function keepAlarmsTold(o: Watch & { signal: AbortSignal }): Promise<void> {
  if (!o.post.isOpen && !o.alarms.webhook) return;
  while (!o.signal.aborted) {
    await sleep(WATCH_EVERY_MS, undefined, { signal: o.signal }).catch(() => undefined);
    if (o.signal.aborted) return;
    await tellAlarms(o).catch((err: unknown) => o.log.warn({ err }, 'alarms not looked at'));
  }
}
