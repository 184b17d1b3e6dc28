import { buffer } from 'node:stream/consumers';
import type { Couch } from '@photomaton/couch';
import {
  BACKDROP_ATTACHMENT,
  type EventDoc,
  eventDocId,
  LOGO_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import { makeBackdrop, makeLogo, pictureSize } from '@photomaton/device/image';
import type { AuditAction } from '../audit/audit.ts';

/** The pictures of an event, which its booths get with their settings. Called as in addresses and forms. */
export const EVENT_PICTURES = {
  logo: {
    attachment: LOGO_ATTACHMENT,
    type: 'image/webp',
    make: makeLogo,
    put: 'event logo changed',
    takenAway: 'event logo taken away',
  },
  backdrop: {
    attachment: BACKDROP_ATTACHMENT,
    type: 'image/jpeg',
    make: makeBackdrop,
    put: 'event backdrop changed',
    takenAway: 'event backdrop taken away',
  },
} as const satisfies Record<
  string,
  {
    attachment: string;
    type: string;
    /** Of whatever was uploaded; undefined when that is no picture. */
    make(bytes: Uint8Array): Promise<Buffer | undefined>;
    put: AuditAction;
    takenAway: AuditAction;
  }
>;

export type EventPicture = keyof typeof EVENT_PICTURES;
export const EVENT_PICTURE_NAMES = Object.keys(EVENT_PICTURES) as EventPicture[];

/** Of the picture, in the document of an event or in the settings of a booth; undefined when there is none. */
export function digestIn(doc: object, name: EventPicture): string | undefined {
  const { _attachments } = doc as { _attachments?: Record<string, { digest: string }> };
  return _attachments?.[EVENT_PICTURES[name].attachment]?.digest;
}

/** Its bytes; undefined when the event has none. */
export async function readPicture(
  { couch }: { couch: Pick<Couch, 'attachment'> },
  { event }: EventDoc,
  name: EventPicture,
): Promise<Buffer | undefined> {
  const answer = await couch.attachment('fleet', eventDocId(event), EVENT_PICTURES[name].attachment);
  return answer && (await buffer(answer.body));
}

/** A page of 10 by 15 cm at 300 dots to the inch: what is narrower is stretched over it. */
const BACKDROP_WIDTH = 1800;

/** How large the backdrop of an event is, when it will look soft on paper, and how wide it should be. */
export async function softBackdrop(
  o: { couch: Pick<Couch, 'attachment'> },
  event: EventDoc,
): Promise<{ width: number; height: number; least: number } | undefined> {
  const bytes = digestIn(event, 'backdrop') && (await readPicture(o, event, 'backdrop'));
  const size = bytes ? await pictureSize(bytes) : undefined;
  return size && size.width < BACKDROP_WIDTH ? { ...size, least: BACKDROP_WIDTH } : undefined;
}
