/** Documents of `booth-<id>`: what the portal tells a booth, and what the booth says of itself. */
import type { EventId } from '../ids.ts';

/** An event as its booths are told of it. */
export interface BoothEvent {
  id: EventId;
  title: string;
  /** The event's own colour, `#rrggbb`. */
  accent?: string;
}

/** `settings`: what the customer chose for this booth. Written by the portal, read by the booth. */
export interface SettingsDoc {
  _id: 'settings';
  type: 'settings';
  /** Where photos go. The booth only pushes to this event. */
  event: BoothEvent;
  language: 'fr' | 'en';
  /** Seconds counted before the shot. */
  countdownS: number;
  // What a booth does when one of the following is absent: settings.ts.
  /** Between which guests may choose. */
  languages?: ('fr' | 'en')[];
  /** Names of the templates that are offered. */
  templates?: string[];
  /** Of those, only the templates of these kinds. */
  modes?: Mode[];
  /** Is each single shot kept beside the finished photo? */
  keepShots?: boolean;
  /** Do photos of other guests glide by on the attract screen? */
  recentPhotos?: boolean;
  /** May phones in the booth's own network download the pictures of the event? */
  hotspotPhotos?: boolean;
  /** Is the countdown spoken? */
  voice?: boolean;
  /** Of voice and tones, in percent; 0 is silence. */
  volume?: number;
  /** Is the live picture mirrored, as people know themselves? Photos never are. */
  mirror?: boolean;
  /** Between two guests: the live picture, or none. */
  idle?: 'live' | 'calm';
  /** Names of the filters that are offered. */
  filters?: string[];
  /**
   * Guests stand before a green screen: the digest of the picture that is seen in place of the green, which comes with
   * these settings ({@link BACKDROP_ATTACHMENT}).
   */
  greenScreen?: string;
  /** Photos travel between these hours only, by the clock of the booth; `to` may be the next morning. */
  sendBetween?: { from: string; to: string };
  /** Of the maintenance menu: six digits. */
  pin?: string;
  /** Events that somebody at the booth may choose instead; they let it in already. At most {@link MOST_EVENT_CHOICES}. */
  eventChoices?: BoothEvent[];
  dpi?: 300 | 600;
}
/** A list that fits a screen, and that an owner still reads before she allows it. */
export const MOST_EVENT_CHOICES = 20;
/** Kinds of templates: one picture of one shot, one of several, a frame around a moving one. */
export type Mode = 'single' | 'strip' | 'boomerang';

/** `template:<name>`: a layout of the finished picture, with its pictures as attachments. */
export interface TemplateDoc {
  _id: string;
  type: 'template';
  name: string;
  version: number;
  /** As template.ts has it, and to be judged by it before it is used; of the same name and version. */
  layout: unknown;
}
export const templateId = (name: string): string => `template:${name}`;

/**
 * `deletion:<key>`: a photo was deleted, by a guest or by the customer, and goes from the booth too: it is shown there
 * no more, and once the cloud has all of it (where it can be brought back for a while), the booth's own is destroyed.
 * Written by the portal, which takes it away again with the photo's restoration.
 */
export interface DeletionDoc {
  _id: string;
  type: 'deletion';
  at: string;
}
export const deletionId = (key: string): string => `deletion:${key}`;

/** `receipt:<key>`: the photo is not on the booth any more, since when. Written by the booth. */
export interface ReceiptDoc {
  _id: string;
  type: 'receipt';
  at: string;
}
export const receiptId = (key: string): string => `receipt:${key}`;

/**
 * `unwanted`: photos that their guests deleted before they were sent, by their numbers: they are shown on the booth no
 * more, and sent like all others. Of one that has arrived there is a {@link DeletionDoc} instead, or it is shown again.
 * Written by the portal.
 */
export interface UnwantedDoc {
  _id: 'unwanted';
  type: 'unwanted';
  photos: number[];
}
/** More than any party's guests think of; without an end, a document that every node reads would grow without one. */
export const MOST_UNWANTED = 500;

/**
 * `key`: the device key that comes in place of that of now, sealed to the booth (booth-keys.ts). Written by the portal,
 * which takes it away when it is in force.
 */
export interface KeyDoc {
  _id: 'key';
  type: 'key';
  rotation: string;
  sealed: string;
}

/** What keeps photos from getting to the cloud. Both sides put it into words. */
export const SYNC_PROBLEMS = [
  /** No line, or nobody answers at the other end of it. */
  'offline',
  /** A web page answers in the server's place: the venue's login page, or a wrong address. */
  'login-page',
  /** The certificate is not that of the server: a wrong clock, a login page, or someone in between. */
  'certificate',
  /** The server says that it is busy or out of order. */
  'busy',
  /** The server does not know this booth or its key any more. */
  'key-refused',
  /** The booth may not add to the event of its photos any more. */
  'event-refused',
  /** The event of its photos, or the booth's own database, is not on the server. */
  'event-missing',
  /** The server refuses single photos; see {@link StatusDoc.refused}. */
  'photos-refused',
  /** Anything else; `detail` has its words. */
  'failed',
] as const;
export type SyncProblem = (typeof SYNC_PROBLEMS)[number];

/** Why a booth has no picture to take. Both sides put it into words. */
export const CAMERA_PROBLEMS = [
  /** None is plugged in or switched on. */
  'missing',
  /** Another program has it. */
  'busy',
  /** It was there and does not answer any more. */
  'lost',
  /** The booth lacks its program. */
  'not-installed',
  /** The booth's own screen may not use it. */
  'refused',
] as const;
export type CameraProblem = (typeof CAMERA_PROBLEMS)[number];
export interface CameraFailure {
  problem: CameraProblem;
  /** ISO 8601, UTC. */
  since: string;
}

/** A booth that is on says so again when so long nothing was new, with its next cycle: a silent one is off. */
export const STATUS_AGAIN_MS = 10 * 60_000;

/** `status`: what the booth says of itself. Written only by the booth, when something changed, and now and then. */
export interface StatusDoc {
  _id: 'status';
  type: 'status';
  /** ISO 8601, UTC. */
  at: string;
  version: string;
  /** The event of now, of which `photos` tells. */
  event?: EventId;
  photos: { onBooth: number; uploading: number; inCloud: number };
  /** Photos waiting for their event; what a gallery shows as "still on the booth". */
  waiting: Record<EventId, number>;
  /** While photos travel: the bytes that are still to be sent, and how many go in a second. */
  upload?: { bytesLeft: number; bytesPerSecond: number };
  disk: { freeBytes: number; reserveBytes: number };
  /** How the last cycle ended; `detail` is for whoever mends it, in the words of the part that failed. */
  lastSync?: { at: string; outcome: 'ok' | 'failed'; problem?: SyncProblem; detail?: string };
  /** When everything that was taken was last in the cloud. ISO 8601, UTC. */
  allSentAt?: string;
  /** Documents that the server refused, with the reason it gave; the newest 20. */
  refused: { id: string; reason: string }[];
  /** Single shots and clips that are still to be sent; they follow the photos. Absent: none. */
  extrasWaiting?: number;
  /** Templates that came down and cannot be used, with the reason; at most 20. */
  brokenTemplates?: { name: string; version?: number; reason: string }[];
  /** Templates that came down and are in use; at most 100. Absent: none, or a booth that does not say yet. */
  templates?: { name: string; version: number }[];
  /**
   * The revision of its `settings` that it goes by since `at`. What it could not take of them, by the name of the
   * field, it has left as it was.
   */
  settings?: { rev: string; at: string; refused?: { name: string; reason: string }[] };
  /** To which a key can be sealed. A booth that does not say it cannot take another key. */
  publicKey?: string;
  /** The key of this rotation is on its disk; only who has it can make the proof. */
  newKey?: { rotation: string; proof: string };
  /** Its camera gives no picture. Absent: it does. */
  camera?: CameraFailure;
  /** Chosen on the booth itself, among the `eventChoices` of these `settings`, and not brought by the portal yet. */
  choseEvent?: EventId;
  /** Events other than that of now to which something is still to be sent: at most 100. */
  owes?: EventId[];
}
