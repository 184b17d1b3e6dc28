import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hash, verify } from '@node-rs/argon2';
import { HttpError } from '../web/http-errors.ts';

export const MIN_LENGTH = 8;
const MAX_LENGTH = 256;

/** Argon2id, 19 MiB, two passes: OWASP's first choice, about 30 ms. The package's default algorithm is id. */
const PARAMETERS = { memoryCost: 19456, timeCost: 2, parallelism: 1 };
const CURRENT = '$argon2id$v=19$m=19456,t=2,p=1$';

/** Each one holds 19 MiB and a thread: more at once would only slow the rest of the portal down. */
const AT_ONCE = 2;
const WAITING = 64;

export type PasswordProblem = 'too-short' | 'too-long' | 'common';

export interface Passwords {
  /** What is wrong with a new password; no rules of composition (NIST 800-63B). */
  problem(password: string): PasswordProblem | undefined;
  hash(password: string): Promise<string>;
  /**
   * Does the password fit? Without a hash it takes the same time and says no. `rehash` is there when it
   * fits but was hashed with other parameters than today's.
   */
  verify(phc: string | undefined, password: string): Promise<{ ok: boolean; rehash?: string }>;
}

export async function openPasswords(): Promise<Passwords> {
  const common = new Set(
    readFileSync(new URL('common-passwords.txt', import.meta.url), 'utf8')
      .split('\n')
      .filter(Boolean),
  );
  const inTurn = createTurns(AT_ONCE, WAITING);
  const hashOf = (password: string): Promise<string> =>
    inTurn(() => hash(password.normalize('NFKC'), PARAMETERS));
  const nobody = await hashOf(randomBytes(16).toString('hex'));

  return {
    problem(password) {
      const length = [...password].length;
      if (length < MIN_LENGTH) return 'too-short';
      if (length > MAX_LENGTH) return 'too-long';
      return common.has(password.toLowerCase()) ? 'common' : undefined;
    },
    hash: hashOf,
    async verify(phc, password) {
      const tried = password.length > MAX_LENGTH * 2 ? '' : password;
      const fits = await inTurn(() => verify(phc ?? nobody, tried.normalize('NFKC')));
      if (phc === undefined || !fits) return { ok: false };
      return phc.startsWith(CURRENT) ? { ok: true } : { ok: true, rehash: await hashOf(tried) };
    },
  };
}

/** A password for a person to copy once: 20 characters without look-alikes, 100 bits. */
export function randomPassword(): string {
  // 32 letters and digits, so that a byte chooses one evenly; without l, i, o, 0 that look like others.
  const alphabet = 'abcdefghjkmnpqrstuvwxyz123456789';
  return [...randomBytes(20)].map((byte) => alphabet[byte % alphabet.length]).join('');
}

/** Runs at most `atOnce` jobs; others wait in line, and when the line is full they are refused with 503. */
export function createTurns(atOnce: number, waiting: number): <T>(job: () => Promise<T>) => Promise<T> {
  let running = 0;
  const line: (() => void)[] = [];
  return async (job) => {
    if (running >= atOnce) {
      if (line.length >= waiting) throw new HttpError(503, 'too many password checks at once', 5);
      // Whoever ends passes the turn on, so `running` stays as it is.
      await new Promise<void>((resolve) => line.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await job();
    } finally {
      const next = line.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
