import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Couch, Stored } from '@photomaton/couch';
import { type EventDoc, type EventId, type EventLink, eventDocId } from '@photomaton/design-docs/docs';
import type { Secrets } from '../secrets.ts';

const EVENT_BYTES = 12;
const MAC_BYTES = 16;

/** An event that is shared now. */
export type SharedEvent = EventDoc & Stored & { link: EventLink };

/**
 * Links to all photos of an event: `/g/<event and MAC, base64url>`. The MAC (128 bits of HMAC-SHA-256 under a key of
 * the portal's) is over a nonce that stands in the event: who reads a dump of the databases can open no link, and
 * another nonce, or none, ends the one before at once.
 */
export interface EventLinks {
  /** Path of the event's link. */
  path(event: EventId, link: EventLink): string;
  /** The event of a link that opens something now; undefined for junk, revoked and expired ones alike. */
  find(token: unknown): Promise<SharedEvent | undefined>;
  /** What a guest's browser shows after the right password; another password, or another link, and it is worth nothing. */
  pass(event: SharedEvent): string;
  isPass(event: SharedEvent, text: string): boolean;
}

export const newNonce = (): string => randomBytes(16).toString('base64url');

export function openEventLinks(o: { couch: Pick<Couch, 'get'>; secrets: Secrets; now(): Date }): EventLinks {
  const linkKey = new Uint8Array(o.secrets.deriveKey('links to events'));
  const passKey = new Uint8Array(o.secrets.deriveKey('passes of guests'));

  const macOf = (event: EventId, nonce: string): Buffer =>
    createHmac('sha256', linkKey).update(`${event} ${nonce}`).digest().subarray(0, MAC_BYTES);

  const pass = ({ event, link }: SharedEvent): Buffer =>
    createHmac('sha256', passKey).update(`${event} ${link.nonce} ${link.passwordHash}`).digest();

  return {
    path: (event, { nonce }) =>
      `/g/${Buffer.concat([Buffer.from(event, 'hex'), macOf(event, nonce)]).toString('base64url')}`,

    async find(token) {
      if (typeof token !== 'string' || !/^[\w-]{38}$/.test(token)) return undefined;
      const bytes = Buffer.from(token, 'base64url');
      const event = bytes.toString('hex', 0, EVENT_BYTES);
      const doc = await o.couch.get<EventDoc>('fleet', eventDocId(event));
      // An event without a link costs the same as a wrong one.
      const mac = macOf(event, doc?.link?.nonce ?? '');
      const isTrue = timingSafeEqual(Uint8Array.from(bytes.subarray(EVENT_BYTES)), new Uint8Array(mac));
      if (!isTrue || !doc?.link || doc.erasing) return undefined;
      const { expiresAt } = doc.link;
      if (expiresAt !== undefined && new Date(expiresAt) <= o.now()) return undefined;
      return { ...doc, link: doc.link };
    },

    pass: (event) => pass(event).toString('base64url'),

    isPass(event, text) {
      const given = Buffer.from(text, 'base64url');
      const right = pass(event);
      return given.length === right.length && timingSafeEqual(new Uint8Array(given), new Uint8Array(right));
    },
  };
}
