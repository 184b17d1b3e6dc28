import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Couch, CouchError, type Stored } from '@photomaton/couch';
import { LEADER_ID, type LeaderDoc } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';

const RENEW_MS = 10_000;
/** A claim that was not renewed for so long is nobody's: two renewals may fail. */
const LEASE_MS = 30_000;

export interface Leadership {
  couch: Couch;
  log: Logger;
  signal: AbortSignal;
  /** With a CouchDB in its own process: whose claim stands there is this node's, from before it was cut short. */
  isAlone: boolean;
  /** What the leader does, until it is told to end. */
  lead(signal: AbortSignal): Promise<unknown>;
  renewMs?: number;
  leaseMs?: number;
}

/**
 * One node of an installation does the periodic work: the one whose name stands in the document `leader`. It writes
 * that again and again; who sees the same revision for a whole lease, by its own clock, takes it over. Two may lead for
 * a moment (one that stood still, a cluster that was split): all that is done here may be done twice. Ends when
 * `signal` is aborted.
 *
 *     follows ── nobody's claim, or the same revision for a lease ──▶ leads ── another's, or not renewed ──▶ follows
 */
export async function keepOneLeader(o: Leadership): Promise<void> {
  const { couch, log, signal, renewMs = RENEW_MS, leaseMs = LEASE_MS } = o;
  const node = randomBytes(8).toString('hex');
  const pause = () => sleep(renewMs, undefined, { signal }).catch(() => undefined);
  let seen = { rev: '', atMs: 0 };

  function isFree(doc: LeaderDoc & Stored): boolean {
    if (o.isAlone || doc.node === node) return true;
    if (doc._rev !== seen.rev) seen = { rev: doc._rev, atMs: performance.now() };
    return performance.now() - seen.atMs > leaseMs;
  }

  /** Writes this node's name where it may. False: another leads; undefined: CouchDB is away. */
  async function claim(): Promise<boolean | undefined> {
    try {
      const found = await couch.get<LeaderDoc>('fleet', LEADER_ID);
      if (found && !isFree(found)) return false;
      const doc: LeaderDoc = { _id: LEADER_ID, type: 'leader', node, at: new Date().toISOString() };
      await couch.put('fleet', found ? { ...doc, _rev: found._rev } : doc);
      return true;
    } catch (error) {
      if (!(error instanceof CouchError)) throw error;
      return error.code === 'CONFLICT' ? false : undefined;
    }
  }

  async function leadUntilLost(): Promise<void> {
    const over = new AbortController();
    const work = o.lead(AbortSignal.any([signal, over.signal]));
    log.info({ node }, 'leads');
    for (let renewedMs = performance.now(); !signal.aborted; ) {
      await pause();
      const isMine = await claim();
      if (isMine) renewedMs = performance.now();
      else if (isMine === false || performance.now() - renewedMs > leaseMs) break;
    }
    over.abort();
    await work;
    log.info({ node }, 'leads no more');
  }

  while (!signal.aborted) {
    if (await claim()) await leadUntilLost();
    await pause();
  }
  await resign();

  /** So that another need not wait. */
  async function resign(): Promise<void> {
    try {
      const found = await couch.get<LeaderDoc>('fleet', LEADER_ID);
      if (found?.node === node) await couch.remove('fleet', LEADER_ID, found._rev);
    } catch (err) {
      log.warn({ err }, 'leadership not given back');
    }
  }
}
