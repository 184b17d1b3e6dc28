import { isDeepStrictEqual } from 'node:util';
import {
  type BoothDoc,
  type BoothId,
  type BoothSettings,
  type GivenRollout,
  type IllBooth,
  type Illness,
  ROLLOUT_STAGES,
  type RolloutDoc,
  type RolloutStage,
} from '@photomaton/design-docs/docs';
import type { BoardRow } from './board-row.ts';
import { ONLINE_MS } from './presence.ts';

/**
 * Settings go to one booth, then some, then all of a list; from where its booths fall ill they are taken back. All of
 * this file is pure: what stands in documents and on the board makes what comes next.
 *
 *     one ── well ──▶ some ── well ──▶ all ── well ──▶ done      each also: on, said by the operator
 *      └──────────────┴───────────────┴── stop ──▶ stopped
 *     one, some, all ── ill ──▶ rolling-back ── given back everywhere ──▶ rolled-back
 *     all but rolled-back ── roll back, said by the operator ──▶ rolling-back
 */

export interface RolloutTimes {
  /** So long a booth is watched after it took the settings: several photos, a party's first hour. */
  provenMs: number;
  /** A booth that is on says something every ten minutes; a venue's line may be down for longer than one. */
  silentMs: number;
}
export const ROLLOUT_TIMES: RolloutTimes = { provenMs: 60 * 60_000, silentMs: 2 * 60 * 60_000 };

/** Of a fleet: enough of them to meet what one booth does not. */
const SOME = 0.1;
/** Of many booths a few lose their camera or their line in any hour, whatever their settings. */
const ILL_BY_CHANCE = 0.02;
/** And in the hour when parties end, many are unplugged. What makes booths silent makes all of them silent. */
const SILENT_BY_CHANCE = 0.2;

/** How many of the list have their turn by a stage. */
export function endOf(stage: RolloutStage, booths: number): number {
  const ends = { one: 1, some: 1 + Math.ceil(booths * SOME), all: booths };
  return Math.min(booths, ends[stage]);
}

/** The next stage that has booths of its own. */
export function stageAfter({
  stage,
  booths,
}: Pick<RolloutDoc, 'stage' | 'booths'>): RolloutStage | undefined {
  const later = ROLLOUT_STAGES.slice(ROLLOUT_STAGES.indexOf(stage) + 1);
  return later.find((one) => endOf(one, booths) > endOf(stage, booths));
}

/** The names of the settings that a roll-out changes. */
export const namesIn = ({ set, clear }: Pick<RolloutDoc, 'set' | 'clear'>): (keyof BoothSettings)[] => [
  ...(Object.keys(set) as (keyof BoothSettings)[]),
  ...clear,
];

/** Not one that was revoked, that is being given away, or that was paired after the roll-out began. */
export const mayGet = ({ createdAt }: RolloutDoc, booth: BoothDoc): boolean =>
  booth.keyRevoked === undefined && booth.assigning === undefined && booth.pairedAt <= createdAt;

/** The booth with its new settings, and what is needed to take them back: one write. */
export function giveTo(doc: RolloutDoc, booth: BoothDoc, row: BoardRow | undefined, now: Date): BoothDoc {
  const { settings: found = {}, ...rest } = booth;
  const names = namesIn(doc);
  const before = Object.fromEntries(Object.entries(found).filter(([name]) => names.includes(name as never)));
  const settings: BoothSettings = { ...found, ...doc.set };
  for (const name of doc.clear) delete settings[name];
  const given: GivenRollout = {
    id: doc.rollout,
    at: now.toISOString(),
    before,
    was: row ? was(row, now) : [],
  };
  return { ...rest, settings, rollout: given };
}

function was(row: BoardRow, now: Date): GivenRollout['was'] {
  const isOnline = row.seenMs > 0 && now.getTime() - row.seenMs < ONLINE_MS;
  return [...(isOnline ? (['online'] as const) : []), ...ailsOf(row)];
}

/** Photos that are refused are photos that it cannot send. */
const ailsOf = ({ troubles }: BoardRow): ('camera' | 'problem')[] => [
  ...(troubles.includes('camera') ? (['camera'] as const) : []),
  ...(troubles.includes('problem') || troubles.includes('refused') ? (['problem'] as const) : []),
];

/** The booth as it was. What somebody has set to something else since stays: the later choice counts. */
export function takeBack(doc: RolloutDoc, booth: BoothDoc, given: GivenRollout): BoothDoc {
  const settings: Record<string, unknown> = { ...booth.settings };
  for (const name of namesIn(doc)) {
    if (!isDeepStrictEqual(settings[name], doc.set[name])) continue;
    if (given.before[name] === undefined) delete settings[name];
    else settings[name] = given.before[name];
  }
  return { ...booth, settings, rollout: { ...given, isBack: true } };
}

/** How a booth of the list is with its roll-out. */
export type Standing =
  /** Revoked, given away, or gone: it is not asked. */
  | { kind: 'left-out' }
  | { kind: 'to-give' }
  /** Given, and not in the booth's database yet. */
  | { kind: 'to-bring'; isExpected: boolean }
  /** It has not said that it goes by it. */
  | { kind: 'waiting'; isExpected: boolean }
  | { kind: 'trying'; provenMs: number }
  | { kind: 'well'; isKnown: boolean }
  | { kind: 'ill'; illness: Illness };

/** A later revision of the settings has the earlier one's, or somebody's later choice. */
const turnOf = (rev: string): number => Number.parseInt(rev, 10);

export function standingOf(
  doc: RolloutDoc,
  row: BoardRow | undefined,
  nowMs: number,
  times: RolloutTimes,
): Standing {
  if (!row || row.isOut) return { kind: 'left-out' };
  const { given, applied, seenMs } = row;
  if (given?.id !== doc.rollout)
    return { kind: row.pairedMs <= Date.parse(doc.createdAt) ? 'to-give' : 'left-out' };
  if (given.well !== undefined) return { kind: 'well', isKnown: true };
  const givenMs = Date.parse(given.at);
  // One whose event is gone, say, cannot be brought anything, and holds up the others no longer.
  if (given.rev === undefined) return { kind: 'to-bring', isExpected: nowMs < givenMs + times.provenMs };
  const hasIt = applied !== undefined && turnOf(applied.rev) >= turnOf(given.rev);
  const isSilent = nowMs - Math.max(seenMs, givenMs) > times.silentMs;
  if (hasIt && applied.refused.some((name) => namesIn(doc).includes(name as never)))
    return { kind: 'ill', illness: 'setting' };
  const ail = hasIt ? ailsOf(row).find((one) => !given.was.includes(one)) : undefined;
  if (ail) return { kind: 'ill', illness: ail };
  if (hasIt) {
    const provenMs = Math.max(applied.atMs, givenMs) + times.provenMs;
    // It has to have said so itself: that nothing was heard of it for an hour proves nothing.
    if (seenMs >= provenMs) return { kind: 'well', isKnown: false };
    return isSilent ? { kind: 'ill', illness: 'silent' } : { kind: 'trying', provenMs };
  }
  if (!given.was.includes('online')) return { kind: 'waiting', isExpected: false };
  if (isSilent) return { kind: 'ill', illness: 'silent' };
  // One that goes on talking and never says what it applied is an old program, or off again: others prove it.
  return { kind: 'waiting', isExpected: seenMs < givenMs + times.provenMs };
}

export interface Tally {
  leftOut: number;
  toGive: number;
  toBring: number;
  waiting: number;
  /** Of those to which it is to be brought and of those that wait: from these something is to be heard. */
  expected: number;
  trying: number;
  well: number;
  ill: IllBooth[];
  /** When the last of those that try it has been well long enough. */
  provenMs: number;
}

export function tallyOf(standings: Iterable<readonly [BoothId, Standing]>): Tally {
  const tally: Tally = {
    ...{ leftOut: 0, toGive: 0, toBring: 0, waiting: 0, expected: 0, trying: 0, well: 0 },
    ...{ ill: [], provenMs: 0 },
  };
  for (const [booth, one] of standings) {
    switch (one.kind) {
      case 'left-out':
        tally.leftOut += 1;
        break;
      case 'to-give':
        tally.toGive += 1;
        break;
      case 'to-bring':
        tally.toBring += 1;
        if (one.isExpected) tally.expected += 1;
        break;
      case 'waiting':
        tally.waiting += 1;
        if (one.isExpected) tally.expected += 1;
        break;
      case 'trying':
        tally.trying += 1;
        tally.provenMs = Math.max(tally.provenMs, one.provenMs);
        break;
      case 'well':
        tally.well += 1;
        break;
      case 'ill':
        tally.ill.push({ booth, illness: one.illness });
    }
  }
  return tally;
}

export type Step =
  /** Booths have to get it, prove it, or say something. */
  | { kind: 'wait' }
  | { kind: 'fall'; ill: IllBooth[] }
  | { kind: 'next'; stage: RolloutStage }
  | { kind: 'done' };

/**
 * What comes after a stage with these booths. Those that are off get it when they come and hold up nothing, but one
 * at least must have proven it.
 */
export function stepAfter(doc: Pick<RolloutDoc, 'stage' | 'booths'>, tally: Tally): Step {
  const { ill, well, trying } = tally;
  if (isFall(ill, well + trying + ill.length)) return { kind: 'fall', ill };
  if (tally.toGive + tally.expected + trying > 0 || well === 0) return { kind: 'wait' };
  const stage = stageAfter(doc);
  return stage ? { kind: 'next', stage } : { kind: 'done' };
}

/** Is it more than chance? A setting that is refused never is. */
function isFall(ill: IllBooth[], judged: number): boolean {
  const count = (...illnesses: Illness[]) => ill.filter(({ illness }) => illnesses.includes(illness)).length;
  return (
    count('setting') > 0 ||
    count('camera', 'problem') > Math.floor(judged * ILL_BY_CHANCE) ||
    count('silent') > Math.floor(judged * SILENT_BY_CHANCE)
  );
}

/** The list in the order of turns: the first, then those that can prove it soon, then all others. */
export function inTurn(rows: BoardRow[], first: BoothId | undefined, nowMs: number): BoothId[] {
  const isHealthy = ({ troubles, isOut }: BoardRow) => troubles.length === 0 && !isOut;
  const isReady = (row: BoardRow) => isHealthy(row) && nowMs - row.seenMs < ONLINE_MS;
  const healthy = rows.filter(isHealthy).sort((one, other) => other.seenMs - one.seenMs);
  const one = first ?? healthy[0]?.booth;
  // Ids are beginnings of hashes: in their order is in no order.
  const others = rows.filter(({ booth }) => booth !== one);
  const ids = [...others.filter(isReady), ...others.filter((row) => !isReady(row))].map(({ booth }) => booth);
  return one === undefined ? ids : [one, ...ids];
}

export const isUnderWay = ({ state }: Pick<RolloutDoc, 'state'>): boolean =>
  state === 'running' || state === 'rolling-back';
export const mayRollBack = (doc: Pick<RolloutDoc, 'state'>): boolean =>
  doc.state !== 'rolling-back' && doc.state !== 'rolled-back';
