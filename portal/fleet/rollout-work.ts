import { setTimeout as sleep } from 'node:timers/promises';
import { CouchError, type Stored } from '@photomaton/couch';
import {
  type BoothDoc,
  type BoothId,
  boothDatabase,
  boothDocId,
  type RolloutDoc,
  type RolloutListDoc,
  rolloutListId,
  type SettingsDoc,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { Audit } from '../audit/audit.ts';
import { type Settling, settleBooth } from '../events/settle-booth.ts';
import type { Board } from './board.ts';
import {
  endOf,
  giveTo,
  isUnderWay,
  mayGet,
  ROLLOUT_TIMES,
  type RolloutTimes,
  type Standing,
  type Step,
  standingOf,
  stepAfter,
  takeBack,
  tallyOf,
} from './rollout.ts';
import { allRollouts, endRollBack, finish, goOn, rollBack } from './rollout-store.ts';

/** A stage takes an hour: an operator who presses a button does not want to wait for it. */
const SETTLE_EVERY_MS = 10_000;
/** Booths in one request: a page of them is about as large as a photo. */
const PAGE = 200;
/** Then it is looked whether the first of them are well. */
const MOST_IN_A_TURN = 1000;
/** These are named; of the others their number is said. */
const MOST_ILL = 20;
/** Databases of booths that are written at once. */
const AT_ONCE = 8;

export interface RollingOut extends Settling {
  board: Pick<Board, 'isWhole' | 'row' | 'rows' | 'refresh'>;
  audit: Audit;
  now(): Date;
  log: Logger;
  times?: RolloutTimes;
  signal?: AbortSignal;
}

/**
 * Brings every roll-out as far as its booths let it. What is to be done follows from documents and board alone, so it
 * may die at any line and be done again, by any node, even by two at once: what another changed meanwhile is a conflict,
 * and is looked at again the next time. The board only says where to look; what is written follows from what was read.
 */
export async function settleRollouts(o: RollingOut): Promise<void> {
  if (!o.board.isWhole) return;
  const docs = await allRollouts(o);
  for (const doc of docs.filter(({ state }) => state === 'rolling-back')) await takeAllBack(o, doc);
  // One at a time: a booth remembers what it had before the last only.
  const running = docs.find(({ state }) => state === 'running');
  if (running) await advance(o, running);
  await tidyUp(o, docs);
}

/** Settles every few seconds until aborted. */
export async function keepRolloutsSettled(o: RollingOut & { signal: AbortSignal }): Promise<void> {
  while (!o.signal.aborted) {
    await settleRollouts(o).catch((err: unknown) => o.log.warn({ err }, 'roll-outs not settled'));
    await sleep(SETTLE_EVERY_MS, undefined, { signal: o.signal }).catch(() => undefined);
  }
}

async function advance(o: RollingOut, doc: RolloutDoc & Stored): Promise<void> {
  const members = await membersOf(o, doc);
  const look = () => {
    const nowMs = o.now().getTime();
    return members.map(
      (booth) => [booth, standingOf(doc, o.board.row(booth), nowMs, o.times ?? ROLLOUT_TIMES)] as const,
    );
  };
  const seen = look();
  const are = (isOne: (standing: Standing) => boolean) =>
    seen.filter(([, standing]) => isOne(standing)).map(([booth]) => booth);
  const due = [...are(({ kind }) => kind === 'to-give'), ...are(({ kind }) => kind === 'to-bring')];
  for (const page of pagesOf(due.slice(0, MOST_IN_A_TURN))) {
    // Stopped meanwhile, it goes no further.
    if (!(await isStill(o, doc))) return;
    await give(o, doc, page);
    await bring(o, doc, page);
  }
  await noteWell(
    o,
    doc,
    are((one) => one.kind === 'well' && !one.isKnown),
  );
  let step = stepAfter(doc, tallyOf(seen));
  if (step.kind === 'fall') {
    // Not for a word of the feed that was lost.
    await o.board.refresh(step.ill.map(({ booth }) => booth));
    step = stepAfter(doc, tallyOf(look()));
  }
  await take(o, doc, step);
}

/** Trail first, so that nothing is missing from it; after a cut it may be there twice. */
async function take(o: RollingOut, doc: RolloutDoc & Stored, step: Step): Promise<void> {
  if (step.kind === 'wait' || !(await isStill(o, doc))) return;
  const entry = { actor: null, subject: doc.rollout };
  switch (step.kind) {
    case 'next':
      await o.audit('rollout went on', { ...entry, details: { [`stage-${step.stage}`]: true } });
      await goOn(o, doc);
      return;
    case 'done':
      await o.audit('rollout done', { ...entry, details: { booths: doc.booths } });
      await finish(o, doc);
      return;
    case 'fall': {
      const fell = { ill: step.ill.slice(0, MOST_ILL), booths: step.ill.length, at: o.now().toISOString() };
      for (const { booth, illness } of fell.ill)
        await o.audit('rollout fell', { ...entry, details: { booth, [`ill-${illness}`]: true } });
      if (await rollBack(o, doc, fell)) o.log.error({ rollout: doc.rollout, ...fell }, 'roll-out fell');
    }
  }
}

/** Did nobody change it since it was read? */
async function isStill({ couch, signal }: RollingOut, { _id, _rev }: Stored): Promise<boolean> {
  return !signal?.aborted && (await couch.get('fleet', _id))?._rev === _rev;
}

async function membersOf({ couch }: RollingOut, doc: RolloutDoc): Promise<BoothId[]> {
  const list = await couch.get<RolloutListDoc>('fleet', rolloutListId(doc.rollout));
  return list?.booths.slice(0, endOf(doc.stage, doc.booths)) ?? [];
}

const give = (o: RollingOut, doc: RolloutDoc, page: BoothId[]): Promise<void> =>
  changeBooths(o, page, (booth) =>
    mayGet(doc, booth) && booth.rollout?.id !== doc.rollout
      ? giveTo(doc, booth, o.board.row(booth.booth), o.now())
      : undefined,
  );

/** To the booths' own databases, from where they come for it; which revision has it stands in their documents. */
async function bring(o: RollingOut, { rollout }: RolloutDoc, page: BoothId[]): Promise<void> {
  const waiting = (await readBooths(o, page)).filter(
    ({ rollout: given }) => given?.id === rollout && given.rev === undefined && !given.isBack,
  );
  const revs = new Map<BoothId, string>();
  await someAtOnce(waiting, async ({ booth }) => {
    if (!(await isSettled(o, booth))) return;
    const settings = await o.couch.get<SettingsDoc>(boothDatabase(booth), 'settings');
    if (settings) revs.set(booth, settings._rev);
  });
  await changeBooths(o, [...revs.keys()], (booth) => {
    const given = booth.rollout;
    const rev = revs.get(booth.booth);
    return given?.id === rollout && given.rev === undefined && !given.isBack && rev
      ? { ...booth, rollout: { ...given, rev } }
      : undefined;
  });
}

/** Once well with it, a booth may be switched off, or drop its camera: that is not the settings' doing any more. */
async function noteWell(o: RollingOut, { rollout }: RolloutDoc, booths: BoothId[]): Promise<void> {
  for (const page of pagesOf(booths))
    await changeBooths(o, page, (booth) =>
      booth.rollout?.id === rollout && booth.rollout.well === undefined && !booth.rollout.isBack
        ? { ...booth, rollout: { ...booth.rollout, well: o.now().toISOString() } }
        : undefined,
    );
}

async function takeAllBack(o: RollingOut, doc: RolloutDoc): Promise<void> {
  const isWhole = await takeBackFrom(o, doc, await membersOf(o, doc));
  if (!isWhole || o.signal?.aborted) return;
  await o.audit('rollout rolled back', { actor: null, subject: doc.rollout });
  await endRollBack(o, doc);
}

/**
 * Three steps for each booth, each of which is seen in its document: what it had stands there again; it is in the booth's
 * own database; the booth has nothing of the roll-out any more. Is nothing of it left?
 */
async function takeBackFrom(o: RollingOut, doc: RolloutDoc, booths: BoothId[]): Promise<boolean> {
  let isWhole = true;
  const holdersIn = async (page: BoothId[]) =>
    (await readBooths(o, page)).filter(({ rollout }) => rollout?.id === doc.rollout);
  for (const page of pagesOf(booths)) {
    if (o.signal?.aborted) return false;
    const ours = (await holdersIn(page)).map(({ booth }) => booth);
    if (ours.length === 0) continue;
    await changeBooths(o, ours, (booth) =>
      booth.rollout?.id === doc.rollout && !booth.rollout.isBack
        ? takeBack(doc, booth, booth.rollout)
        : undefined,
    );
    const settled: BoothId[] = [];
    await someAtOnce(await holdersIn(ours), async ({ booth, rollout }) => {
      if (rollout?.isBack && (await isSettled(o, booth))) settled.push(booth);
    });
    await changeBooths(o, settled, ({ rollout, ...rest }) =>
      rollout?.id === doc.rollout && rollout.isBack ? rest : undefined,
    );
    if ((await holdersIn(ours)).length > 0) isWhole = false;
  }
  return isWhole;
}

/** What a node left that was stopped in the middle, or that came too late: given after all had been taken back. */
async function tidyUp(o: RollingOut, docs: (RolloutDoc & Stored)[]): Promise<void> {
  const states = new Map(docs.map((doc) => [doc.rollout, doc]));
  const left = new Map<RolloutDoc & Stored, BoothId[]>();
  for (const { booth, given } of o.board.rows()) {
    const doc = given && states.get(given.id);
    if (!doc || isUnderWay(doc) || (doc.state !== 'rolled-back' && given.rev !== undefined)) continue;
    const booths = left.get(doc) ?? [];
    booths.push(booth);
    left.set(doc, booths);
  }
  for (const [doc, booths] of left) {
    if (doc.state === 'rolled-back') await takeBackFrom(o, doc, booths);
    else for (const page of pagesOf(booths)) if (await isStill(o, doc)) await bring(o, doc, page);
  }
}

/** One that cannot be settled now holds up no other. A database that is away holds up all. */
async function isSettled(o: RollingOut, booth: BoothId): Promise<boolean> {
  try {
    await settleBooth(o, booth);
    return true;
  } catch (err) {
    if (!(err instanceof CouchError) || ['UNREACHABLE', 'TIMEOUT'].includes(err.code)) throw err;
    o.log.warn({ err, booth }, 'settings of a roll-out not brought');
    return false;
  }
}

/** Reads, changes, writes, once: what somebody else wrote between is for the next time. */
async function changeBooths(
  o: RollingOut,
  booths: BoothId[],
  of: (booth: BoothDoc & Stored) => BoothDoc | undefined,
): Promise<void> {
  const wanted = (await readBooths(o, booths)).flatMap((booth) => of(booth) ?? []);
  const fared = await o.couch.putMany('fleet', wanted);
  for (const [i, one] of fared.entries())
    if ('error' in one && one.error.code !== 'CONFLICT')
      o.log.error({ err: one.error, booth: wanted[i]?.booth }, 'booth of a roll-out not written');
}

async function readBooths({ couch }: RollingOut, booths: BoothId[]): Promise<(BoothDoc & Stored)[]> {
  const docs = await couch.getMany<BoothDoc>('fleet', booths.map(boothDocId));
  return docs.filter((doc) => doc !== undefined);
}

function pagesOf(booths: BoothId[]): BoothId[][] {
  const pages: BoothId[][] = [];
  for (let i = 0; i < booths.length; i += PAGE) pages.push(booths.slice(i, i + PAGE));
  return pages;
}

async function someAtOnce<T>(all: T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < all.length; i += AT_ONCE) await Promise.all(all.slice(i, i + AT_ONCE).map(work));
}
