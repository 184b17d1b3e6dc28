import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readIfThere, syncFolder, writeDurably } from '@photomaton/couch/durable-file';
import type { BoothEvent, EventId } from '@photomaton/design-docs/docs';
import { type Settings, withDefaults } from '@photomaton/design-docs/settings';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { BoothSettings } from './booth-settings.ts';

/**
 * The settings, at the event that somebody chose on the booth itself, with or without a line, among those that its owner
 * allows. The choice holds while the settings are of the event that it was made instead of, and still offer it: so
 * whatever the portal says of the event afterwards wins, be it the chosen one or another.
 */
export interface EventSettings extends BoothSettings {
  /** That event, while the choice holds: for the status, by which the portal brings the booth there. */
  chosen(): EventId | undefined;
  /** Between which somebody may choose, that of the settings first; none before settings came down. */
  events(): OfferedEvent[];
  /** False: it is none of them. Resolves when the choice would survive the plug being pulled. */
  choose(event: EventId): Promise<boolean>;
}

export interface OfferedEvent extends BoothEvent {
  /** Photos are taken for it now. */
  isPresent: boolean;
}

const storedSchema = z.strictObject({
  /** Whose booth it was then. */
  binding: z.string(),
  event: z.string(),
  /** The event of the settings of then. */
  instead: z.string(),
});
type Stored = z.infer<typeof storedSchema>;

export async function openChosenEvent({
  file,
  binding,
  settings,
  log,
}: {
  file: string;
  /** Anything that is another with each pairing: what was chosen for one owner is not for the next. */
  binding: string;
  settings: BoothSettings;
  log: Logger;
}): Promise<EventSettings> {
  let stored = await read(file, binding);

  /** The choice, while it holds; called as the settings call it, since it may have got another title. */
  function chosen(): BoothEvent | undefined {
    const { event, eventChoices = [] } = settings.current();
    if (!stored || event?.id !== stored.instead) return undefined;
    return eventChoices.find(({ id }) => id === stored?.event);
  }

  async function forget(): Promise<void> {
    await rm(file, { force: true });
    await syncFolder(dirname(file));
    stored = undefined;
  }

  /** A choice that does not hold any more never holds again, even if the booth comes back to the event of before. */
  async function forgetIfOver(): Promise<void> {
    try {
      // Of settings that a damaged disk has lost nobody knows: they come down again.
      if (stored && settings.current().event && !chosen()) await forget();
    } catch (err) {
      // The booth's own disk: the choice does not hold all the same, and the next cycle tries again.
      log.error({ err }, 'the event that was chosen here cannot be forgotten');
    }
  }

  function events(): OfferedEvent[] {
    const { event, eventChoices = [] } = settings.current();
    const present = chosen() ?? event;
    return event
      ? [event, ...eventChoices].map((one) => ({ ...one, isPresent: one.id === present?.id }))
      : [];
  }

  /** Whoever chooses while settings come in waits until what was chosen before is forgotten, or is not. */
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work);
    last = mine.catch(() => undefined); // whoever asked for it is told by `mine`
    return mine;
  }

  async function choose(id: EventId): Promise<boolean> {
    const [ofSettings, ...choices] = events();
    if (id === ofSettings?.id) {
      await forget();
    } else {
      if (!ofSettings || !choices.some((one) => one.id === id)) return false;
      const next: Stored = { binding, event: id, instead: ofSettings.id };
      await writeDurably(file, `${JSON.stringify(next)}\n`);
      stored = next;
    }
    log.info({ event: id }, 'event chosen here');
    return true;
  }

  await forgetIfOver();
  return {
    current() {
      const event = chosen();
      return event ? atEvent(event, settings.current()) : settings.current();
    },
    applied: settings.applied,
    async bring() {
      await settings.bring();
      await inTurn(forgetIfOver);
    },

    chosen: () => chosen()?.id,
    events,
    choose: (id) => inTurn(() => choose(id)),
  };
}

/**
 * The booth at an event of which it knows no more than its title and colour: what the other event offers is not used,
 * since its templates may bear other people's names. The language is that of the place.
 */
function atEvent(
  event: BoothEvent,
  { languages, templates, modes, filters, greenScreen, ...ofBooth }: Settings,
): Settings {
  return { ...withDefaults(ofBooth), event };
}

/** A file that cannot be read is as good as none: the booth is where its settings say. */
async function read(file: string, binding: string): Promise<Stored | undefined> {
  const text = await readIfThere(file);
  try {
    const parsed = storedSchema.parse(JSON.parse(text ?? ''));
    return parsed.binding === binding ? parsed : undefined;
  } catch {
    return undefined;
  }
}
