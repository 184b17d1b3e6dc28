/** Documents of `event-<id>`: photos, what is kept beside them, and what the customer wants of them. */
import type { BoothId, EventId } from '../ids.ts';

/** What an id of a photo or a preview says. `n` is the booth's own counter, from 1, never reused. */
export interface PhotoKey {
  time: string;
  booth: BoothId;
  n: number;
}

/** `photo:<UTC time>:<booth>:<n>:<md5 in hex>`: names the content, so that no revision can replace it. */
export const photoId = (key: PhotoKey, md5Hex: string): string =>
  `photo:${key.time}:${key.booth}:${key.n}:${md5Hex}`;
/** `preview:<UTC time>:<booth>:<n>`: thumbnail and screen-size picture of the photo of the same key. */
export const previewId = (key: PhotoKey): string => `preview:${key.time}:${key.booth}:${key.n}`;

/**
 * What else may be kept of a photo: `shot`, a single shot as the camera took it, and `clip`, a short film. Of the same
 * key as their photo, and named after their own content: `shot:<UTC time>:<booth>:<n>:<md5>`.
 */
export type ExtraKind = 'shot' | 'clip';
export const extraId = (kind: ExtraKind, key: PhotoKey, md5Hex: string): string =>
  `${kind}:${key.time}:${key.booth}:${key.n}:${md5Hex}`;

const CONTENT_ID = /^(photo|shot|clip):(\d{8}T\d{6}\.\d{3}Z):([0-9a-f]{24}):([1-9]\d{0,8}):([0-9a-f]{32})$/;
const PREVIEW_ID = /^preview:(\d{8}T\d{6}\.\d{3}Z):([0-9a-f]{24}):([1-9]\d{0,8})$/;

/** The parts of a photo's id, or undefined when it is not one. */
export function parsePhotoId(id: string): (PhotoKey & { md5Hex: string }) | undefined {
  const parsed = parseContentId(id);
  return parsed?.kind === 'photo' ? parsed : undefined;
}

/** The parts of the id of a photo, a shot or a clip, or undefined when it is none. */
export function parseContentId(
  id: string,
): (PhotoKey & { kind: 'photo' | ExtraKind; md5Hex: string }) | undefined {
  const m = CONTENT_ID.exec(id);
  if (!m) return undefined;
  const [, kind, time = '', booth = '', n, md5Hex = ''] = m;
  return { kind: kind as 'photo' | ExtraKind, time, booth, n: Number(n), md5Hex };
}

/** The parts of a preview's id, or undefined when it is not one. */
export function parsePreviewId(id: string): PhotoKey | undefined {
  const m = PREVIEW_ID.exec(id);
  return m ? { time: m[1] as string, booth: m[2] as string, n: Number(m[3]) } : undefined;
}

/** CouchDB's form of a digest (`md5-<base64>`) from the hexadecimal form that ids carry. */
export const digestOf = (md5Hex: string): string => `md5-${Buffer.from(md5Hex, 'hex').toString('base64')}`;

/** How the booth knew the time when it took the photo; order never depends on the clock alone. */
export interface CaptureClock {
  /** Random for each start of the machine or the daemon: monotonic times compare only within one. */
  bootId: string;
  /** Milliseconds since that start. */
  monotonicMs: number;
  /** Was the clock set by the network (or a clock chip) at that moment? */
  trusted: boolean;
}

/** A photo: immutable. Attachment {@link PHOTO_ATTACHMENT} is the original, `image/jpeg`. */
export interface PhotoDoc {
  _id: string;
  type: 'photo';
  booth: BoothId;
  n: number;
  /** The event at which it was taken, and the only one it ever goes to. Absent: no event was known. */
  event?: EventId;
  /** `DDmmmY_HHMMSS.jpg` or `DDmmmY_HHMMSS-2.jpg`, booth-local time; what a download is called. */
  name: string;
  /** ISO 8601 with the booth's offset: `2026-07-14T15:30:12.042+02:00`. */
  takenAt: string;
  width: number;
  height: number;
  bytes: number;
  clock: CaptureClock;
  /** How the picture was made; absent: it is the shot itself. */
  made?: Making;
}
export const PHOTO_ATTACHMENT = 'photo.jpg';

/** With what a picture was made of its shots, so that it can be made again. */
export interface Making {
  template: string;
  version: number;
  filter?: string;
  language: 'fr' | 'en';
}

/** One shot of a photo, as the camera gave it: immutable. Attachment {@link SHOT_ATTACHMENT}, `image/jpeg`. */
export interface ShotDoc {
  _id: string;
  type: 'shot';
  booth: BoothId;
  n: number;
  event?: EventId;
  /** The id of the finished photo. */
  photo: string;
  /** Which shots of the visit, from 0: two that are bit for bit the same are one document. */
  shots: number[];
  width: number;
  height: number;
  bytes: number;
}
export const SHOT_ATTACHMENT = 'shot.jpg';
/** A visit has so many shots at most: those of a boomerang are its frames. */
export const MOST_SHOTS = 60;

/** The film of a photo: immutable. Attachment {@link clipAttachment}; a photo may have one in each format. */
export interface ClipDoc {
  _id: string;
  type: 'clip';
  booth: BoothId;
  n: number;
  event?: EventId;
  /** The id of the finished photo. */
  photo: string;
  format: ClipFormat;
  width: number;
  height: number;
  bytes: number;
}
export type ClipFormat = 'mp4' | 'webp';
export const CLIP_TYPES = { mp4: 'video/mp4', webp: 'image/webp' } as const satisfies Record<
  ClipFormat,
  string
>;
export const clipAttachment = (format: ClipFormat): string => `clip.${format}`;

/** What is kept beside a photo. */
export type ExtraDoc = ShotDoc | ClipDoc;

/** Small pictures of a photo, pushed before the original. Attachments: thumbnail and screen size. */
export interface PreviewDoc {
  _id: string;
  type: 'preview';
  booth: BoothId;
  n: number;
  /** The id of the photo it shows, which may still be on the booth. */
  photo: string;
  name: string;
  takenAt: string;
  /** Size of the original in pixels, so that a gallery can lay out a page before any picture came. */
  width: number;
  height: number;
}
/** At most 480 px on the long side. */
export const THUMBNAIL_ATTACHMENT = 'thumbnail.jpg';
/** At most 1600 px on the long side. */
export const SCREEN_ATTACHMENT = 'screen.jpg';

/** A photo's place in its event as text, `<UTC time>:<booth>:<n>`: what its ids have in common, and its address. */
export const keyText = ({ time, booth, n }: PhotoKey): string => `${time}:${booth}:${n}`;

/** `mark:<key>`: what the customer wants of a photo. Written by the portal only; absent: nothing. */
export interface MarkDoc {
  _id: string;
  type: 'mark';
  favourite?: true;
  /** Not shown to guests. */
  hidden?: { at: string; by: string };
  /** In the bin: shown to nobody but who may bring it back, and removed for good after `until`. */
  deleted?: { at: string; by: string; until: string };
}
/** Who deleted a photo that was deleted by the guest who has its link; no account has this id. */
export const BY_GUEST = 'guest';
export const markId = (key: PhotoKey): string => `mark:${keyText(key)}`;

/** `removal:<key>`: the record of a photo that was removed for good: when it was deleted and by whom. Stays. */
export interface RemovalDoc {
  _id: string;
  type: 'removal';
  at: string;
  by: string;
}
export const removalId = (key: PhotoKey): string => `removal:${keyText(key)}`;

/**
 * Views of an event. `photos` and `previews`: key `[booth, n]`, one row a document; `total_rows` counts the photos. A
 * removal has its row in `previews` too, so that a link to a removed photo can be told from one that is on its way.
 * `bin`: marks of deleted photos, key = until. `layouts`: photos made with a template, key `[template, time, booth, n]`.
 */
export const EVENT_VIEWS = {
  ...{ ddoc: 'event', photos: 'photos', previews: 'previews', bin: 'bin', layouts: 'layouts' },
} as const;
