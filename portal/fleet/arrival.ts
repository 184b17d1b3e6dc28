import type { Stored } from '@photomaton/couch';
import type { SettingsDoc, StatusDoc } from '@photomaton/design-docs/docs';

/** Has the booth what was chosen for it? */
export type Arrival =
  | { kind: 'on-its-way' }
  | { kind: 'arrived'; at: Date }
  /** It goes by all but these, by their names. */
  | { kind: 'refused'; at: Date; refused: { name: string; reason: string }[] };

export function arrivalOf(
  settings: (SettingsDoc & Stored) | undefined,
  status: StatusDoc | undefined,
): Arrival {
  const applied = status?.settings;
  if (!settings || !applied || applied.rev !== settings._rev) return { kind: 'on-its-way' };
  const { refused = [] } = applied;
  const at = new Date(applied.at);
  return refused.length > 0 ? { kind: 'refused', at, refused } : { kind: 'arrived', at };
}
