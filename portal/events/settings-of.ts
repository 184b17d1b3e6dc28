import type { BoothDoc, BoothEvent, EventDoc, SettingsDoc } from '@photomaton/design-docs/docs';
import { DEFAULTS } from '@photomaton/design-docs/settings';
import { digestIn } from './event-pictures.ts';

/**
 * The settings of a booth: what its event offers, and what was chosen for the booth itself. All of it follows from
 * documents in `fleet`, so that it can be made again at any time; of `before` only what is said nowhere else stays.
 */
export function settingsOf({
  booth,
  event,
  choices,
  before,
}: {
  booth: BoothDoc;
  event: EventDoc;
  /** That may be chosen on the booth in place of the event. */
  choices: EventDoc[];
  before: SettingsDoc | undefined;
}): SettingsDoc {
  // What another event left is not of this one.
  const kept = before?.event.id === event.event ? before : undefined;
  const { languages, templates, modes, filters } = event;
  const greenScreen = digestIn(event, 'backdrop');
  return {
    _id: 'settings',
    type: 'settings',
    event: asToldOf(event),
    language: languages?.[0] ?? kept?.language ?? DEFAULTS.language,
    countdownS: DEFAULTS.countdownS,
    ...(languages && { languages }),
    ...(templates && { templates }),
    ...(modes && { modes }),
    ...(filters && { filters }),
    ...(greenScreen && { greenScreen }),
    ...(choices.length > 0 && { eventChoices: choices.map(asToldOf) }),
    ...booth.settings,
  };
}

const asToldOf = ({ event: id, title, accent }: EventDoc): BoothEvent => ({
  id,
  title,
  ...(accent && { accent }),
});
