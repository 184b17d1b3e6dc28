/** Documents of `fleet`: booths and their owners, events, alarms, settings on their way, and which node leads. */
import type { Mode, SettingsDoc } from '../booth/docs.ts';
import type { BoothId, EventId } from '../ids.ts';

/** `booth:<id>` in `fleet`: who owns a booth. */
export interface BoothDoc {
  _id: string;
  type: 'booth';
  booth: BoothId;
  owner: string;
  name: string;
  /** Or given to this owner. */
  pairedAt: string;
  /** The event it adds to now (always the last of {@link BoothDoc.events}). */
  event: EventId;
  /** Every event that it ever might add to: where a share link's photo is looked for, newest last. */
  events: EventId[];
  /** The booth's share secret, encrypted under the portal's secret. */
  shareSecret: string;
  /** The operator's own. */
  notes?: string;
  /** Since when its key is dead; until it is paired again. */
  keyRevoked?: string;
  /** The account to which it is being given (portal/fleet/assign-booth.ts). */
  assigning?: string;
  /** Events of an owner before, to which it still sends what it took for them. */
  finishing?: EventId[];
  /**
   * Events of its owner that somebody at the booth may choose. Its key opens them too, so the owner allows each by name,
   * and no roll-out can.
   */
  choices?: EventId[];
  /**
   * Photos that their guests deleted while they were still on the booth, by their numbers (portal/share/unwanted.ts): at
   * most {@link MOST_UNWANTED}. Empty: there were some.
   */
  unwanted?: number[];
  /** What the customer chose for this booth; its event brings the rest of {@link SettingsDoc}. */
  settings?: BoothSettings;
  /** The roll-out that gave it some of its settings last. */
  rollout?: GivenRollout;
}
/** Written together with the settings that it gives, or gives back. */
export interface GivenRollout {
  id: RolloutId;
  /** When it was given; ISO 8601, UTC. */
  at: string;
  /** Of the settings that it changed, those that were there, with their values of then. */
  before: BoothSettings;
  /** How the booth was then: what it had already is not the roll-out's doing. */
  was: ('online' | 'camera' | 'problem')[];
  /** The revision of the booth's `settings` that has them. Absent: not brought there yet. */
  rev?: string;
  /** Since when it is known to be well with them. */
  well?: string;
  /** They are taken back: `settings` above are as they were, those of the booth's own database perhaps not yet. */
  isBack?: true;
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
/** In the same places, `image/jpeg`: what is seen in place of a green screen. Its digest is the setting `greenScreen`. */
export const BACKDROP_ATTACHMENT = 'backdrop.jpg';
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
  /** Of kind `rollout`. */
  rollout?: RolloutId;
}
export type AlarmKind = 'offline' | 'disk' | 'refused' | 'problem' | 'camera' | 'rollout';
/** Of a roll-out that fell there each has its own. */
export const alarmId = (booth: BoothId, kind: AlarmKind, rollout?: RolloutId): string =>
  `alarm:${booth}:${kind}${rollout === undefined ? '' : `:${rollout}`}`;
/**
 * `rotation:<booth>` in `fleet`: another device key is on its way to the booth. That of now works until the booth has
 * proven that it holds the new one, which follows from `rotation` and the portal's secret and is nowhere in clear.
 */
export interface RotationDoc {
  _id: string;
  type: 'rotation';
  booth: BoothId;
  rotation: string;
  since: string;
  /** Recognises the key that it replaces (couch/setup.ts): of another, after a pairing say, it replaces nothing. */
  replaces: string;
}
export const rotationId = (booth: BoothId): string => `rotation:${booth}`;

/** `20260714T133012.042Z-0a1b2c3d`: sorts by time. */
export type RolloutId = string;
export const isRolloutId = (text: unknown): text is RolloutId =>
  typeof text === 'string' && /^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{8}$/.test(text);
/**
 * `rollout:<id>` in `fleet`: settings that go to one booth, then some, then all of a list (portal/fleet/rollout.ts). How
 * far each booth is stands in its own {@link GivenRollout}.
 */
export interface RolloutDoc {
  _id: string;
  type: 'rollout';
  rollout: RolloutId;
  set: BoothSettings;
  /** Settings that booths are to have no more. */
  clear: ClearableSetting[];
  /** By what the booths were found. */
  asked: { q?: string; state?: string; version?: string };
  /** How many there are on its list. */
  booths: number;
  /** The operator's account. */
  by: string;
  createdAt: string;
  state: RolloutState;
  stage: RolloutStage;
  /** Since when it is in this state, at this stage. */
  since: string;
  /** Where health fell and why, the first of so many booths. */
  fell?: { ill: IllBooth[]; booths: number; at: string };
}
export type ClearableSetting = 'sendBetween' | 'pin';
export const ROLLOUT_STAGES = ['one', 'some', 'all'] as const;
export type RolloutStage = (typeof ROLLOUT_STAGES)[number];
export type RolloutState = 'running' | 'stopped' | 'done' | 'rolling-back' | 'rolled-back';
/** A setting that it refuses, a camera without pictures, photos that it cannot send, nothing heard of it. */
export type Illness = 'setting' | 'camera' | 'problem' | 'silent';
export interface IllBooth {
  booth: BoothId;
  illness: Illness;
}
export const rolloutDocId = (rollout: RolloutId): string => `rollout:${rollout}`;
/** `rollout-list:<id>`: its booths, in the order in which they get it. Never changes. */
export interface RolloutListDoc {
  _id: string;
  type: 'rollout-list';
  rollout: RolloutId;
  booths: BoothId[];
}
export const rolloutListId = (rollout: RolloutId): string => `rollout-list:${rollout}`;
/** On one list: beyond it a document would be larger than CouchDB likes. */
export const MOST_IN_ROLLOUT = 50_000;

/** Views of `fleet`. `by_owner`: key `[owner, type, id]`. `by_day`: events, key `[owner, first day, id]`. */
export const FLEET_VIEWS = { ddoc: 'fleet', byOwner: 'by_owner', byDay: 'by_day' } as const;

/** The one document of its type: which node of the portal does the periodic work (portal/leader.ts). */
export interface LeaderDoc {
  _id: typeof LEADER_ID;
  type: 'leader';
  /** A name of its process. */
  node: string;
  /** When it said so, for people: what counts is that the revision changes. */
  at: string;
}
export const LEADER_ID = 'leader';
