import { readFile, rm } from 'node:fs/promises';
import { writeDurably } from '@photomaton/couch/durable-file';
import { z } from 'zod';

const stored = z.strictObject({ language: z.enum(['fr', 'en']) });

/** The language that somebody chose on the booth itself; it goes before the event's. */
export interface ChosenLanguage {
  current(): 'fr' | 'en' | undefined;
  /** `undefined`: that of the event again. */
  choose(language: 'fr' | 'en' | undefined): Promise<void>;
}

export async function openChosenLanguage(file: string): Promise<ChosenLanguage> {
  let current = await readFile(file, 'utf8').then(
    (text) => stored.parse(JSON.parse(text)).language,
    () => undefined,
  );
  return {
    current: () => current,
    async choose(language) {
      if (language) await writeDurably(file, `${JSON.stringify({ language })}\n`);
      else await rm(file, { force: true });
      current = language;
    },
  };
}
