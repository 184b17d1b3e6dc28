import { randomBytes } from 'node:crypto';
import { type Couch, CouchError, type Stored } from '@photomaton/couch';
import {
  type BoothDoc,
  boothDocId,
  EVENT_VIEWS,
  type EventId,
  eventDatabase,
  type MarkDoc,
  type PhotoDoc,
  type PreviewDoc,
  type RemovalDoc,
} from '@photomaton/design-docs/docs';
import { isTrueShare, parseShareToken, type ShareKey } from '@photomaton/design-docs/share';
import { isShown } from '../gallery/marks.ts';
import { keyOf } from '../gallery/walk.ts';
import type { Secrets } from '../secrets.ts';

export type Shared =
  /** Not a link that a booth of ours made. */
  | { kind: 'junk' }
  /** A true link of a photo that is hidden, deleted or removed. */
  | { kind: 'gone' }
  /** A true link; the photo has not arrived. */
  | { kind: 'on-booth' }
  | {
      kind: 'arrived';
      event: EventId;
      preview: PreviewDoc & Stored;
      /** Undefined while only the preview has arrived. */
      original: (PhotoDoc & Stored) | undefined;
      /** It is on its way to another event. */
      isMoving: boolean;
    };

/** Events asked at the same time, newest first. */
const EVENTS_AT_ONCE = 8;
/** From event to event a photo is followed so far: nobody moves one as often without bringing it back. */
const MOST_MOVES = 20;

/** The photo, or the record that it is gone, and in which event. */
interface Place {
  event: EventId;
  doc: (PreviewDoc | RemovalDoc) & Stored;
}

/** Finds what a share link is for. The link carries booth and counter, never the time or the event. */
export function openSharedPhotos({ couch, secrets }: { couch: Couch; secrets: Secrets }): {
  find(token: string): Promise<Shared>;
} {
  /** Stands in for the secret of a booth that does not exist, so that the same work is done. */
  const nobody = secrets.encryptSecret(randomBytes(32).toString('base64url'));

  async function previewIn(event: EventId, { booth, n }: ShareKey): Promise<Place | undefined> {
    const db = eventDatabase(event);
    const options = { key: [booth, n], limit: 1, includeDocs: true };
    try {
      const { rows } = await couch.view<PreviewDoc | RemovalDoc>(
        db,
        EVENT_VIEWS.ddoc,
        EVENT_VIEWS.previews,
        options,
      );
      const doc = rows[0]?.doc;
      return doc && { event, doc };
    } catch (error) {
      // An event that its owner deleted takes its photos along.
      if (error instanceof CouchError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  async function findPreview(events: EventId[], share: ShareKey) {
    const newestFirst = events.toReversed();
    for (let i = 0; i < newestFirst.length; i += EVENTS_AT_ONCE) {
      const some = newestFirst.slice(i, i + EVENTS_AT_ONCE);
      const found = await Promise.all(some.map((event) => previewIn(event, share)));
      const first = found.find((one) => one !== undefined);
      if (first) return first;
    }
    return undefined;
  }

  const markOf = ({ event, doc }: Place) =>
    couch.get<MarkDoc>(eventDatabase(event), `mark:${keyOf(doc._id)}`);

  /** Where a photo is that was moved, or is on its way: where it came from until it is seen where it goes. */
  async function follow(found: Place, share: ShareKey): Promise<Place | undefined> {
    for (let at = found, moves = 0; moves <= MOST_MOVES; moves += 1) {
      const isHere = at.doc.type === 'preview';
      const to = at.doc.type === 'removal' ? at.doc.movedTo : (await markOf(at))?.moving?.to;
      if (to === undefined) return at;
      const next = await previewIn(to, share);
      if (isHere && next?.doc.type !== 'preview') return at;
      if (!next) return undefined;
      at = next;
    }
    return undefined;
  }

  return {
    async find(token) {
      const share = parseShareToken(token);
      if (!share) return { kind: 'junk' };
      const booth = await couch.get<BoothDoc>('fleet', boothDocId(share.booth));
      const secret = Buffer.from(secrets.decryptSecret(booth?.shareSecret ?? nobody), 'base64url');
      if (!isTrueShare(secret, share) || !booth) return { kind: 'junk' };
      const first = await findPreview(booth.events, share);
      if (!first) return { kind: 'on-booth' };
      const found = await follow(first, share);
      if (found?.doc.type !== 'preview') return { kind: 'gone' };
      const { event, doc: preview } = found;
      const [{ moving, ...mark } = {} as MarkDoc, original] = await Promise.all([
        markOf(found),
        couch.get<PhotoDoc>(eventDatabase(event), preview.photo),
      ]);
      if (!isShown(mark, 'guest')) return { kind: 'gone' };
      return { kind: 'arrived', event, preview, original, isMoving: moving !== undefined };
    },
  };
}
