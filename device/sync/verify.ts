import { parseContentId, parsePreviewId, removalId } from '@photomaton/design-docs/docs';
import type { QueuedDoc } from '../store/queue-doc.ts';
import { inHalves } from './in-halves.ts';

/** How the server answers for one key: a row with its document, or with `error`. */
interface Row {
  key: string;
  value?: { rev: string; deleted?: boolean };
  doc?: { _attachments?: Record<string, { digest: string; length: number }> } | null;
}

/** As many keys as an answer holds in about 700 kB. */
const KEYS_PER_REQUEST = 1000;

/**
 * Which of these documents the server holds: every attachment of the same digest and length, whatever the revision
 * (a photo that was moved to another event and back has one of the portal's). One request for a thousand; what the
 * replication claimed to have written proves nothing.
 * And those that it need not hold: deleted there, with the portal's record that their owner removed or moved the
 * photo. Deleted without one they are a loss like another.
 */
export async function verify(remote: PouchDB.Database, docs: QueuedDoc[]): Promise<string[]> {
  const verified: string[] = [];
  for (let at = 0; at < docs.length; at += KEYS_PER_REQUEST) {
    await inHalves(docs.slice(at, at + KEYS_PER_REQUEST), async (asked) => {
      const { rows } = await remote.allDocs({ keys: asked.map(({ id }) => id), include_docs: true });
      const found = new Map((rows as Row[]).map((row) => [row.key, row]));
      for (const doc of asked) if (isSame(doc, found.get(doc.id))) verified.push(doc.id);
      const deleted = asked.map(({ id }) => id).filter((id) => found.get(id)?.value?.deleted);
      verified.push(...(await removedOf(remote, deleted)));
    });
  }
  return verified;
}

async function removedOf(remote: PouchDB.Database, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const removals = ids.map((id) => {
    const key = parseContentId(id) ?? parsePreviewId(id);
    return key ? removalId(key) : id;
  });
  const { rows } = await remote.allDocs({ keys: removals });
  const recorded = new Set(
    (rows as Row[]).filter(({ value }) => value && !value.deleted).map(({ key }) => key),
  );
  return ids.filter((_, i) => recorded.has(removals[i] ?? ''));
}

/** Exported for its test: the rule by which the booth lets go of a photo. */
export function isSame(doc: QueuedDoc, row: Row | undefined): boolean {
  if (!row?.value || row.value.deleted) return false;
  return Object.entries(doc.attachments).every(([name, { digest, length }]) => {
    const there = row.doc?._attachments?.[name];
    return there?.digest === digest && there.length === length;
  });
}
