import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '@photomaton/couch/durable-file';
import { boothIdOf, isPublicKey, makeBoothKeys } from '@photomaton/design-docs/booth-keys';
import type { BoothId } from '@photomaton/design-docs/docs';
import { bindingSchema } from '@photomaton/design-docs/pairing';
import { z } from 'zod';

/**
 * Who this booth is: its key pair and share secret, made once at the first start, and the portal it is
 * bound to. `identity.json` (0600) in the data folder. A file that cannot be read is an error and is never
 * replaced: with it would go the booth's id, its binding and every share link that was ever printed.
 */
export interface Identity {
  booth: BoothId;
  /** X25519, base64url; the booth's id is the beginning of its SHA-256. */
  publicKey: string;
  privateKey: string;
  /** 32 bytes, base64url; given to the portal when the booth is paired. */
  shareSecret: string;
  binding?: Binding;
}

interface Binding {
  /** The device key: password of the booth's CouchDB user. */
  key: string;
  /** `…/couch`; databases are below it. */
  syncUrl: string;
  portalUrl: string;
  /** ISO 8601, UTC. */
  pairedAt: string;
  /** The device key that is to come in place of `key` (sync/keyring.ts). */
  nextKey?: string;
}

export interface OpenIdentity {
  current(): Identity;
  /** Resolves when the binding would survive a power cut. */
  bind(binding: Binding): Promise<void>;
  unbind(): Promise<void>;
}

const bytes32 = z.string().refine(isPublicKey, 'not 32 bytes in base64url');
const stored = z
  .strictObject({
    booth: z.string(),
    publicKey: bytes32,
    privateKey: bytes32,
    shareSecret: bytes32,
    binding: bindingSchema.extend({ nextKey: z.string().min(1).exactOptional() }).optional(),
  })
  .refine(({ booth, publicKey }) => booth === boothIdOf(publicKey), 'the id does not belong to the key');

/** The file is there and cannot be used: a person has to look at it. */
class IdentityError extends Error {
  readonly code = 'IDENTITY';
}

/** Reads the identity, or makes one at the first start. Throws an error of code `IDENTITY` on a damaged file. */
export async function openIdentity(dataDir: string): Promise<OpenIdentity> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'identity.json');
  const write = (identity: Identity) => writeDurably(path, `${JSON.stringify(identity, null, 2)}\n`);

  let identity = await readIdentity(path);
  if (!identity) {
    identity = await makeIdentity();
    await write(identity);
  }
  let current: Identity = identity;
  const change = async (next: Identity) => {
    await write(next);
    current = next;
  };
  return {
    current: () => current,
    bind: (binding) => change({ ...current, binding }),
    unbind: () => {
      const { binding: _, ...unbound } = current;
      return change(unbound);
    },
  };
}

async function makeIdentity(): Promise<Identity> {
  const keys = await makeBoothKeys();
  return { booth: boothIdOf(keys.publicKey), ...keys, shareSecret: randomBytes(32).toString('base64url') };
}

async function readIdentity(path: string): Promise<Identity | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new IdentityError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  try {
    const { binding, ...rest } = stored.parse(JSON.parse(text));
    return binding ? { ...rest, binding } : rest;
  } catch (cause) {
    // The reason is kept out of the message: a parser's excerpt could show a key.
    throw new IdentityError(`${path} is damaged; restore it or move it away to make a new booth`, {
      cause: cause instanceof z.ZodError ? cause.issues.map((issue) => issue.message).join(', ') : undefined,
    });
  }
}
