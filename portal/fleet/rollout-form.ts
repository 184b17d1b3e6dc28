import type { BoothSettings, RolloutDoc } from '@photomaton/design-docs/docs';
import { SETTINGS } from '@photomaton/design-docs/settings';
import { type FormBody, isTicked, textOf } from '../web/form-body.ts';

/** The form of a roll-out, as typed: what is empty stays as each booth has it. */
export type RolloutDraft = Record<(typeof TEXTS)[number], string> & { noHours: boolean; noPin: boolean };
export const SWITCHES = ['mirror', 'voice', 'recentPhotos', 'hotspotPhotos', 'keepShots'] as const;
const TEXTS = [
  ...SWITCHES,
  ...(['countdownS', 'volume', 'dpi', 'idle', 'sendFrom', 'sendTo', 'pin', 'first'] as const),
] as const;
export type RolloutProblem =
  | 'countdownS'
  | 'volume'
  | 'sendBetween'
  | 'pin'
  /** No setting was chosen. */
  | 'nothing'
  /** No booth is like that, or too many are. */
  | 'booths'
  /** Another roll-out is under way. */
  | 'busy';

export function readRolloutForm(body: FormBody): RolloutDraft {
  const texts = Object.fromEntries(TEXTS.map((name) => [name, textOf(body, name)]));
  const draft = texts as Record<(typeof TEXTS)[number], string>;
  const pin = draft.pin.replaceAll(' ', '');
  return { ...draft, pin, noHours: isTicked(body, 'noHours'), noPin: isTicked(body, 'noPin') };
}

/** What is to change, or what is wrong with the draft, field by field. */
export function judgeRollout(
  draft: RolloutDraft,
): { choice: Pick<RolloutDoc, 'set' | 'clear'> } | { problems: RolloutProblem[] } {
  const problems: RolloutProblem[] = [];
  const set: BoothSettings = {};
  const clear: RolloutDoc['clear'] = [];

  for (const name of ['countdownS', 'volume'] as const) {
    if (draft[name] === '') continue;
    const parsed = SETTINGS[name].safeParse(Number(draft[name]));
    if (parsed.success) set[name] = parsed.data;
    else problems.push(name);
  }
  for (const name of SWITCHES)
    if (draft[name] === 'yes' || draft[name] === 'no') set[name] = draft[name] === 'yes';
  // Of a list to choose from, what is not in it was not chosen by a person.
  const dpi = SETTINGS.dpi.safeParse(Number(draft.dpi));
  if (dpi.success) set.dpi = dpi.data;
  const idle = SETTINGS.idle.safeParse(draft.idle);
  if (idle.success) set.idle = idle.data;

  const hours = SETTINGS.sendBetween.safeParse({ from: draft.sendFrom, to: draft.sendTo });
  const hasHours = draft.sendFrom !== '' || draft.sendTo !== '';
  if (hasHours && (draft.noHours || !hours.success)) problems.push('sendBetween');
  else if (hasHours && hours.success) set.sendBetween = hours.data;
  else if (draft.noHours) clear.push('sendBetween');

  const pin = SETTINGS.pin.safeParse(draft.pin);
  if (draft.pin !== '' && (draft.noPin || !pin.success)) problems.push('pin');
  else if (pin.success) set.pin = pin.data;
  else if (draft.noPin) clear.push('pin');

  if (problems.length > 0) return { problems };
  const isNothing = Object.keys(set).length + clear.length === 0;
  return isNothing ? { problems: ['nothing'] } : { choice: { set, clear } };
}
