import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '@photomaton/couch/durable-file';
import type { Logger } from 'pino';
import { setRegion } from './iw.ts';

/** Which country's rules the radio keeps. The kernel forgets it when the machine is switched off; the booth does not. */
export interface Country {
  /** Sets the one that is remembered, if any. */
  apply(): Promise<void>;
  /** @param code ISO 3166-1 alpha-2 */
  set(code: string): Promise<void>;
}

export function createCountry({ dataDir, log }: { dataDir: string; log: Logger }): Country {
  const file = join(dataDir, 'country');

  async function apply(): Promise<void> {
    const code = await readFile(file, 'utf8').catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'ENOENT') throw err;
    });
    if (code === undefined) return;
    await setRegion(code).catch((err: unknown) => log.warn({ err, code }, 'the country could not be set'));
  }

  return {
    apply,
    async set(code) {
      await writeDurably(file, code);
      await apply();
    },
  };
}
