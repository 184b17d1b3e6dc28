import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';

export type TestContext = { after(end: () => unknown): void };

export const hex24 = (): string => randomBytes(12).toString('hex');
export const quiet = pino({ level: process.env.TEST_LOG ?? 'silent' });

/** A folder that is gone after the test. */
export async function tempFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-device-'));
  // Asked for from within, it comes last: by then, whatever works in the folder is closed.
  t.after(() => t.after(() => rm(folder, { recursive: true, force: true })));
  return folder;
}
