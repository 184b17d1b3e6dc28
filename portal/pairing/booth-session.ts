import { randomBytes, timingSafeEqual } from 'node:crypto';
import { seal } from '@photomaton/design-docs/booth-keys';
import {
  type BoothToServer,
  confirmSchema,
  declineSchema,
  type ServerToBooth,
} from '@photomaton/design-docs/pairing';
import type { Socket } from 'socket.io';
import type { AuditAction } from '../audit/audit.ts';
import type { Claim, PairingRequests, Request } from './requests.ts';

export type BoothSocket = Socket<BoothToServer, ServerToBooth>;

export interface BoothSessionParts {
  requests: PairingRequests;
  /** Carries out a confirmed pairing; see set-up-booth.ts. */
  setUp(request: Request): Promise<string>;
  encryptSecret(text: string): string;
  /** Undefined when this booth may have a new code, else how long it must wait. */
  mustWait(): Promise<{ retryMs: number } | undefined>;
  audit(action: AuditAction, request: Request): Promise<void>;
  now(): Date;
}

const ANSWER_MS = 10_000;
/** Storing a binding is two fsyncs; a booth that does not say so by then is asked again. */
const STORED_MS = 30_000;
/** A person answers a question or two; who goes on is no booth. */
const MAX_ANSWERS = 20;

/** Does the other end hold the private key of this public key? Without it nobody may tap for a booth. */
export async function isHolder(socket: BoothSocket, publicKey: string): Promise<boolean> {
  const secret = randomBytes(32).toString('base64url');
  const sealed = await trySeal(secret, publicKey);
  if (sealed === undefined) return false;
  const reply = await replyOf(socket, () => socket.timeout(ANSWER_MS).emitWithAck('challenge', { sealed }));
  const given = new Uint8Array(Buffer.from(typeof reply?.answer === 'string' ? reply.answer : ''));
  const expected = new Uint8Array(Buffer.from(secret));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/**
 * One booth that waits to be let in, from its proof to its key. All that is known stands in `paillasson`;
 * the session only looks at it, again and again, and does what it says next. So it does not matter which
 * node typed the code, nor which one died.
 */
export function createBoothSession(
  socket: BoothSocket,
  booth: { booth: string; publicKey: string },
  { requests, setUp, encryptSecret, mustWait, audit, now }: BoothSessionParts,
) {
  const ended = new AbortController();
  let wake = (_changed?: Request) => {};
  /** Revision of what the booth shows now. */
  let told: string | undefined;
  let last: string | undefined;
  let answers = 0;

  /**
   * Does what stands next in `paillasson`; gives for how long there is nothing more to do unless woken. `changed`: as the
   * feed told of it. A question is asked at once: its answer holds only for what stands there then.
   */
  async function step(changed: Request | undefined): Promise<number> {
    const isAsked = changed?._id === last && changed?.state === 'claimed' && !requests.isOver(changed);
    const request = isAsked ? changed : await requests.current(booth.booth, last);
    last = request?._id;
    if (!request) {
      const wait = await mustWait();
      if (wait) return refuse(wait.retryMs);
      await requests.open(booth);
      return 0;
    }
    if (request.state === 'confirmed') {
      const sealed = await setUp(request);
      await audit('booth paired', request);
      await requests.finish(request._id, sealed);
      return 0;
    }
    if (request.state === 'paired') {
      await deliver(request);
      return 0;
    }
    const validMs = Math.max(0, Date.parse(request.expiresAt) - now().getTime());
    await tell(request, validMs);
    return validMs;
  }

  async function tell(request: Request, validMs: number): Promise<void> {
    if (told === request._rev) return;
    const sealed = await seal(requests.codeOf(request), booth.publicKey);
    if (request.state === 'claimed' && request.claimedBy) {
      const customer = request.claimedBy.name;
      socket.emit('ask', { question: questionOf(request), sealed, customer, validMs });
    } else {
      socket.emit('code', { sealed, validMs });
    }
    told = request._rev;
  }

  async function deliver(request: Request): Promise<void> {
    const sealed = request.sealed ?? '';
    const stored = await replyOf(socket, () => socket.timeout(STORED_MS).emitWithAck('paired', { sealed }));
    if (stored) {
      await audit('booth has its key', request);
      await requests.delivered(request._id);
    }
    end();
  }

  function refuse(retryMs: number): number {
    socket.emit('refused', { reason: 'too-many', retryMs });
    end();
    return 0;
  }

  function end(): void {
    ended.abort();
    socket.disconnect(true);
    wake();
  }

  /** What the booth answers belongs to the question it was asked; anything else changes nothing. */
  function claimOf(question: string | undefined): Claim | undefined {
    if (++answers > MAX_ANSWERS) end();
    const [id, rev] = question?.split(' ') ?? [];
    return id?.startsWith('code:') && rev && answers <= MAX_ANSWERS ? { id, rev } : undefined;
  }

  async function onConfirm(message: unknown): Promise<void> {
    const { data } = confirmSchema.safeParse(message);
    const claim = claimOf(data?.question);
    if (!data || !claim) return;
    await requests.confirm(booth.booth, claim, encryptSecret(data.shareSecret));
    wake();
  }

  async function onDecline(message: unknown): Promise<void> {
    const { data } = declineSchema.safeParse(message);
    const claim = claimOf(data?.question);
    const declined = claim && (await requests.decline(booth.booth, claim));
    if (declined) await audit('pairing declined', declined);
    wake();
  }

  return {
    end,
    onConfirm,
    onDecline,
    /** Something about this booth changed: look again. */
    wake: (changed: Request) => wake(changed),
    /** Resolves when the booth has its key or went away; rejects when CouchDB cannot be asked. */
    async run(): Promise<void> {
      let latest: Request | undefined;
      while (!ended.signal.aborted) {
        // Made before looking, so that what changes meanwhile is not missed.
        const changed = latest;
        latest = undefined;
        const woken = new Promise<void>((resolve) => {
          wake = (request) => {
            latest = request;
            resolve();
          };
        });
        const idleMs = await step(changed);
        if (idleMs > 0 && !ended.signal.aborted) await within(idleMs, woken);
      }
    },
  };
}

/** A question names the claim: document and revision. */
const questionOf = ({ _id, _rev }: Request): string => `${_id} ${_rev}`;

/** What the booth replies, or undefined when it is gone or does not in time. */
async function replyOf(
  socket: BoothSocket,
  ask: () => Promise<unknown>,
): Promise<{ answer: unknown } | undefined> {
  if (!socket.connected) return undefined;
  const gone = new Promise<undefined>((resolve) => socket.once('disconnect', () => resolve(undefined)));
  const answered = ask().then(
    (answer) => ({ answer }),
    () => undefined,
  );
  return await Promise.race([answered, gone]);
}

/** Undefined for a key that is 32 bytes but no point of the curve. */
async function trySeal(text: string, publicKey: string): Promise<string | undefined> {
  return await seal(text, publicKey).catch(() => undefined);
}

async function within(ms: number, woken: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms + 1);
  });
  await Promise.race([woken, timeUp]);
  clearTimeout(timer);
}
