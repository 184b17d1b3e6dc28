import type { Couch } from '@photomaton/couch';
import {
  type BoothDoc,
  boothDatabase,
  type EventId,
  FLEET_VIEWS,
  isBoothId,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { type Presence, presenceOf } from './presence.ts';

/** What a customer's list says of one booth. */
export interface BoothRow {
  booth: string;
  name: string;
  event: EventId;
  presence: Presence;
  /** Photos that are not in the cloud yet, as the booth last said. */
  waiting: number;
}

const PAGE = 30;

/** A page of an account's booths by id, from `from` on; `next` begins the page after. */
export async function listBooths(
  { couch, now }: { couch: Couch; now(): Date },
  account: string,
  from: unknown,
): Promise<{ booths: BoothRow[]; next: string | undefined }> {
  const { rows } = await couch.view<BoothDoc>('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byOwner, {
    startkey: [account, 'booth', isBoothId(from) ? from : ''],
    endkey: [account, 'booth', {}],
    limit: PAGE + 1,
    includeDocs: true,
  });
  const docs = rows.flatMap(({ doc }) => (doc ? [doc] : []));
  const booths = await Promise.all(
    docs.slice(0, PAGE).map(async (doc) => {
      const status = await couch.get<StatusDoc>(boothDatabase(doc.booth), 'status');
      const presence = presenceOf(doc, status, now());
      // Of a booth that is new to this owner, an old status tells the owner's before.
      const photos = presence.kind === 'new' ? undefined : status?.photos;
      const { booth, name, event } = doc;
      return { booth, name, event, presence, waiting: (photos?.onBooth ?? 0) + (photos?.uploading ?? 0) };
    }),
  );
  return { booths, next: docs[PAGE]?.booth };
}
