import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Couch, CouchError } from '@photomaton/couch';
import { SESSION_VIEWS, type SessionDoc, sessionDocId } from '@photomaton/design-docs/docs';
import { type SessionData, Store } from 'express-session';
import type { Logger } from 'pino';

const IDLE_MS = 12 * 3600 * 1000;
const ABSOLUTE_MS = 30 * 24 * 3600 * 1000;
const TOUCH_EVERY_MS = 60 * 1000;
/** How long the mark of an ended session stays: longer than any request that could still save it. */
const TOMBSTONE_MS = 24 * 3600 * 1000;
const SWEEP_EVERY_MS = 3600 * 1000;
const SWEEP_BATCH = 500;

/**
 * Sessions in CouchDB, under the SHA-256 of their id, so that a dump of the database logs nobody in.
 *
 * The trap this store exists for: express-session saves a session again at the end of every request, so a
 * request in flight during a logout would bring the session back. `destroy` therefore leaves a tombstone
 * (`data: null`), and `set` and `touch` never overwrite one.
 */
export class SessionStore extends Store {
  readonly #couch: Couch;
  readonly #known: Pick<Couch, 'get'>;
  readonly #now: () => Date;

  /** `known` is what reads a session: CouchDB, or what this node knows of it. */
  constructor(o: { couch: Couch; known: Pick<Couch, 'get'>; now: () => Date }) {
    super();
    this.#couch = o.couch;
    this.#known = o.known;
    this.#now = o.now;
  }

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    answer(done, async () => {
      const doc = await this.#known.get<SessionDoc>('sessions', sessionIdOf(sid));
      if (!doc?.data || doc.expiresAt <= this.#now().toISOString()) return null;
      const session = JSON.parse(doc.data) as SessionData;
      return { ...session, createdAt: doc.createdAt, expiresAt: doc.expiresAt };
    });
  }

  override set(sid: string, session: SessionData, done: (error?: unknown) => void = () => {}): void {
    answer(done, async () => {
      const { createdAt: _, expiresAt: __, ...data } = session;
      await this.#update(sid, (doc, now) => {
        if (doc && !doc.data) return undefined;
        const createdAt = doc?.createdAt ?? now.toISOString();
        return {
          _id: sessionIdOf(sid),
          type: 'session',
          account: session.passport?.user ?? null,
          data: JSON.stringify(data),
          createdAt,
          seenAt: now.toISOString(),
          expiresAt: endOf(createdAt, now),
        };
      });
    });
  }

  /** Pushes the idle end back, at most once a minute. */
  override touch(sid: string, session: SessionData, done: (error?: unknown) => void = () => {}): void {
    const now = this.#now();
    const { createdAt, expiresAt } = session;
    if (
      createdAt &&
      expiresAt &&
      Date.parse(endOf(createdAt, now)) - Date.parse(expiresAt) < TOUCH_EVERY_MS
    ) {
      done();
      return;
    }
    answer(done, async () => {
      await this.#update(sid, (doc) =>
        doc?.data ? { ...doc, seenAt: now.toISOString(), expiresAt: endOf(doc.createdAt, now) } : undefined,
      ).catch((error: unknown) => {
        // The page is written already, and the next visit tries again.
        if (!(error instanceof CouchError)) throw error;
      });
    });
  }

  override destroy(sid: string, done: (error?: unknown) => void = () => {}): void {
    answer(done, async () => {
      await this.#update(sid, (doc, now) => tombstoneOf(sessionIdOf(sid), doc, now));
    });
  }

  #update(sid: string, change: (doc: SessionDoc | undefined, now: Date) => SessionDoc | undefined) {
    return this.#couch.update<SessionDoc>('sessions', sessionIdOf(sid), (doc) => change(doc, this.#now()));
  }
}

/** The id of a session's document, which cannot be turned back into the session's own. */
export function sessionIdOf(sid: string): string {
  return sessionDocId(createHash('sha256').update(sid).digest('hex'));
}

/** What is left of a session that ended. */
export function tombstoneOf(_id: string, doc: SessionDoc | undefined, now: Date): SessionDoc {
  return {
    _id,
    type: 'session',
    account: doc?.account ?? null,
    data: null,
    createdAt: doc?.createdAt ?? now.toISOString(),
    expiresAt: new Date(now.getTime() + TOMBSTONE_MS).toISOString(),
  };
}

/** 12 hours from now, but never more than 30 days after the login. */
function endOf(createdAt: string, now: Date): string {
  return new Date(Math.min(now.getTime() + IDLE_MS, Date.parse(createdAt) + ABSOLUTE_MS)).toISOString();
}

/** Turns a promise into the callback that express-session wants. */
function answer<T>(done: (error: unknown, value?: T) => void, work: () => Promise<T>): void {
  work().then(
    (value) => done(null, value),
    (error: unknown) => done(error),
  );
}

/** Removes sessions and tombstones whose time is over. Gives how many. */
export async function sweepSessions(o: { couch: Couch; now: Date }): Promise<number> {
  let removed = 0;
  while (true) {
    const { rows } = await o.couch.view<SessionDoc>('sessions', SESSION_VIEWS.ddoc, SESSION_VIEWS.byExpiry, {
      endkey: o.now.toISOString(),
      limit: SWEEP_BATCH,
      includeDocs: true,
    });
    for (const { doc } of rows) if (doc) await o.couch.remove('sessions', doc._id, doc._rev);
    removed += rows.length;
    if (rows.length < SWEEP_BATCH) return removed;
  }
}

/** Sweeps every hour until aborted. A database that is away is tried again at the next turn. */
export async function keepSessionsSwept(o: {
  couch: Couch;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  while (!o.signal.aborted) {
    try {
      const removed = await sweepSessions({ couch: o.couch, now: new Date() });
      if (removed > 0) o.log.info({ removed }, 'ended sessions removed');
    } catch (error) {
      if (!(error instanceof CouchError)) throw error;
      o.log.warn({ code: error.code }, 'sessions not swept');
    }
    await sleep(SWEEP_EVERY_MS, undefined, { signal: o.signal }).catch(() => undefined);
  }
}
