import type { Couch } from '@photomaton/couch';
import {
  type BoothDoc,
  boothDatabase,
  type EventId,
  FLEET_VIEWS,
  isBoothId,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { countPhotos } from '../gallery/photos.ts';
import { type BoothStanding, boothStandingOf } from './booth-standing.ts';
import { type Presence, presenceOf } from './presence.ts';

/** What a customer's list says of one booth. */
export interface BoothRow {
  booth: string;
  name: string;
  event: EventId;
  presence: Presence;
  standing: BoothStanding | undefined;
  /** Photos of the event that it adds to now: what its gallery shows. */
  inCloud: number;
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
      const { booth, name, event } = doc;
      const [status, inCloud] = await Promise.all([
        couch.get<StatusDoc>(boothDatabase(booth), 'status'),
        countPhotos({ couch }, event),
      ]);
      const presence = presenceOf(doc, status, now());
      return { booth, name, event, presence, standing: boothStandingOf(status, presence, now()), inCloud };
    }),
  );
  return { booths, next: docs[PAGE]?.booth };
}
