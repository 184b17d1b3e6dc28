import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A temporary folder, removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-portal-'));
  // Asked for from within, it comes last: by then, whatever works in the folder is closed.
  t.after(() => t.after(() => rm(folder, { recursive: true, force: true })));
  return folder;
}
