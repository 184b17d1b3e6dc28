import {
  type AccountDoc,
  type BoothDoc,
  type BoothId,
  type EventId,
  type GivenRollout,
  type StatusDoc,
  serialOf,
} from '@photomaton/design-docs/docs';
import { choiceOf } from '../events/event-choices.ts';
import { folded } from '../web/search-words.ts';
import { boothStandingOf } from './booth-standing.ts';
import { ONLINE_MS, presenceOf } from './presence.ts';

type Trouble = 'camera' | 'problem' | 'refused' | 'disk-full' | 'disk-low' | 'settings';
export const BOOTH_STATES = ['online', 'away', 'trouble', 'new'] as const;
export type BoothState = (typeof BOOTH_STATES)[number];

/** What the board knows of a booth. */
export interface BoardRow {
  booth: BoothId;
  name: string;
  owner: string;
  ownerName: string;
  version: string;
  /** Milliseconds since 1970; 0: not heard of since it was paired. */
  seenMs: number;
  troubles: Trouble[];
  waiting: number;
  freeBytes: number | undefined;
  /** What a search looks in. */
  text: string;
  /** Milliseconds since 1970. */
  pairedMs: number;
  /** Its key is revoked, or it is on its way to another customer. */
  isOut: boolean;
  given: GivenRollout | undefined;
  /** Chosen on the booth, which the portal has not brought there yet. */
  chosen: EventId | undefined;
  /** Guests deleted photos of it before they arrived, now or some time ago. */
  hasUnwanted: boolean;
  /** The settings that it goes by, since when, and the names of those that it refused. */
  applied: { rev: string; atMs: number; refused: string[] } | undefined;
}

export function stateOf({ seenMs, troubles }: BoardRow, nowMs: number): BoothState {
  if (seenMs === 0) return 'new';
  if (troubles.length > 0) return 'trouble';
  return nowMs - seenMs < ONLINE_MS ? 'online' : 'away';
}

export function rowOf(
  doc: BoothDoc,
  owner: AccountDoc | undefined,
  status: StatusDoc | undefined,
  at: Date,
): BoardRow {
  const { booth, name } = doc;
  const presence = presenceOf(doc, status, at);
  const standing = boothStandingOf(status, presence, at);
  const seen = [status?.at ?? '', status?.lastSync?.at ?? ''].sort().at(-1) ?? '';
  const troubles: Trouble[] = [];
  if (standing?.camera) troubles.push('camera');
  if (standing?.problem?.needsSomebody) troubles.push('problem');
  if (standing?.refused) troubles.push('refused');
  if (standing && standing.disk.state !== 'ok') troubles.push(`disk-${standing.disk.state}`);
  if (standing && status?.settings?.refused?.length) troubles.push('settings');
  return {
    ...{ booth, name, owner: doc.owner, ownerName: owner?.name ?? '', troubles },
    version: standing ? (status?.version ?? '') : '',
    seenMs: presence.kind === 'new' ? 0 : Date.parse(seen),
    waiting: standing ? standing.onBooth + standing.uploading : 0,
    freeBytes: standing ? status?.disk.freeBytes : undefined,
    pairedMs: Date.parse(doc.pairedAt),
    isOut: doc.keyRevoked !== undefined || doc.assigning !== undefined,
    given: doc.rollout,
    chosen: choiceOf(doc, status),
    hasUnwanted: doc.unwanted !== undefined,
    applied: standing && status && appliedOf(status),
    text: folded([serialOf(booth), booth, name, owner?.name, owner?.email].join(' ')),
  };
}

function appliedOf({ settings }: StatusDoc): BoardRow['applied'] {
  if (!settings) return undefined;
  const { rev, at, refused = [] } = settings;
  return { rev, atMs: Date.parse(at), refused: refused.map(({ name }) => name) };
}
