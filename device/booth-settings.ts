import { readIfThere, writeDurably } from '@photomaton/couch/durable-file';
import type { SettingsDoc, StatusDoc } from '@photomaton/design-docs/docs';
import {
  type Chosen,
  SETTINGS,
  type SettingName,
  type Settings,
  withDefaults,
} from '@photomaton/design-docs/settings';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Backdrops } from './backdrops.ts';
import type { BoothDb } from './sync/booth-db.ts';

/**
 * The settings that this booth goes by. Each that comes down is judged by itself: one that the booth cannot take stays
 * as it was, and the booth's status says which, and why. What was good last is on the disk, for a start without a line.
 */
export interface BoothSettings {
  current(): Settings;
  /** For the status; undefined until settings came down for the first time. */
  applied(): StatusDoc['settings'];
  /** Takes what came down; to be called after a pull. Never rejects. */
  bring(): Promise<void>;
}

/** As the validator of the status takes it. */
const MAX_REASON_LENGTH = 500;
const MAX_REFUSED = 40;

const storedSchema = z.object({
  /** Whose they are. */
  binding: z.string(),
  chosen: z.object(SETTINGS).partial(),
  applied: z.object({
    rev: z.string(),
    at: z.string(),
    refused: z.array(z.object({ name: z.string(), reason: z.string() })).exactOptional(),
  }),
});
type Stored = { binding: string; chosen: Partial<Chosen>; applied: NonNullable<StatusDoc['settings']> };

export async function openBoothSettings({
  file,
  binding,
  boothDb,
  isTemplate = () => true,
  backdrops,
  now,
  log,
}: {
  file: string;
  /** Anything that is another with each pairing: what was good for whoever had the booth before is not for the next. */
  binding: string;
  boothDb: Pick<BoothDb, 'settings'>;
  /** Is there a template of that name on this booth? */
  isTemplate?: (name: string) => boolean;
  /** Where a green screen's picture has to be before the booth goes by it. */
  backdrops?: Pick<Backdrops, 'take' | 'keepOnly'>;
  now(): Date;
  log: Logger;
}): Promise<BoothSettings> {
  let stored = await read(file, binding);

  /** Why this booth cannot take the value; undefined when it can. */
  async function whyNot(name: string, value: unknown): Promise<string | undefined> {
    if (!Object.hasOwn(SETTINGS, name)) return 'this booth is older than this setting';
    const parsed = SETTINGS[name as SettingName].safeParse(value);
    if (!parsed.success) return parsed.error.issues.map(({ message }) => message).join('; ');
    if (name === 'greenScreen') return await backdrops?.take(value as string);
    if (name !== 'templates') return undefined;
    const missing = (value as string[]).filter((template) => !isTemplate(template));
    return missing.length > 0 ? `not on this booth: ${missing.join(', ')}` : undefined;
  }

  async function take(doc: SettingsDoc & { _rev: string }): Promise<Stored> {
    const chosen: Record<string, unknown> = {};
    const refused: { name: string; reason: string }[] = [];
    for (const [name, value] of Object.entries(doc)) {
      if (name.startsWith('_') || name === 'type') continue;
      const reason = await whyNot(name, value);
      const before = stored?.chosen[name as SettingName];
      if (reason === undefined) chosen[name] = value;
      else if (before !== undefined) chosen[name] = before;
      if (reason !== undefined) refused.push({ name, reason: reason.slice(0, MAX_REASON_LENGTH) });
    }
    const at = stored?.applied.rev === doc._rev ? stored.applied.at : now().toISOString();
    return {
      binding,
      chosen: chosen as Partial<Chosen>,
      applied: {
        ...{ rev: doc._rev, at },
        ...(refused.length > 0 && { refused: refused.slice(0, MAX_REFUSED) }),
      },
    };
  }

  async function bring(): Promise<void> {
    const doc = await boothDb.settings();
    if (doc) await apply(doc);
    await backdrops?.keepOnly(stored?.chosen.greenScreen);
  }

  async function apply(doc: SettingsDoc & { _rev: string }): Promise<void> {
    const next = await take(doc);
    if (JSON.stringify(next) === JSON.stringify(stored)) return;
    // Before it is said to be applied: it still is after the plug was pulled.
    await writeDurably(file, `${JSON.stringify(next)}\n`);
    stored = next;
    const { rev, refused = [] } = next.applied;
    if (refused.length > 0) log.warn({ rev, refused }, 'settings came down that cannot be applied');
    else log.info({ rev }, 'settings applied');
  }

  const settings: BoothSettings = {
    current: () => withDefaults(stored?.chosen),
    applied: () => stored?.applied,
    bring: () =>
      bring().catch((error: unknown) => {
        // The booth's own disk: what was good last holds, and the next cycle tries again.
        log.error({ err: error }, 'settings could not be taken in');
      }),
  };
  await settings.bring();
  return settings;
}

/** What was good last. A file that cannot be read is as good as none: all of it comes down again. */
async function read(file: string, binding: string): Promise<Stored | undefined> {
  const text = await readIfThere(file);
  try {
    const parsed = storedSchema.parse(JSON.parse(text ?? ''));
    return parsed.binding === binding ? (parsed as Stored) : undefined;
  } catch {
    return undefined;
  }
}
