import { createHash } from 'node:crypto';
import type { Couch } from '@photomaton/couch';
import { type AccountDoc, accountId, type SecondFactor as Factor } from '@photomaton/design-docs/docs';
import { Secret, TOTP } from 'otpauth';
import type { Secrets } from '../secrets.ts';
import { randomPassword } from './passwords.ts';

const STEP_S = 30;
/** Clocks differ, and people type slowly: a code is good in the step before and after its own too. */
const WINDOW = 1;
const RECOVERY_CODES = 10;

/** Codes of an authenticator app (RFC 6238), each good once, and recovery codes for when there is no app. */
export interface SecondFactor {
  /** A new secret in base32. Nothing is stored before {@link SecondFactor.enable}. */
  draw(): string;
  /** What an app reads from the QR code. */
  addressOf(secret: string, email: string): string;
  /** Turns it on (or changes it) when the code is the secret's; gives the recovery codes, to be shown once. */
  enable(account: string, secret: string, code: string): Promise<string[] | undefined>;
  /** Is this a code of the app or a recovery code that was not used before? It is used now. */
  pass(account: string, code: string): Promise<boolean>;
  disable(account: string): Promise<void>;
}

export function openSecondFactor(o: { couch: Couch; secrets: Secrets; now: () => Date }): SecondFactor {
  const { couch, secrets, now } = o;

  /** The step that a code belongs to, if it is one of the steps around now. */
  function stepOf(secret: string, code: string): number | undefined {
    const token = code.replaceAll(/\s/g, '');
    if (!/^\d{6}$/.test(token)) return undefined;
    const timestamp = now().getTime();
    const delta = totp(secret).validate({ token, timestamp, window: WINDOW });
    return delta === null ? undefined : Math.floor(timestamp / 1000 / STEP_S) + delta;
  }

  /** What is left after a code was used; undefined: it is none. */
  function use(factor: Factor, code: string): Factor | undefined {
    const lastStep = stepOf(secrets.decryptSecret(factor.secret), code);
    if (lastStep !== undefined) return lastStep > factor.lastStep ? { ...factor, lastStep } : undefined;
    const recovery = factor.recovery.filter((one) => one !== hashOf(code));
    return recovery.length < factor.recovery.length ? { ...factor, recovery } : undefined;
  }

  async function change(
    account: string,
    to: (doc: AccountDoc) => AccountDoc | undefined,
  ): Promise<AccountDoc | undefined> {
    let changed: AccountDoc | undefined;
    await couch.update<AccountDoc>('accounts', accountId(account), (doc) => {
      changed = doc && to(doc);
      return changed;
    });
    return changed;
  }

  return {
    draw: () => new Secret({ size: 20 }).base32,
    addressOf: (secret, email) => totp(secret, email).toString(),

    async enable(account, secret, code) {
      const lastStep = stepOf(secret, code);
      if (lastStep === undefined) return undefined;
      const codes = Array.from({ length: RECOVERY_CODES }, recoveryCode);
      const factor = { secret: secrets.encryptSecret(secret), lastStep, recovery: codes.map(hashOf) };
      const changed = await change(account, (doc) => ({ ...doc, secondFactor: factor }));
      return changed && codes;
    },

    async pass(account, code) {
      const changed = await change(account, (doc) => {
        const left = doc.secondFactor && use(doc.secondFactor, code);
        return left && { ...doc, secondFactor: left };
      });
      return changed !== undefined;
    },

    async disable(account) {
      await change(account, ({ secondFactor, ...doc }) => (secondFactor ? doc : undefined));
    },
  };
}

const totp = (secret: string, label = ''): TOTP =>
  new TOTP({ issuer: 'Photomaton', label, secret: Secret.fromBase32(secret), period: STEP_S });

/** 100 bits in four groups: a hash without salt keeps it. */
const recoveryCode = (): string => (randomPassword().match(/.{5}/g) ?? []).join('-');

/** However it was typed: capitals, blanks, hyphens or none. */
function hashOf(code: string): string {
  const letters = code.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return createHash('sha256').update(`recovery ${letters}`).digest('hex');
}
