import type { Couch } from '@photomaton/couch';
import type { Provisioner } from '@photomaton/couch/setup';
import { seal } from '@photomaton/design-docs/booth-keys';
import {
  type AccountDoc,
  accountId,
  type BoothDoc,
  boothDocId,
  type EventDoc,
  type EventId,
  eventDocId,
  serialOf,
} from '@photomaton/design-docs/docs';
import type { bindingSchema } from '@photomaton/design-docs/pairing';
import type { z } from 'zod';
import { settleBooth } from '../events/settle-booth.ts';
import type { PairingKeys } from './pairing-keys.ts';
import type { Request } from './requests.ts';

export interface SetUp {
  couch: Couch;
  provisioner: Provisioner;
  keys: PairingKeys;
  /** Where the booth replicates to and what it calls the portal: both become part of its binding. */
  syncUrl: string;
  portalUrl: string;
  now(): Date;
}

/**
 * Makes everything a confirmed booth needs and gives its binding, sealed to it. It may die at any line and
 * be done again, by any node, even by two at once: ids and key follow from the request, and each step
 * leaves alone what is there. What the customer sees comes last (event, then booth); the key leaves only
 * when all of it stands.
 */
export async function setUpBooth(o: SetUp, request: Request): Promise<string> {
  const { booth, nonce, publicKey, claimedBy, shareSecret } = request;
  if (!claimedBy || !shareSecret) throw new Error(`pairing of ${booth} is not confirmed`);
  const owner = claimedBy.account;

  const before = await o.couch.get<BoothDoc>('fleet', boothDocId(booth));
  // Who pairs an own booth again keeps its event and settings. Who had it before gets the event of then: the booth
  // may still hold photos for it. A new owner starts afresh.
  const own = before?.owner === owner ? before : undefined;
  const event = own?.event ?? (await eventBefore(o, before, owner)) ?? o.keys.eventOf(booth, nonce);
  await o.provisioner.createEventDatabase(event);
  await o.provisioner.createBoothDatabase(booth);
  // From here an older key of this booth is dead.
  const key = o.keys.deviceKeyOf(booth, nonce);
  await o.provisioner.putDeviceKey(booth, key);

  const name = own?.name ?? `Photomaton ${serialOf(booth)}`;
  const account = await o.couch.get<AccountDoc>('accounts', accountId(owner));
  const pairedAt = o.now().toISOString();
  await o.couch.update<EventDoc>('fleet', eventDocId(event), (found) =>
    found
      ? undefined
      : {
          _id: eventDocId(event),
          type: 'event',
          event,
          owner,
          title: name,
          kind: 'everyday',
          createdAt: pairedAt,
          booths: [booth],
          languages: account?.language === 'en' ? ['en', 'fr'] : ['fr', 'en'],
        },
  );
  await o.couch.update<BoothDoc>('fleet', boothDocId(booth), (found) => ({
    _id: boothDocId(booth),
    type: 'booth',
    booth,
    owner,
    name,
    pairedAt,
    event,
    events: [...(found?.events ?? []).filter((id) => id !== event), event],
    shareSecret,
    ...(own?.settings && { settings: own.settings }),
    ...(own?.choices && { choices: own.choices }),
    ...(own?.rollout && { rollout: own.rollout }),
    ...(own?.finishing && { finishing: own.finishing }),
    ...(found?.notes && { notes: found.notes }),
    ...(found?.unwanted && { unwanted: found.unwanted }),
  }));
  // The new event lets it in, the one of an owner before no more, and its settings say so.
  await settleBooth(o, booth);

  const binding: z.infer<typeof bindingSchema> = {
    key,
    syncUrl: o.syncUrl,
    portalUrl: o.portalUrl,
    pairedAt,
  };
  return await seal(JSON.stringify(binding), publicKey);
}

/** The last event of this owner that the booth added to, if there is one. */
async function eventBefore(
  { couch }: SetUp,
  before: BoothDoc | undefined,
  owner: string,
): Promise<EventId | undefined> {
  const docs = await couch.getMany<EventDoc>('fleet', (before?.events ?? []).map(eventDocId));
  return docs.findLast((doc) => doc?.owner === owner && !doc.erasing)?.event;
}
