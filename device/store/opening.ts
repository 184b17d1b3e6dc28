import { readFile, unlink } from 'node:fs/promises';
import { writeDurably } from '@photomaton/couch/durable-file';

/** More often than people pull the plug of a booth that is starting. */
const MAX_ATTEMPTS = 3;

/**
 * Does what may end the process: LevelDB aborts over some damage that it takes for a defect of its own. Attempts
 * of which the end was not seen are counted in the file at `path`; after three in a row it is not done again.
 */
export async function attempt<T>(
  path: string,
  work: () => Promise<T>,
): Promise<{ kind: 'done'; result: T } | { kind: 'given-up'; attempts: number }> {
  const attempts = await readCount(path);
  try {
    if (attempts >= MAX_ATTEMPTS) return { kind: 'given-up', attempts };
    await writeDurably(path, String(attempts + 1));
    return { kind: 'done', result: await work() };
  } finally {
    await unlink(path).catch(ignoreMissing);
  }
}

async function readCount(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(ignoreMissing);
  return Number.parseInt(text ?? '', 10) || 0;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
