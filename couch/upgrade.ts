import { isDeepStrictEqual } from 'node:util';
import type { DesignDoc } from '@photomaton/design-docs/assemble';
import type { Couch } from './couch.ts';
import { type CouchRequest, documentPath, isCouchError } from './request.ts';

/** A view over 100,000 photos is built in minutes; after this, something is wrong. */
const WARM_MS = 15 * 60_000;

export interface Upgrade {
  couch: Couch;
  request: CouchRequest;
}

/**
 * Brings a database's design documents to what they shall be; writes nothing when they are. Where views
 * change, their index is built first under another name, so that no reader ever waits for it: CouchDB
 * names an index by the text of its views, so the swapped document finds it ready.
 *
 * Cut short at any line it can be run again; two at once do the same work twice.
 */
export async function bringDesign(
  { couch, request }: Upgrade,
  db: string,
  design: DesignDoc[],
): Promise<void> {
  for (const wanted of design) {
    const current = await couch.get<DesignDoc>(db, wanted._id);
    const stageId = wanted._id.replace('_design/', '_design/stage-');
    const { views } = wanted;
    if (current && views && !isDeepStrictEqual(current.views, views)) {
      const { _id, language } = { ...wanted, _id: stageId };
      await couch.update<{ _id: string }>(db, _id, (stage) => ({ ...stage, _id, language, views }));
      for (const view of Object.keys(views)) await warm(request, db, `${documentPath(_id)}/_view/${view}`);
    }
    await couch.update<DesignDoc>(db, wanted._id, (found) => (isSame(found, wanted) ? undefined : wanted));
    const stage = views && (await couch.get(db, stageId));
    if (stage) await couch.remove(db, stageId, stage._rev);
  }
}

function isSame(found: (DesignDoc & { _rev: string }) | undefined, wanted: DesignDoc): boolean {
  if (!found) return false;
  const { _rev, ...body } = found;
  return isDeepStrictEqual(body, wanted);
}

/** Asks for a row until there is an answer: CouchDB goes on building while nobody waits. */
async function warm(request: CouchRequest, db: string, path: string): Promise<void> {
  const giveUpAt = performance.now() + WARM_MS;
  for (;;) {
    try {
      await request({ db, path, query: { limit: 1 } });
      return;
    } catch (error) {
      if (!isCouchError(error, 'TIMEOUT') || performance.now() > giveUpAt) throw error;
    }
  }
}
