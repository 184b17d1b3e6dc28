import { randomBytes } from 'node:crypto';
import type { Couch, Stored } from '@photomaton/couch';
import {
  idTime,
  type RolloutDoc,
  type RolloutId,
  type RolloutListDoc,
  rolloutDocId,
  rolloutListId,
} from '@photomaton/design-docs/docs';
import { isUnderWay, mayRollBack, stageAfter } from './rollout.ts';

interface Parts {
  couch: Couch;
  now(): Date;
}

const BATCH = 200;
const SHOWN = 50;
/** No roll-out takes so long to be written. */
const LOST_MS = 3600_000;

export const newRolloutId = (at: Date): RolloutId => `${idTime(at)}-${randomBytes(4).toString('hex')}`;

/** Every roll-out there was, the oldest first. */
export async function allRollouts({ couch }: Pick<Parts, 'couch'>): Promise<(RolloutDoc & Stored)[]> {
  const docs: (RolloutDoc & Stored)[] = [];
  for (let startkey = rolloutDocId(''); ; ) {
    const range = { startkey, endkey: rolloutDocId('\ufff0'), limit: BATCH };
    const some = await couch.range<RolloutDoc>('fleet', range);
    docs.push(...some);
    const last = some.at(-1);
    if (!last || some.length < BATCH) return docs;
    startkey = `${last._id}\u0000`;
  }
}

/** A page of them, the newest first, from before one; `next` begins the page after. */
export async function rolloutsBefore(
  { couch }: Pick<Parts, 'couch'>,
  before: RolloutId | undefined,
): Promise<{ docs: RolloutDoc[]; next: RolloutId | undefined }> {
  const startkey = rolloutDocId(before ?? '\ufff0');
  const range = { startkey, endkey: rolloutDocId(''), descending: true, limit: SHOWN + 1 };
  const docs = await couch.range<RolloutDoc>('fleet', range);
  return { docs: docs.slice(0, SHOWN), next: docs[SHOWN]?.rollout };
}

/**
 * Begins a roll-out to the booths of a list. False: another is under way. The list comes first: a roll-out that is seen
 * has one. Should two begin in the same moment, the later one waits for the other (rollout-work.ts).
 */
export async function beginRollout(
  o: Parts,
  wanted: Pick<RolloutDoc, 'rollout' | 'set' | 'clear' | 'asked' | 'by'> & Pick<RolloutListDoc, 'booths'>,
): Promise<boolean> {
  const known = await allRollouts(o);
  if (known.some(isUnderWay)) return false;
  await dropLostLists(o, new Set(known.map(({ rollout }) => rolloutListId(rollout))));
  const { rollout, booths, ...what } = wanted;
  const at = o.now();
  const list: RolloutListDoc = { _id: rolloutListId(rollout), type: 'rollout-list', rollout, booths };
  await o.couch.put<RolloutListDoc>('fleet', list);
  await o.couch.put<RolloutDoc>('fleet', {
    ...{ _id: rolloutDocId(rollout), type: 'rollout', rollout, ...what, booths: booths.length },
    ...{ createdAt: at.toISOString(), state: 'running', stage: 'one', since: at.toISOString() },
  });
  return true;
}

/** Whoever wrote them was cut short before the roll-out itself. */
async function dropLostLists({ couch, now }: Parts, known: Set<string>): Promise<void> {
  const endkey = rolloutListId(idTime(new Date(now().getTime() - LOST_MS)));
  for (const id of await couch.ids('fleet', { startkey: rolloutListId(''), endkey, limit: 1000 })) {
    const lost = known.has(id) ? undefined : await couch.get('fleet', id);
    if (lost) await couch.remove('fleet', id, lost._rev);
  }
}

/** What is seen of a roll-out when it is changed; only from there does the change go on. */
type Seen = Pick<RolloutDoc, 'rollout' | 'stage'>;

/** To the next stage, from this one. */
export const goOn = (o: Parts, seen: Seen) =>
  change(o, seen, (doc) => {
    const stage = stageAfter(doc);
    return doc.state === 'running' && doc.stage === seen.stage && stage ? { stage } : undefined;
  });

/** It is on all booths, and they are well. */
export const finish = (o: Parts, seen: Seen) =>
  change(o, seen, (doc) =>
    doc.state === 'running' && doc.stage === seen.stage ? { state: 'done' } : undefined,
  );

/** No further booth gets it. */
export const stop = (o: Parts, seen: Pick<Seen, 'rollout'>) =>
  change(o, seen, (doc) => (doc.state === 'running' ? { state: 'stopped' } : undefined));

/** Every booth that has it gets back what it had; `fell` says why nobody had to ask for it. */
export const rollBack = (o: Parts, seen: Pick<Seen, 'rollout'>, fell?: RolloutDoc['fell']) =>
  change(o, seen, (doc) => {
    const mayBe = fell ? doc.state === 'running' : mayRollBack(doc);
    return mayBe ? { state: 'rolling-back', ...(fell && { fell }) } : undefined;
  });

/** Nothing of it is left. */
export const endRollBack = (o: Parts, seen: Pick<Seen, 'rollout'>) =>
  change(o, seen, (doc) => (doc.state === 'rolling-back' ? { state: 'rolled-back' } : undefined));

/** Was it so, and is it now as said? */
async function change(
  { couch, now }: Parts,
  { rollout }: Pick<Seen, 'rollout'>,
  of: (doc: RolloutDoc) => Partial<RolloutDoc> | undefined,
): Promise<boolean> {
  let isChanged = false;
  await couch.update<RolloutDoc>('fleet', rolloutDocId(rollout), (found) => {
    const next = found && of(found);
    isChanged = next !== undefined;
    return found && next ? { ...found, ...next, since: now().toISOString() } : undefined;
  });
  return isChanged;
}
