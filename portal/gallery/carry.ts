import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Couch, CouchError, type Stored } from '@photomaton/couch';
import { type EventId, eventDatabase } from '@photomaton/design-docs/docs';

/** More documents than a photo has. */
const MOST = 100;

/** Documents of a photo as an event holds them. */
export type Held = Stored & { type?: string };

/** Everything there is of a photo: original, shots and films, and last the small pictures, without which nothing is shown. */
export async function docsOf({ couch }: { couch: Couch }, event: EventId, key: string): Promise<Held[]> {
  const db = eventDatabase(event);
  const kinds = ['photo', 'shot', 'clip'].map((kind) => `${kind}:${key}:`);
  const found = await Promise.all([
    ...kinds.map((startkey) => couch.range<Held>(db, { startkey, endkey: `${startkey}g`, limit: MOST })),
    couch.getMany<Held>(db, [`preview:${key}`]),
  ]);
  return found.flat().filter((doc) => doc !== undefined);
}

/**
 * Copies documents to another event, one after the other as they are given, their bytes as a stream; then reads back what
 * that event holds, and throws unless it is all of them with every byte. What it holds already is not sent again.
 */
export async function carry(
  { couch }: { couch: Couch },
  docs: Held[],
  { from, to }: { from: EventId; to: EventId },
): Promise<void> {
  const db = eventDatabase(to);
  const held = () =>
    couch.getMany<Held>(
      db,
      docs.map(({ _id }) => _id),
    );
  const before = await held();
  if (docs.every((doc, i) => isSame(doc, before[i]))) return;
  for (const [i, doc] of docs.entries()) {
    const there = before[i];
    if (isSame(doc, there)) continue;
    // Small pictures that a booth made anew and sent late: those that come along are in their place.
    if (there) await couch.remove(db, there._id, there._rev);
    const bytes = await bytesOf({ couch }, from, doc);
    // Gone meanwhile: another node carried it, and has gone on.
    if (bytes) await couch.add(db, { ...doc, _rev: revisionAt(to, doc) }, bytes);
  }
  const after = await held();
  const missing = docs.filter((doc, i) => !isSame(doc, after[i])).map(({ _id }) => _id);
  if (missing.length > 0) throw new CouchError('REFUSED', `${db} does not hold ${missing.join()}`);
}

/** Its attachments, and so its content, whatever its revision. */
function isSame(doc: Held, there: Held | undefined): boolean {
  if (!there) return false;
  return Object.entries(doc._attachments ?? {}).every(([name, { digest, length }]) => {
    const other = there._attachments?.[name];
    return other?.digest === digest && other.length === length;
  });
}

/**
 * The revision of a document in the event it is carried to. It follows from the one it has, so that doing it again
 * makes no other; and is never one that this event has had and deleted, which would come to life no more.
 */
const revisionAt = (to: EventId, { _rev }: Held): string =>
  `1-${createHash('md5').update(`${_rev} to ${to}`).digest('hex')}`;

async function bytesOf(
  { couch }: { couch: Couch },
  event: EventId,
  { _id, _attachments = {} }: Held,
): Promise<Record<string, Readable> | undefined> {
  const bytes: Record<string, Readable> = {};
  for (const name of Object.keys(_attachments)) {
    const answer = await couch.attachment(eventDatabase(event), _id, name);
    if (!answer) {
      for (const open of Object.values(bytes)) open.destroy();
      return undefined;
    }
    bytes[name] = answer.body;
  }
  return bytes;
}
