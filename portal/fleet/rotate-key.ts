import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Couch } from '@photomaton/couch';
import type { Provisioner } from '@photomaton/couch/setup';
import { boothIdOf, isPublicKey, proofOf, seal } from '@photomaton/design-docs/booth-keys';
import {
  type BoothId,
  boothDatabase,
  type KeyDoc,
  type RotationDoc,
  rotationId,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { Audit } from '../audit/audit.ts';

/** What new keys are derived for, of the portal's secret. */
export const ROTATION_KEY = 'device keys that replace others';
const SETTLE_EVERY_MS = 20_000;
const BATCH = 100;

export interface Rotating {
  couch: Couch;
  provisioner: Provisioner;
  audit: Audit;
  /** 32 bytes, {@link ROTATION_KEY}: new keys follow from it. */
  rotationKey: Buffer;
  now(): Date;
}

/** Can another key be sent to the booth? Not to one that was revoked, or whose program knows nothing of it. */
export async function canRotate({ couch }: Pick<Rotating, 'couch'>, booth: BoothId): Promise<boolean> {
  return publicKeyOf(booth, await couch.get<StatusDoc>(boothDatabase(booth), 'status')) !== undefined;
}

/**
 * Begins to put another device key in place of the booth's; the rest is {@link settleRotation}'s. One that is under
 * way goes on. False: the booth has no key, or takes no other.
 */
export async function beginRotation(o: Rotating, booth: BoothId): Promise<boolean> {
  const replaces = await o.provisioner.deviceKeyMark(booth);
  if (replaces === undefined || !(await canRotate(o, booth))) return false;
  const rotation = await o.couch.update<RotationDoc>('fleet', rotationId(booth), (found) =>
    found
      ? undefined
      : {
          ...{ _id: rotationId(booth), type: 'rotation', booth, replaces },
          ...{ rotation: randomBytes(16).toString('base64url'), since: o.now().toISOString() },
        },
  );
  if (rotation) await settleRotation(o, rotation);
  return true;
}

/**
 * Seals the new key to the booth, and puts it in force when the booth has proven that it holds it. It may die at any
 * line and be done again, by any node, even by two at once: the key follows from the rotation, and takes the place of
 * the one key that it was meant to replace.
 */
async function settleRotation(o: Rotating, rotation: RotationDoc): Promise<void> {
  const { booth, replaces: mark } = rotation;
  const status = await o.couch.get<StatusDoc>(boothDatabase(booth), 'status');
  const key = keyOf(o.rotationKey, rotation);
  if (isProven(status, rotation, key)) {
    if (await o.provisioner.replaceDeviceKey(booth, { mark, key }))
      await o.audit('booth key rotated', { actor: null, subject: booth });
    return await endRotation(o, rotation);
  }
  // Paired anew or revoked meanwhile.
  if ((await o.provisioner.deviceKeyMark(booth)) !== mark) return await endRotation(o, rotation);
  const publicKey = publicKeyOf(booth, status);
  if (publicKey === undefined) return;
  const sealed = await seal(key, publicKey);
  await o.couch.update<KeyDoc>(boothDatabase(booth), 'key', (found) =>
    found?.rotation === rotation.rotation
      ? undefined
      : { _id: 'key', type: 'key', rotation: rotation.rotation, sealed },
  );
}

async function endRotation({ couch }: Rotating, { booth, rotation, _id }: RotationDoc): Promise<void> {
  for (const [db, id] of [
    [boothDatabase(booth), 'key'],
    ['fleet', _id],
  ] as const) {
    const found = await couch.get<{ rotation: string }>(db, id);
    if (found?.rotation === rotation) await couch.remove(db, id, found._rev);
  }
}

/** Its id is the beginning of its key's hash, so nobody can put another in its place. */
function publicKeyOf(booth: BoothId, status: StatusDoc | undefined): string | undefined {
  const publicKey = status?.publicKey;
  return isPublicKey(publicKey) && boothIdOf(publicKey) === booth ? publicKey : undefined;
}

function keyOf(rotationKey: Buffer, { booth, rotation }: RotationDoc): string {
  return createHmac('sha256', new Uint8Array(rotationKey))
    .update(JSON.stringify([booth, rotation]))
    .digest('base64url');
}

function isProven(status: StatusDoc | undefined, { rotation }: RotationDoc, key: string): boolean {
  const said = status?.newKey;
  if (said?.rotation !== rotation) return false;
  const [given, wanted] = [Buffer.from(said.proof), Buffer.from(proofOf(key, rotation))];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Brings every rotation that is under way as far as its booth lets it. */
export async function settleRotations(o: Rotating & { log: Logger }): Promise<void> {
  const endkey = rotationId('\ufff0');
  for (let startkey = rotationId(''); ; ) {
    const some = await o.couch.range<RotationDoc>('fleet', { startkey, endkey, limit: BATCH });
    for (const rotation of some)
      await settleRotation(o, rotation).catch((err: unknown) =>
        o.log.warn({ err, booth: rotation.booth }, 'rotation of a key not settled'),
      );
    const last = some.at(-1);
    if (!last || some.length < BATCH) return;
    startkey = `${last._id}\u0000`;
  }
}

/** Settles every few seconds until aborted: the sooner it is in force, the shorter the old key lives. */
export async function keepRotationsSettled(
  o: Rotating & { log: Logger; signal: AbortSignal },
): Promise<void> {
  while (!o.signal.aborted) {
    await settleRotations(o).catch((err: unknown) => o.log.warn({ err }, 'rotations of keys not settled'));
    await sleep(SETTLE_EVERY_MS, undefined, { signal: o.signal }).catch(() => undefined);
  }
}
