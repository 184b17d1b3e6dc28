import type { Couch } from '@photomaton/couch';
import {
  type AccountDoc,
  type AuditDoc,
  accountId,
  type BoothDoc,
  boothDocId,
  boothUser,
  type EventDoc,
  eventDocId,
  isBoothId,
} from '@photomaton/design-docs/docs';

/**
 * What people call those of whom the trail speaks: an account by its e-mail address, booths and events by their names,
 * and whoever is gone by the id.
 */
export async function namesOf(
  { couch }: { couch: Couch },
  entries: readonly AuditDoc[],
): Promise<(id: string) => string> {
  const spoken = entries.flatMap(({ actor, subject, details = {} }) => [
    ...[actor, subject, details.operator, details.event, details.from, details.to, details.booth],
  ]);
  const ids = [...new Set(spoken.map((id) => (typeof id === 'string' ? bare(id) : '')))];
  const known = ids.filter((id) => /^[\w-]{1,64}$/.test(id));
  const machines = known.filter(isBoothId); // ids of booths and events have one form
  const [accounts, booths, events] = await Promise.all([
    couch.getMany<AccountDoc>('accounts', known.map(accountId)),
    couch.getMany<BoothDoc>('fleet', machines.map(boothDocId)),
    couch.getMany<EventDoc>('fleet', machines.map(eventDocId)),
  ]);
  const names = new Map<string, string>();
  for (const doc of accounts) if (doc) names.set(doc.account, doc.email);
  for (const doc of booths) if (doc) names.set(doc.booth, doc.name);
  for (const doc of events) if (doc) names.set(doc.event, doc.title);
  return (id) => names.get(bare(id)) ?? id;
}

/** A booth acts under the name of its user. */
const bare = (id: string): string => (id.startsWith(boothUser('')) ? id.slice(boothUser('').length) : id);
