import { randomBytes } from 'node:crypto';
import { type Couch, CouchError, type Stored } from '@photomaton/couch';
import { type BoothId, type PairingDoc, type WaitingDoc, waitingId } from '@photomaton/design-docs/docs';
import { CODE_VALID_MS } from '@photomaton/design-docs/pairing';
import type { PairingKeys } from './pairing-keys.ts';

/** Documents outlive their code by an hour, so that an expired or used code is not called wrong. */
const KEEP_MS = 60 * 60_000;
/** A booth that lost its power before it stored its key finds it again for a day. */
const DELIVERY_MS = 24 * 60 * 60_000;
const DB = 'paillasson';

export type Request = PairingDoc & Stored;
/** Who typed the code. */
export interface Claimant {
  account: string;
  name: string;
}
/** A claim as the booth was asked about it. */
export interface Claim {
  id: string;
  rev: string;
}
/** What a typed code turned out to be. `mine`: claimed by the same account before, go on from there. */
export type Typed =
  | { kind: 'found' | 'mine'; request: Request }
  | { kind: 'wrong' }
  | { kind: 'expired' }
  | { kind: 'used' };

export type PairingRequests = ReturnType<typeof openPairingRequests>;

/** The temporary table `paillasson`: one document a code, and which one each booth waits with. */
export function openPairingRequests({ couch, keys, now }: { couch: Couch; keys: PairingKeys; now(): Date }) {
  const inMs = (ms: number) => new Date(now().getTime() + ms).toISOString();
  const isOver = (request: PairingDoc) => request.expiresAt <= now().toISOString();
  const get = (id: string) => couch.get<PairingDoc>(DB, id);
  const update = (id: string, change: (request: Request) => PairingDoc | undefined) =>
    couch.update<PairingDoc>(DB, id, (request) => request && change(request));

  /** What a code's document means to an account that typed it. */
  function judge(request: Request | undefined, account: string): Typed {
    if (!request) return { kind: 'wrong' };
    if (request.state === 'waiting')
      return isOver(request) ? { kind: 'expired' } : { kind: 'found', request };
    const isMine = request.claimedBy?.account === account && request.state !== 'declined';
    return isMine && !isOver(request) ? { kind: 'mine', request } : { kind: 'used' };
  }

  return {
    get,
    isOver,
    judge,
    codeOf: (request: PairingDoc) => keys.codeOf(request.booth, request.nonce),

    /**
     * The request a booth waits with, or undefined when it has none that leads on. `last`: the one that it was at last,
     * and most often still is; it is read beside the answer to that, not after it.
     */
    async current(booth: BoothId, last?: string): Promise<Request | undefined> {
      const [waiting, same] = await Promise.all([
        couch.get<WaitingDoc>(DB, waitingId(booth)),
        last === undefined ? undefined : get(last),
      ]);
      const request = waiting && (waiting.pairing === last ? same : await get(waiting.pairing));
      if (!request || request.booth !== booth || isOver(request)) return undefined;
      const leadsOn = request.state !== 'declined' && (request.state !== 'paired' || request.sealed);
      return leadsOn ? request : undefined;
    },

    /** A new code. Cut short between the two writes, it leaves a code that nobody was told. */
    async open({ booth, publicKey }: Pick<PairingDoc, 'booth' | 'publicKey'>): Promise<void> {
      const nonce = randomBytes(16).toString('base64url');
      const pairing = keys.idOf(keys.codeOf(booth, nonce));
      const expiresAt = inMs(CODE_VALID_MS);
      await couch.put<PairingDoc>(DB, {
        _id: pairing,
        type: 'pairing',
        booth,
        publicKey,
        nonce,
        createdAt: now().toISOString(),
        expiresAt,
        state: 'waiting',
      });
      await couch.update<WaitingDoc>(DB, waitingId(booth), () => ({
        _id: waitingId(booth),
        type: 'waiting',
        booth,
        pairing,
        expiresAt,
      }));
    },

    async typed(code: string, account: string): Promise<Typed> {
      return judge(await get(keys.idOf(code)), account);
    },

    /** The customer says yes; from here the code is used, and the booth has its time for the tap. */
    async claim(id: string, { account, name }: Claimant): Promise<Typed> {
      const request = await update(id, (found) =>
        judge(found, account).kind === 'found'
          ? { ...found, state: 'claimed', claimedBy: { account, name }, expiresAt: inMs(CODE_VALID_MS) }
          : undefined,
      );
      return judge(request, account);
    },

    /** The tap, for the claim that this booth showed and no other that may have come since. */
    async confirm(booth: BoothId, { id, rev }: Claim, encryptedShareSecret: string): Promise<void> {
      await update(id, (found) =>
        isAsked(found, booth, rev) && !isOver(found)
          ? {
              ...found,
              state: 'confirmed',
              shareSecret: encryptedShareSecret,
              expiresAt: inMs(DELIVERY_MS),
            }
          : undefined,
      );
    },

    /** Gives the request when it is declined now. */
    async decline(booth: BoothId, { id, rev }: Claim): Promise<Request | undefined> {
      const request = await update(id, (found) =>
        isAsked(found, booth, rev) ? { ...found, state: 'declined' } : undefined,
      );
      return request?.booth === booth && request.state === 'declined' ? request : undefined;
    },

    /** Everything is set up; what is sealed waits for the booth. */
    async finish(id: string, sealed: string): Promise<void> {
      await update(id, (found) => {
        if (found.state !== 'confirmed') return undefined;
        const { shareSecret: _, ...rest } = found;
        return { ...rest, state: 'paired', sealed };
      });
    },

    /** The booth has its key: the sealed one is deleted. */
    async delivered(id: string): Promise<void> {
      await update(id, (found) => {
        if (found.sealed === undefined) return undefined;
        const { sealed: _, ...rest } = found;
        return { ...rest, expiresAt: now().toISOString() };
      });
    },

    /** Deletes what nobody will ask for again. Any number of nodes may do this at once. */
    async sweep(): Promise<void> {
      const limit = 500;
      const before = new Date(now().getTime() - KEEP_MS).toISOString();
      for (let startkey = '', more = true; more; ) {
        const page = await couch.range<PairingDoc | WaitingDoc>(DB, { startkey, limit });
        for (const doc of page) {
          if (doc._id.startsWith('_design/') || doc.expiresAt > before) continue;
          await couch.remove(DB, doc._id, doc._rev).catch(ignoreConflict);
        }
        more = page.length === limit;
        startkey = `${page.at(-1)?._id}\u0000`;
      }
    },
  };
}

const isAsked = (request: Request, booth: BoothId, rev: string): boolean =>
  request.booth === booth && request.state === 'claimed' && request._rev === rev;

/** Someone changed it since: it is in use after all. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof CouchError && error.code === 'CONFLICT')) throw error;
}
