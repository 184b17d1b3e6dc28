import { randomBytes } from 'node:crypto';
import type { Couch, Stored } from '@photomaton/couch';
import {
  type BoothDoc,
  boothDocId,
  type EventId,
  eventDatabase,
  type MarkDoc,
  type PhotoDoc,
  type PreviewDoc,
} from '@photomaton/design-docs/docs';
import { isTrueShare, parseShareToken, type ShareKey } from '@photomaton/design-docs/share';
import { isShown } from '../gallery/marks.ts';
import type { Secrets } from '../secrets.ts';
import { markOf, placeOf } from './place.ts';

export type Shared =
  /** Not a link that a booth of ours made. */
  | { kind: 'junk' }
  /** A true link of a photo that is hidden, deleted or removed, or was deleted before it arrived. */
  | { kind: 'gone' }
  /** A true link; the photo has not arrived. `event`: that of its booth now, which need not be its own. */
  | { kind: 'on-booth'; share: ShareKey; event: EventId }
  | {
      kind: 'arrived';
      event: EventId;
      preview: PreviewDoc & Stored;
      /** Undefined while only the preview has arrived. */
      original: (PhotoDoc & Stored) | undefined;
      /** It is on its way to another event. */
      isMoving: boolean;
    };

/** Finds what a share link is for. The link carries booth and counter, never the time or the event. */
export function openSharedPhotos({ couch, secrets }: { couch: Couch; secrets: Secrets }): {
  find(token: string): Promise<Shared>;
} {
  /** Stands in for the secret of a booth that does not exist, so that the same work is done. */
  const nobody = secrets.encryptSecret(randomBytes(32).toString('base64url'));

  return {
    async find(token) {
      const share = parseShareToken(token);
      if (!share) return { kind: 'junk' };
      const booth = await couch.get<BoothDoc>('fleet', boothDocId(share.booth));
      const secret = Buffer.from(secrets.decryptSecret(booth?.shareSecret ?? nobody), 'base64url');
      if (!isTrueShare(secret, share) || !booth) return { kind: 'junk' };
      if (booth.unwanted?.includes(share.n)) return { kind: 'gone' };
      const place = await placeOf({ couch }, booth.events, share);
      if (!place) return { kind: 'on-booth', share, event: booth.event };
      const { event, doc: preview } = place;
      if (preview.type !== 'preview') return { kind: 'gone' };
      const [{ moving, ...mark } = {} as MarkDoc, original] = await Promise.all([
        markOf({ couch }, place),
        couch.get<PhotoDoc>(eventDatabase(event), preview.photo),
      ]);
      if (!isShown(mark, 'guest')) return { kind: 'gone' };
      return { kind: 'arrived', event, preview, original, isMoving: moving !== undefined };
    },
  };
}
