/**
 * The documents of Photomaton: every type that is stored in a database, and every id.
 *
 * Booth and portal never import each other; what they share is a document, and it is here.
 * Times in ids are UTC in the basic ISO form `20260714T133012.042Z`, so that ids sort by time.
 */

/** A booth's id: 24 lower-case hexadecimal digits, the beginning of its public key's SHA-256. */
export type BoothId = string;
/** An event's id: 24 lower-case hexadecimal digits, random. */
export type EventId = string;

const HEX24 = /^[0-9a-f]{24}$/;
/** Is this a well-formed booth id? To be asked before an id becomes the name of a database. */
export const isBoothId = (text: unknown): text is BoothId => typeof text === 'string' && HEX24.test(text);
/** Is this a well-formed event id? To be asked before an id becomes the name of a database. */
export const isEventId = (text: unknown): text is EventId => typeof text === 'string' && HEX24.test(text);

/** What a person calls a booth: the last four digits of its id, in capitals ("Photomaton 4F2A"). */
export const serialOf = (booth: BoothId): string => booth.slice(-4).toUpperCase();

/** Databases that exist once, and the two kinds that exist once per booth and per event. */
export const SYSTEM_DATABASES = ['accounts', 'sessions', 'fleet', 'audit', 'paillasson'] as const;
export type SystemDatabase = (typeof SYSTEM_DATABASES)[number];
export const boothDatabase = (booth: BoothId): string => `booth-${booth}`;
export const eventDatabase = (event: EventId): string => `event-${event}`;
/** The CouchDB user name of a booth (user names take no colon), and the role all booths have. */
export const boothUser = (booth: BoothId): string => `booth-${booth}`;
export const BOOTH_ROLE = 'booth';
export const PORTAL_ROLE = 'portal';

/** `20260714T133012.042Z`: the UTC time of an id. Throws a RangeError on an invalid date. */
export function idTime(time: Date): string {
  return time.toISOString().replaceAll(/[-:]/g, '');
}

/** The moment that an id's time stands for (the inverse of {@link idTime}). */
export function timeOfId(text: string): Date {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z$/.exec(text);
  if (!m) throw new RangeError(`not the time of an id: ${text}`);
  return new Date(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}.${m[7]}Z`);
}

// --- event-<id>: photos ----------------------------------------------------------------------

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

// --- booth-<id>: settings, templates, status -------------------------------------------------

/** `settings`: what the customer chose for this booth. Written by the portal, read by the booth. */
export interface SettingsDoc {
  _id: 'settings';
  type: 'settings';
  /** Where photos go. The booth only pushes to this event. */
  event: {
    id: EventId;
    title: string;
    /** The event's own colour, `#rrggbb`. */
    accent?: string;
  };
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
  /** A picture of a template, behind the guests instead of what is green. */
  greenScreen?: { background: { template: string; image: string } };
  /** Photos travel between these hours only, by the clock of the booth; `to` may be the next morning. */
  sendBetween?: { from: string; to: string };
  /** Of the maintenance menu: six digits. */
  pin?: string;
  dpi?: 300 | 600;
}
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

/** `status`: what the booth says of itself. Written only by the booth, only when something changed. */
export interface StatusDoc {
  _id: 'status';
  type: 'status';
  /** ISO 8601, UTC. */
  at: string;
  version: string;
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
  brokenTemplates?: { name: string; reason: string }[];
  /**
   * The revision of its `settings` that it goes by since `at`. What it could not take of them, by the name of the
   * field, it has left as it was.
   */
  settings?: { rev: string; at: string; refused?: { name: string; reason: string }[] };
  /** Events other than that of now to which something is still to be sent: at most 100. */
  owes?: EventId[];
}

// --- fleet -----------------------------------------------------------------------------------

/** `booth:<id>` in `fleet`: who owns a booth. */
export interface BoothDoc {
  _id: string;
  type: 'booth';
  booth: BoothId;
  owner: string;
  name: string;
  pairedAt: string;
  /** The event it adds to now (always the last of {@link BoothDoc.events}). */
  event: EventId;
  /** Every event it ever added to: where a share link's photo is looked for, newest last. */
  events: EventId[];
  /** The booth's share secret, encrypted under the portal's secret. */
  shareSecret: string;
  /** The operator's own. */
  notes?: string;
  /** Since when its key is dead; until it is paired again. */
  keyRevoked?: string;
  /** What the customer chose for this booth; its event brings the rest of {@link SettingsDoc}. */
  settings?: BoothSettings;
}
/** Settings that belong to a booth, wherever it stands. */
export type BoothSettings = Partial<
  Pick<
    SettingsDoc,
    | 'countdownS'
    | 'mirror'
    | 'voice'
    | 'volume'
    | 'recentPhotos'
    | 'hotspotPhotos'
    | 'keepShots'
    | 'idle'
    | 'sendBetween'
    | 'pin'
    | 'dpi'
  >
>;
export const boothDocId = (booth: BoothId): string => `booth:${booth}`;

/** `event:<id>` in `fleet`. */
export interface EventDoc {
  _id: string;
  type: 'event';
  event: EventId;
  owner: string;
  title: string;
  /** Every booth has an everyday event from pairing on; others are created by the customer. */
  kind: 'everyday' | 'party';
  createdAt: string;
  /** Those that may add to it: booths that are at it, and those that left and still hold photos of it. */
  booths: BoothId[];
  /** Booths that are to come to it and are not there yet. */
  joining?: BoothId[];
  /** First and last day, `2026-07-14`, on the calendar of the place. */
  days?: { from: string; to: string };
  /** What its guests are offered; absent: what {@link SettingsDoc} has when it is absent there. */
  languages?: NonNullable<SettingsDoc['languages']>;
  templates?: string[];
  modes?: Mode[];
  filters?: string[];
  /** Its own colour, `#rrggbb`. */
  accent?: string;
  /** What guests may do; absent: {@link GUESTS_MAY}. */
  guests?: GuestRights;
  /** The link to all its photos, while there is one. */
  link?: EventLink;
  /** Its photos are erased so many days after its last day. Absent: never. */
  keepDays?: number;
  /** Since when it is being erased: nobody sees it any more. */
  erasing?: string;
}
/** A link to an event's photos. The link itself is nowhere: it is derived from the portal's secret and `nonce`. */
export interface EventLink {
  nonce: string;
  createdAt: string;
  /** May photos be taken along in full size? */
  download: boolean;
  /** Argon2id in PHC form; absent: whoever has the link sees the photos. */
  passwordHash?: string;
  /** From this moment on it opens nothing. ISO 8601. */
  expiresAt?: string;
}
export interface GuestRights {
  /** Take along the photo of their own link in full size, not only see it. */
  download: boolean;
  /** Delete the photo of their own link; absent: they may. */
  delete?: boolean;
}
export const GUESTS_MAY = { download: true, delete: true } as const satisfies GuestRights;
/** An attachment of {@link EventDoc}, and of the {@link SettingsDoc} of its booths: `image/webp`. */
export const LOGO_ATTACHMENT = 'logo.webp';
export const eventDocId = (event: EventId): string => `event:${event}`;
/**
 * `alarm:<booth>:<kind>` in `fleet`: what operators are told of, once, from when it begins until it is over. Who makes
 * the document tells them.
 */
export interface AlarmDoc {
  _id: string;
  type: 'alarm';
  booth: BoothId;
  kind: AlarmKind;
  since: string;
  /** When the operators were told. */
  told?: string;
}
export type AlarmKind = 'offline' | 'disk' | 'refused' | 'problem';
export const alarmId = (booth: BoothId, kind: AlarmKind): string => `alarm:${booth}:${kind}`;
/** Views of `fleet`. `by_owner`: key `[owner, type, id]`. `by_day`: events, key `[owner, first day, id]`. */
export const FLEET_VIEWS = { ddoc: 'fleet', byOwner: 'by_owner', byDay: 'by_day' } as const;

// --- accounts, sessions, audit ---------------------------------------------------------------

/** `account:<id>` in `accounts`. */
export interface AccountDoc {
  _id: string;
  type: 'account';
  account: string;
  role: 'operator' | 'customer';
  name: string;
  /** As typed; the claim `email:<normalized>` makes it unique. */
  email: string;
  /** Argon2id in PHC form; absent while an invitation is open. */
  passwordHash?: string;
  /** Open invitation: SHA-256 of its token, in hex, and its end. Single use. */
  invitation?: { tokenHash: string; expiresAt: string };
  /** Turned on; its secret is encrypted under the portal's. */
  secondFactor?: SecondFactor;
  /** Waits for the link that was sent to it: SHA-256 of its token, in hex, and its end. */
  newEmail?: { email: string; tokenHash: string; expiresAt: string };
  language: 'fr' | 'en';
  disabled: boolean;
  /** Since when the customer wants it to be gone; logging in within the time of grace takes that back. */
  closing?: string;
  /** Sessions made before this moment are dead (password change, log out everywhere). ISO 8601. */
  sessionsValidFrom: string;
  createdAt: string;
}
export interface SecondFactor {
  secret: string;
  /** Step (of 30 s since 1970) of the last code that was used: none is good twice. */
  lastStep: number;
  /** SHA-256 of the recovery codes that are left, in hex. */
  recovery: string[];
}
export const accountId = (account: string): string => `account:${account}`;

/** `email:<normalized>` in `accounts`: the claim of an address by an account. */
export interface EmailClaimDoc {
  _id: string;
  type: 'email';
  account: string;
}
export const emailClaimId = (email: string): string => `email:${email.normalize('NFC').trim().toLowerCase()}`;
/** `invitations` view of `accounts`: key = token hash. `by_role`: key `[role, name, account]`. */
export const ACCOUNT_VIEWS = { ddoc: 'accounts', invitations: 'invitations', byRole: 'by_role' } as const;

/** `session:<SHA-256 of the session id, hex>` in `sessions`; logging out leaves a tombstone (`data: null`). */
export interface SessionDoc {
  _id: string;
  type: 'session';
  account: string | null;
  /** The express-session data as JSON; null once ended, and then never written again. */
  data: string | null;
  createdAt: string;
  /** When it was last used, to within a minute. */
  seenAt?: string;
  expiresAt: string;
}
export const sessionDocId = (sidHash: string): string => `session:${sidHash}`;
/** `by_account` view of `sessions`: key = account. `by_expiry`: key = expiresAt. */
export const SESSION_VIEWS = { ddoc: 'sessions', byAccount: 'by_account', byExpiry: 'by_expiry' } as const;

/** `audit:<UTC time>:<random>` in `audit`: append-only. */
export interface AuditDoc {
  _id: string;
  type: 'audit';
  at: string;
  /** A fixed phrase: `login`, `login refused`, `booth paired`, … */
  action: string;
  /** Account id, booth user, or null for nobody. */
  actor: string | null;
  /** What it was done to, if anything. */
  subject?: string;
  details?: Record<string, string | number | boolean>;
}

// --- paillasson ------------------------------------------------------------------------------

/**
 * `code:<HMAC of the code, hex>` in the temporary table `paillasson` (the doormat): a booth that waits
 * to be let in. The code itself is nowhere: it is derived from the portal's secret and `nonce`.
 */
export interface PairingDoc {
  _id: string;
  type: 'pairing';
  booth: BoothId;
  /** X25519 public key of the booth, base64url; its SHA-256 begins with the booth's id. */
  publicKey: string;
  nonce: string;
  createdAt: string;
  expiresAt: string;
  /**
   * waiting (for the code to be typed) → claimed (for the tap on the booth) → confirmed (being set up)
   * → paired. `declined`: the booth's screen said no. A document outlives its code by a while, so that
   * an expired or used code can be told from a wrong one.
   */
  state: 'waiting' | 'claimed' | 'confirmed' | 'paired' | 'declined';
  /** Who typed the code and said yes; the booth's screen shows the name and asks for a tap. */
  claimedBy?: { account: string; name: string };
  /** Given by the booth with the tap, encrypted under the portal's secret; gone once it is in `fleet`. */
  shareSecret?: string;
  /** Device key and addresses, sealed to {@link publicKey}; there until the booth says it has them. */
  sealed?: string;
}
export const pairingId = (codeMac: string): string => `code:${codeMac}`;
/** `waiting:<booth>` in `paillasson`: which code a booth is waiting with, so that it keeps it over a restart. */
export interface WaitingDoc {
  _id: string;
  type: 'waiting';
  booth: BoothId;
  pairing: string;
  expiresAt: string;
}
export const waitingId = (booth: BoothId): string => `waiting:${booth}`;
