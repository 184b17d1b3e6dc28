import { type BoothDoc, type EventDoc, MOST_EVENT_CHOICES } from '@photomaton/design-docs/docs';
import { SETTINGS, withDefaults } from '@photomaton/design-docs/settings';
import { z } from 'zod';
import { type FormBody, isTicked, textOf, textsOf } from '../web/form-body.ts';

/** What stands in the form of a booth's settings: as typed, so that it can be shown again. */
export interface BoothDraft {
  name: string;
  countdownS: string;
  mirror: boolean;
  voice: boolean;
  volume: string;
  recentPhotos: boolean;
  hotspotPhotos: boolean;
  keepShots: boolean;
  idle: string;
  sendFrom: string;
  sendTo: string;
  pin: string;
  dpi: string;
  /** Ids of events. */
  choices: string[];
}
export type BoothChoice = Required<Pick<BoothDoc, 'name' | 'settings' | 'choices'>>;
export type BoothProblem = 'name' | 'countdownS' | 'volume' | 'sendBetween' | 'pin' | 'choices';

export function draftOfBooth({ name, settings, choices = [] }: BoothDoc): BoothDraft {
  const {
    countdownS,
    mirror,
    voice,
    volume,
    recentPhotos,
    hotspotPhotos,
    keepShots,
    idle,
    sendBetween,
    pin,
    dpi,
  } = withDefaults(settings);
  return {
    ...{ name, mirror, voice, recentPhotos, hotspotPhotos, keepShots, idle, choices },
    ...{ countdownS: String(countdownS), volume: String(volume), dpi: String(dpi), pin: pin ?? '' },
    ...{ sendFrom: sendBetween?.from ?? '', sendTo: sendBetween?.to ?? '' },
  };
}

export function readBoothForm(body: FormBody): BoothDraft {
  return {
    ...{ name: textOf(body, 'name'), countdownS: textOf(body, 'countdownS'), volume: textOf(body, 'volume') },
    ...{ mirror: isTicked(body, 'mirror'), voice: isTicked(body, 'voice'), idle: textOf(body, 'idle') },
    ...{ recentPhotos: isTicked(body, 'recentPhotos'), hotspotPhotos: isTicked(body, 'hotspotPhotos') },
    keepShots: isTicked(body, 'keepShots'),
    ...{ sendFrom: textOf(body, 'sendFrom'), sendTo: textOf(body, 'sendTo') },
    ...{ pin: textOf(body, 'pin').replaceAll(' ', ''), dpi: textOf(body, 'dpi') },
    choices: textsOf(body, 'choices'),
  };
}

/** The choice, or what is wrong with the draft, field by field; `events` are those that its form offered. */
export function judgeBooth(
  draft: BoothDraft,
  events: Pick<EventDoc, 'event'>[],
): { choice: BoothChoice } | { problems: BoothProblem[] } {
  const problems: BoothProblem[] = [];
  const name = z.string().min(1).max(60).safeParse(draft.name);
  if (!name.success) problems.push('name');
  const countdownS = SETTINGS.countdownS.safeParse(numberOf(draft.countdownS));
  if (!countdownS.success) problems.push('countdownS');
  const volume = SETTINGS.volume.safeParse(numberOf(draft.volume));
  if (!volume.success) problems.push('volume');
  const isAlways = draft.sendFrom === '' && draft.sendTo === '';
  const hours = SETTINGS.sendBetween.safeParse({ from: draft.sendFrom, to: draft.sendTo });
  if (!isAlways && !hours.success) problems.push('sendBetween');
  const pin = SETTINGS.pin.safeParse(draft.pin);
  if (draft.pin !== '' && !pin.success) problems.push('pin');
  const ids = events.map(({ event }) => event);
  const choices = ids.filter((id) => draft.choices.includes(id));
  if (choices.length > MOST_EVENT_CHOICES) problems.push('choices');
  // Of a list to choose from, what is not in it was not chosen by a person.
  const idle = SETTINGS.idle.catch('live').parse(draft.idle);
  const dpi = SETTINGS.dpi.catch(300).parse(numberOf(draft.dpi));
  if (problems.length > 0 || !name.success || !countdownS.success || !volume.success) return { problems };
  const { mirror, voice, recentPhotos, hotspotPhotos, keepShots } = draft;
  return {
    choice: {
      ...{ name: name.data, choices },
      settings: {
        ...{ countdownS: countdownS.data, volume: volume.data, mirror, voice, recentPhotos },
        ...{ hotspotPhotos, keepShots, idle, dpi },
        ...(!isAlways && hours.success && { sendBetween: hours.data }),
        ...(pin.success && { pin: pin.data }),
      },
    },
  };
}

const numberOf = (text: string): number => (text === '' ? Number.NaN : Number(text));
