import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { type BoothId, isBoothId } from '@photomaton/design-docs/docs';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** A booth's name and key as they came in a Basic authorization. */
export interface SyncUser {
  booth: BoothId;
  /** Built again from its parts, so that CouchDB reads exactly what was read here. */
  authorization: string;
}

export type Proof = { kind: 'good' } | { kind: 'bad' } | { kind: 'throttled'; retryAfterS: number };

/**
 * Reads `Basic booth-<id>:<key>`. Only booths come this way: nobody can try the password of the portal's
 * or the administrator's account here, whose hashes are meant to be slow.
 */
export function parseAuthorization(header: string | undefined): SyncUser | undefined {
  const m = /^Basic ([A-Za-z0-9+/]{1,400}={0,2})$/i.exec(header ?? '');
  const text = Buffer.from(m?.[1] ?? '', 'base64').toString('latin1');
  const [, booth, key] = /^booth-([0-9a-f]{24}):([\x21-\x7e]{1,200})$/.exec(text) ?? [];
  if (!isBoothId(booth) || key === undefined) return undefined;
  return { booth, authorization: `Basic ${Buffer.from(`booth-${booth}:${key}`).toString('base64')}` };
}

/** Fewer than the five failures after which CouchDB itself locks a name and an address out. */
const FAILURES_PER_BOOTH_AND_ADDRESS = 4;
const FAILURES_PER_ADDRESS = 60;
const WINDOW_S = 300;
const REMEMBERED = 20_000;

/**
 * Tells a true key from a wrong one before anything is forwarded, and remembers the true ones.
 *
 * A booth's id is no secret (share links carry it) and guests sit behind the booth's own address, so wrong
 * keys must neither cost CouchDB a hash each nor lock the booth out: a key proven once is not throttled any
 * more, only unproven ones are, by address and booth and by address alone. CouchDB still checks every
 * request; {@link forget} is for when it refuses a key that was good before.
 */
export function createSyncCredentials({
  check,
}: {
  /** Asks CouchDB; throws when it cannot be asked. */
  check(authorization: string, address: string): Promise<'good' | 'bad' | 'locked'>;
}) {
  const good = new Set<string>();
  const asking = new Map<string, Promise<Proof>>();
  const perBooth = new RateLimiterMemory({ points: FAILURES_PER_BOOTH_AND_ADDRESS, duration: WINDOW_S });
  const perAddress = new RateLimiterMemory({ points: FAILURES_PER_ADDRESS, duration: WINDOW_S });

  async function ask(user: SyncUser, address: string): Promise<Proof> {
    const network = networkOf(address);
    const pair = `${network} ${user.booth}`;
    try {
      await perAddress.consume(network);
      await perBooth.consume(pair);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return { kind: 'throttled', retryAfterS: Math.ceil(refusal.msBeforeNext / 1000) };
    }
    const giveBack = () => Promise.all([perAddress.reward(network), perBooth.reward(pair)]);
    const answer = await check(user.authorization, address).catch(async (error: unknown) => {
      await giveBack(); // nobody's fault: CouchDB is away
      throw error;
    });
    if (answer === 'locked') return { kind: 'throttled', retryAfterS: WINDOW_S };
    if (answer === 'bad') return { kind: 'bad' };
    await giveBack();
    remember(fingerprint(user));
    return { kind: 'good' };
  }

  function remember(print: string): void {
    const [oldest] = good;
    if (good.size >= REMEMBERED && oldest !== undefined) good.delete(oldest);
    good.add(print);
  }

  return {
    /** Is this key true? Requests that bring the same key at the same time ask CouchDB once. */
    async prove(user: SyncUser, address: string): Promise<Proof> {
      const print = fingerprint(user);
      if (good.delete(print)) {
        good.add(print); // moves it to the end: the longest unused is forgotten first
        return { kind: 'good' };
      }
      const question = `${print} ${networkOf(address)}`;
      const asked = asking.get(question);
      if (asked !== undefined) return asked;
      const answer = ask(user, address).finally(() => asking.delete(question));
      asking.set(question, answer);
      return answer;
    },
    forget(user: SyncUser): void {
      good.delete(fingerprint(user));
    },
  };
}

/** Keys are not kept in memory, only what recognises them. */
const fingerprint = (user: SyncUser): string =>
  createHash('sha256').update(user.authorization).digest('base64');

/** An IPv6 subscriber has a whole /64 to come from. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':');
}
