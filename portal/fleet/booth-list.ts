import type { Couch } from '@photomaton/couch';
import {
  type BoothDoc,
  boothDatabase,
  type EventId,
  FLEET_VIEWS,
  isBoothId,
  type SettingsDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { countPhotos } from '../gallery/photos.ts';
import { type Arrival, arrivalOf } from './arrival.ts';
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
  /** Of what was chosen for it. */
  arrival: Arrival;
}

interface Parts {
  couch: Couch;
  now(): Date;
}

const PAGE = 30;

/** A page of an account's booths by id, from `from` on; `next` begins the page after. */
export async function listBooths(
  parts: Parts,
  account: string,
  from?: unknown,
): Promise<{ booths: BoothRow[]; next: string | undefined }> {
  const docs = await boothsOf(parts, account, from, PAGE + 1);
  const booths = await Promise.all(docs.slice(0, PAGE).map((doc) => boothRow(parts, doc)));
  return { booths, next: docs[PAGE]?.booth };
}

/** An account's booths by id, from `from` on. */
export async function boothsOf(
  { couch }: Pick<Parts, 'couch'>,
  account: string,
  from?: unknown,
  limit = 1000,
): Promise<BoothDoc[]> {
  const { rows } = await couch.view<BoothDoc>('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byOwner, {
    startkey: [account, 'booth', isBoothId(from) ? from : ''],
    endkey: [account, 'booth', {}],
    limit,
    includeDocs: true,
  });
  return rows.flatMap(({ doc }) => (doc ? [doc] : []));
}

export async function boothRow({ couch, now }: Parts, doc: BoothDoc): Promise<BoothRow> {
  const { booth, name, event } = doc;
  const [status, settings, inCloud] = await Promise.all([
    couch.get<StatusDoc>(boothDatabase(booth), 'status'),
    couch.get<SettingsDoc>(boothDatabase(booth), 'settings'),
    countPhotos({ couch }, event),
  ]);
  const presence = presenceOf(doc, status, now());
  const standing = boothStandingOf(status, presence, now());
  return { booth, name, event, presence, standing, inCloud, arrival: arrivalOf(settings, status) };
}
