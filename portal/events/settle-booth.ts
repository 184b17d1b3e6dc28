import { isDeepStrictEqual } from 'node:util';
import type { Couch, Stored } from '@photomaton/couch';
import type { Provisioner } from '@photomaton/couch/setup';
import {
  type BoothDoc,
  type BoothId,
  boothDatabase,
  boothDocId,
  type EventDoc,
  type EventId,
  eventDocId,
  type SettingsDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { choicesOf } from './event-choices.ts';
import {
  digestIn,
  EVENT_PICTURE_NAMES,
  EVENT_PICTURES,
  type EventPicture,
  readPicture,
} from './event-pictures.ts';
import { settingsOf } from './settings-of.ts';
import { bringTemplates, takeTemplates } from './settle-templates.ts';

/**
 * Nodes that know the same agree after two turns. Nodes of two versions, while an installation is being upgraded, may
 * never, and would write in turns for ever: what is left is the next sweep's, of nodes that are alike by then.
 */
const MOST_TURNS = 5;

export interface Settling {
  couch: Couch;
  provisioner: Provisioner;
}

/**
 * Puts a booth at an event of its owner, `isStill` as it has to be: one write, after which the booth is there. What
 * follows from it, for the booth and for both events, is {@link settleBooth}'s.
 */
export async function moveBooth(
  { couch }: Pick<Settling, 'couch'>,
  booth: BoothId,
  to: EventDoc,
  isStill: (booth: BoothDoc) => boolean = () => true,
): Promise<void> {
  await couch.update<BoothDoc>('fleet', boothDocId(booth), (found) =>
    !found || found.owner !== to.owner || found.event === to.event || !isStill(found)
      ? undefined
      : { ...found, event: to.event, events: [...found.events.filter((id) => id !== to.event), to.event] },
  );
}

/**
 * Brings everything in line with what `fleet` says of a booth: its event lets it in, and those that may be chosen on it
 * do; its settings are those of event and booth, it has the templates that its event offers, and events that it has left,
 * or that may not be chosen any more, let it in no more once it has sent them everything. It may die at any line and be
 * done again, by any node, even by two at once.
 */
export async function settleBooth(o: Settling, booth: BoothId): Promise<void> {
  // Until there is nothing to write: another node that knew less may have written meanwhile.
  for (let turn = 0; turn < MOST_TURNS && (await settleOnce(o, booth)); turn += 1);
}

/** Did it write settings, or a template? */
async function settleOnce(o: Settling, id: BoothId): Promise<boolean> {
  const booth = await o.couch.get<BoothDoc>('fleet', boothDocId(id));
  const event = booth && (await o.couch.get<EventDoc>('fleet', eventDocId(booth.event)));
  // An event that is being erased finds another for its booths (erase-event.ts).
  if (!booth || !event || event.erasing || event.owner !== booth.owner) return false;
  const choices = await choicesOf(o, booth);
  // Let in before it is told to come, or that it may: without a line it could not ask.
  for (const to of [event, ...choices])
    await changeMembers(o, to.event, (booths) => [...new Set([...booths, id])]);
  const isNewTemplate = await bringTemplates(o, booth, event);
  const there = await o.couch.get<SettingsDoc>(boothDatabase(id), 'settings');
  const newPictures = await readPictures(o, event, there);
  let isNew = false;
  const settings = await o.couch.update<SettingsDoc & Attached>(boothDatabase(id), 'settings', (before) => {
    const { _rev, _attachments = {}, ...found } = before ?? {};
    const wanted = settingsOf({ booth, event, choices, before });
    const pictures = EVENT_PICTURE_NAMES.flatMap((name) => {
      const { attachment } = EVENT_PICTURES[name];
      const picture = isSame(name, event, before) ? _attachments[attachment] : newPictures.get(name);
      return picture ? [[attachment, picture] as const] : [];
    });
    const hasAll = EVENT_PICTURE_NAMES.every((name) => isSame(name, event, before));
    isNew = !hasAll || !isDeepStrictEqual(wanted, found);
    const attachments = pictures.length > 0 && { _attachments: Object.fromEntries(pictures) };
    return isNew ? { ...wanted, ...attachments } : undefined;
  });
  await takeTemplates(o, booth, event);
  await letGo(o, booth, choices, settings);
  return isNew || isNewTemplate;
}

/** Other events let the booth in no more, once it holds nothing more for them. */
async function letGo(
  o: Settling,
  booth: BoothDoc,
  choices: EventDoc[],
  settings: Stored | undefined,
): Promise<void> {
  const { booth: id, event, events, owner, finishing = [] } = booth;
  const kept = [event, ...choices.map((choice) => choice.event)];
  const former = events.filter((other) => !kept.includes(other));
  const waitedFor: EventId[] = [];
  for (const left of await o.couch.getMany<EventDoc>('fleet', former.map(eventDocId))) {
    if (!left?.booths.includes(id) || left.erasing) continue;
    const isFinishing = finishing.includes(left.event);
    // Paired by somebody else, it holds nothing for the owner before that would be taken any more.
    const mayOwe = left.owner === owner || isFinishing;
    if (mayOwe && !(await hasSentAll(o, id, left.event, settings))) {
      if (isFinishing) waitedFor.push(left.event);
      continue;
    }
    await changeMembers(o, left.event, (booths) => booths.filter((other) => other !== id));
  }
  if (waitedFor.length === finishing.length) return;
  await o.couch.update<BoothDoc>('fleet', boothDocId(id), (found) => {
    if (!found || !isDeepStrictEqual(found.finishing, booth.finishing)) return undefined;
    const { finishing: _, ...rest } = found;
    return { ...rest, ...(waitedFor.length > 0 && { finishing: waitedFor }) };
  });
}

type Attached = { _attachments?: Record<string, object> };

/** Has the booth this picture of its event, or is there none on either side? */
const isSame = (name: EventPicture, event: EventDoc, settings: SettingsDoc | undefined): boolean =>
  digestIn(event, name) === (settings && digestIn(settings, name));

/** The event's pictures that the booth has not, as its settings take them in. */
async function readPictures(
  o: Settling,
  event: EventDoc,
  there: SettingsDoc | undefined,
): Promise<Map<EventPicture, object>> {
  const found = new Map<EventPicture, object>();
  for (const name of EVENT_PICTURE_NAMES) {
    if (isSame(name, event, there)) continue;
    const bytes = await readPicture(o, event, name);
    const { type } = EVENT_PICTURES[name];
    if (bytes) found.set(name, { content_type: type, data: bytes.toString('base64') });
  }
  return found;
}

/** The booth has said that it knows where it is now, and that it holds nothing more for the event. */
async function hasSentAll(
  { couch }: Settling,
  booth: BoothId,
  event: EventId,
  settings: Stored | undefined,
): Promise<boolean> {
  const status = await couch.get<StatusDoc>(boothDatabase(booth), 'status');
  if (!status?.settings || status.settings.rev !== settings?._rev) return false;
  if (status.settings.refused?.some(({ name }) => name === 'event')) return false;
  return !status.owes?.includes(event) && !status.waiting[event];
}

/** Changes who may add to an event: first in its document, then in its database, which follows the document. */
async function changeMembers(
  { couch, provisioner }: Settling,
  event: EventId,
  change: (booths: BoothId[]) => BoothId[],
): Promise<void> {
  const changed = await couch.update<EventDoc>('fleet', eventDocId(event), (found) => {
    // One that is being erased was left by all, and by now may have no database to let anybody in.
    if (!found || found.erasing) return undefined;
    const booths = change(found.booths);
    return isDeepStrictEqual(booths, found.booths) ? undefined : { ...found, booths };
  });
  for (let doc = changed; doc && !doc.erasing; ) {
    await provisioner.setEventBooths(event, doc.booths);
    const now: (EventDoc & Stored) | undefined = await couch.get<EventDoc>('fleet', eventDocId(event));
    // Two at once: whoever was the last to write the database may have known less.
    if (isDeepStrictEqual(now?.booths, doc.booths)) return;
    doc = now;
  }
}
