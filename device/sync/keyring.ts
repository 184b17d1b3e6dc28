import { proofOf, unseal } from '@photomaton/design-docs/booth-keys';
import type { StatusDoc } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { OpenIdentity } from '../pairing/identity.ts';
import type { BoothDb } from './booth-db.ts';

/**
 * The booth's device key, and the one that the portal has sealed to it to come in its place.
 *
 *   taken (on the disk) ── the status proves it ── the portal puts it in force ── the one before is refused ── used
 *
 * The plug may be pulled at any of these: both keys are on the disk until the new one has let the booth in.
 */
export interface Keyring {
  current(): string;
  /** The key that is to come. */
  next(): string | undefined;
  /** Takes in what came down; to be called after a pull, with the key that it was let in with. Never rejects. */
  bring(o: { letIn: string }): Promise<void>;
  /** For the status: to whom a key can be sealed, and that the one to come is here. */
  said(): Pick<StatusDoc, 'publicKey' | 'newKey'>;
}

export function createKeyring({
  identity,
  boothDb,
  log,
}: {
  identity: Pick<OpenIdentity, 'current' | 'bind'>;
  boothDb: Pick<BoothDb, 'newKey'>;
  log: Logger;
}): Keyring {
  const bindingNow = () => {
    const { binding } = identity.current();
    if (!binding) throw new Error('a booth that is bound to nobody has no device key');
    return binding;
  };
  let newKey: StatusDoc['newKey'];

  /** The key that was to come is in force: the one before is of no use any more. */
  async function useNext(): Promise<void> {
    const { nextKey, ...binding } = bindingNow();
    if (nextKey === undefined) return;
    await identity.bind({ ...binding, key: nextKey });
    log.info('the new device key is in use');
  }

  async function bring({ letIn }: { letIn: string }): Promise<void> {
    // First: yet another key must not take the place of the one that is in force.
    if (letIn === bindingNow().nextKey) await useNext();
    const doc = await boothDb.newKey();
    newKey = undefined;
    if (!doc) return;
    const { rotation } = doc;
    const key = await unseal(doc.sealed, identity.current());
    if (key === undefined) return log.error({ rotation }, 'a new key that is not for this booth');
    const binding = bindingNow();
    if (key === binding.key) return;
    // Before it is said to be here: from then on it may be the only one that is let in.
    if (key !== binding.nextKey) await identity.bind({ ...binding, nextKey: key });
    newKey = { rotation, proof: proofOf(key, rotation) };
  }

  return {
    current: () => bindingNow().key,
    next: () => bindingNow().nextKey,
    bring: (o) =>
      bring(o).catch((err: unknown) => {
        // The booth's own disk: the key before goes on, and the next cycle tries again.
        log.error({ err }, 'the new key could not be taken in');
      }),
    said: () => ({ publicKey: identity.current().publicKey, ...(newKey && { newKey }) }),
  };
}
