import { type EventDoc, GUESTS_MAY, type GuestRights } from '@photomaton/design-docs/docs';
import { SETTINGS } from '@photomaton/design-docs/settings';
import { z } from 'zod';
import type { TemplateChoice } from '../templates/choices.ts';
import { type FormBody, isTicked, textOf, textsOf } from '../web/form-body.ts';
import { offerOf } from './offers.ts';

/** A day that there is: 30 February is none. */
const day = z.iso.date();
/** The curtain red of the look: who leaves it has no colour of their own. */
const USUAL_ACCENT = '#b3261e';
/** For how many days after the last photos can be kept; the form offers these. */
export const KEEP_DAYS = [30, 90, 180, 365, 730];

/** What stands in the form: as typed, so that it can be shown again. */
export interface EventDraft {
  title: string;
  from: string;
  to: string;
  language: string;
  languages: string[];
  modes: string[];
  templates: string[];
  filters: string[];
  accent: string;
  guests: GuestRights;
  /** Empty: for ever. */
  keepDays: string;
}

/** What a customer can choose of an event. */
export type EventChoice = Pick<
  EventDoc,
  'title' | 'days' | 'languages' | 'templates' | 'modes' | 'filters' | 'accent' | 'guests' | 'keepDays'
>;
export type EventProblem =
  | 'title'
  | 'days'
  | 'languages'
  | 'modes'
  | 'templates'
  | 'filters'
  | 'keep'
  | 'keep-days'
  /** With these days, photos would be erased within the hour. */
  | 'keep-over';

export function draftOf(event: Partial<EventDoc>): EventDraft {
  const { languages, ...offer } = offerOf(event);
  return {
    ...{ title: event.title ?? '', from: event.days?.from ?? '', to: event.days?.to ?? '' },
    ...{ language: languages[0] ?? 'fr', languages, ...offer },
    ...{ accent: event.accent ?? USUAL_ACCENT, guests: { ...GUESTS_MAY, ...event.guests } },
    keepDays: String(event.keepDays ?? ''),
  };
}

export function readEventForm(body: FormBody): EventDraft {
  return {
    ...{ title: textOf(body, 'title'), from: textOf(body, 'from'), to: textOf(body, 'to') },
    ...{ language: textOf(body, 'language'), languages: textsOf(body, 'languages') },
    ...{ modes: textsOf(body, 'modes'), templates: textsOf(body, 'templates') },
    ...{ filters: textsOf(body, 'filters'), accent: textOf(body, 'accent').toLowerCase() },
    guests: { download: isTicked(body, 'download'), delete: isTicked(body, 'delete') },
    keepDays: textOf(body, 'keepDays'),
  };
}

/** The choice, or what is wrong with the draft, field by field. `layouts`: what there is to choose from. */
export function judgeEvent(
  draft: EventDraft,
  layouts: Pick<TemplateChoice, 'name' | 'mode'>[],
): { choice: EventChoice } | { problems: EventProblem[] } {
  const problems: EventProblem[] = [];
  const title = z.string().min(1).max(100).safeParse(draft.title);
  if (!title.success) problems.push('title');
  const to = draft.to === '' ? draft.from : draft.to;
  const hasDays = draft.from !== '' || to !== '';
  if (hasDays && !(day.safeParse(draft.from).success && day.safeParse(to).success && draft.from <= to))
    problems.push('days');

  // The first is the one in which the booth receives its guests.
  const languages = SETTINGS.languages.safeParse([
    ...new Set([draft.language, ...draft.languages].filter((one) => one !== '')),
  ]);
  if (!languages.success) problems.push('languages');
  const modes = SETTINGS.modes.safeParse(draft.modes);
  if (!modes.success) problems.push('modes');
  const templates = SETTINGS.templates.safeParse(draft.templates);
  const offered = layouts.filter(({ name }) => draft.templates.includes(name));
  // Something must be left when both choices are made.
  const isSome = !modes.success || offered.some(({ mode }) => modes.data.includes(mode));
  if (!templates.success || offered.length < templates.data.length || !isSome) problems.push('templates');
  const filters = SETTINGS.filters.safeParse(draft.filters);
  if (!filters.success) problems.push('filters');
  const accent = SETTINGS.event.shape.accent.safeParse(draft.accent);

  const keepDays = draft.keepDays === '' ? undefined : Number(draft.keepDays);
  const isKept = keepDays === undefined || (Number.isInteger(keepDays) && keepDays >= 7 && keepDays <= 3650);
  if (!isKept) problems.push('keep');
  else if (keepDays !== undefined && !hasDays) problems.push('keep-days');

  if (problems.length > 0 || !title.success) return { problems };
  return {
    choice: {
      title: title.data,
      ...(hasDays && { days: { from: draft.from, to } }),
      ...(languages.success && { languages: languages.data }),
      ...(modes.success && { modes: modes.data }),
      ...(templates.success && { templates: templates.data }),
      ...(filters.success && { filters: filters.data }),
      ...(accent.success && accent.data && accent.data !== USUAL_ACCENT && { accent: accent.data }),
      guests: draft.guests,
      ...(keepDays !== undefined && { keepDays }),
    },
  };
}
