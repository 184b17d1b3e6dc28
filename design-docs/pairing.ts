import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isPublicKey } from './booth-keys.ts';
import { ADJECTIVES, NOUNS } from './pairing-words.ts';

/**
 * How a booth and the portal meet: Socket.io on its own path, without cookies, `websocket` only.
 *
 *     booth                                portal
 *       │── connects {version, publicKey} ──▶│
 *       │◀─ challenge {sealed} ──────────────│   only who holds the private key can answer,
 *       │── the opened text ────────────────▶│   so nobody else can tap for this booth
 *       │◀─ code {sealed} ───────────────────│   the booth shows it; a customer types it
 *       │◀─ ask {question, customer} ────────│   the booth asks for a tap
 *       │── confirm | decline {question} ───▶│   with the share secret
 *       │◀─ paired {sealed} ─────────────────│   device key and addresses
 *       │── stored ─────────────────────────▶│   when they would survive a power cut
 *
 * Durations travel instead of moments: a booth's clock may be wrong before it is paired.
 */
export const PAIRING_PATH = '/booth-io';
export const PAIRING_VERSION = 1;

export interface ServerToBooth {
  challenge(message: { sealed: string }, answer: (opened: string) => void): void;
  code(message: { sealed: string; validMs: number }): void;
  /** A customer typed the code. `question` is to be given back with the answer. */
  ask(message: { question: string; sealed: string; customer: string; validMs: number }): void;
  paired(message: { sealed: string }, stored: () => void): void;
  /** The connection ends after it; come back after `retryMs`. */
  refused(message: { reason: Refusal; retryMs: number }): void;
}
export interface BoothToServer {
  confirm(message: Confirm): void;
  decline(message: Decline): void;
}

/** `version`: this booth is too old or too new. `too-many`: connections or codes. `key`: not the holder. */
export type Refusal = 'version' | 'too-many' | 'key';

const base64url32 = z.string().refine(isPublicKey, 'not 32 bytes in base64url');
const question = z.string().max(200);

/** What the booth brings when it connects (Socket.io's `auth`). */
export const helloSchema = z.object({ version: z.int(), publicKey: base64url32 });
export type Hello = z.infer<typeof helloSchema>;
export const confirmSchema = z.object({ question, shareSecret: base64url32 });
export type Confirm = z.infer<typeof confirmSchema>;
export const declineSchema = z.object({ question });
export type Decline = z.infer<typeof declineSchema>;

/** What `paired` seals, as JSON: the booth's binding. */
export const bindingSchema = z.strictObject({
  key: z.string().min(1),
  syncUrl: z.url(),
  portalUrl: z.url(),
  pairedAt: z.iso.datetime(),
});

/** How long a code can be typed, and then how long the booth waits for the tap. */
export const CODE_VALID_MS = 10 * 60_000;

/**
 * 41 letters: no I, l, O, o; and of pairs that differ by size alone (C/c, S/s, …) only the capital.
 * Eight of them are 42.9 bits.
 */
export const CODE_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabdefghijkmnpqrty';
export const CODE_LENGTH = 8;

/** As people read it: `kBnM tRaQ`. */
export const showCode = (code: string): string => `${code.slice(0, 4)} ${code.slice(4)}`;

/**
 * The code that someone typed, or undefined when it cannot be one. Spaces do not matter; case does,
 * except for the letters that the alphabet has in one case only.
 */
export function readCode(typed: string): string | undefined {
  const letters = [...typed.replaceAll(/\s/g, '')].map((letter) =>
    CODE_ALPHABET.includes(letter) ? letter : letter.toUpperCase(),
  );
  const isCode = letters.length === CODE_LENGTH && letters.every((letter) => CODE_ALPHABET.includes(letter));
  return isCode ? letters.join('') : undefined;
}

export interface Words {
  fr: string;
  en: string;
}

/**
 * Two words that booth and portal show beside the code, each from its own knowledge of the key: who sees
 * the same on both stands before the booth that brought this key.
 */
export function wordsOf(publicKey: string, code: string): Words {
  const [n = 0, a = 0] = createHash('sha256').update(`${publicKey} ${code}`).digest();
  const noun = NOUNS[n % NOUNS.length] as (typeof NOUNS)[number];
  const adjective = ADJECTIVES[a % ADJECTIVES.length] as (typeof ADJECTIVES)[number];
  return { fr: `${noun[0]} ${adjective[0]}`, en: `${adjective[1]} ${noun[1]}` };
}
