import { type FileHandle, open, readFile } from 'node:fs/promises';
import { writeDurably } from '@photomaton/couch/durable-file';
import type { PhotoDoc } from '@photomaton/design-docs/docs';

/**
 * The ledger: one JSON line a photo, appended and synced before the photo gets its name. It is the durable
 * counter (a number that was written is never given again, even when its photo came to nothing), and what a
 * photo's document is made of again when the queue lacks it: same id, same number, so that the share link
 * that a guest already photographed still leads to it.
 */
export interface Ledger {
  /** The next number; 1 on a new booth. */
  next(): number;
  append(photo: PhotoDoc): Promise<void>;
  /** What was written, before the ledger was opened, of the photo of that name. */
  find(name: string): PhotoDoc | undefined;
  close(): Promise<void>;
}

/** Below this the file is not worth rewriting: about 400 bytes a line. */
const COMPACT_ABOVE_LINES = 5000;

/**
 * @param options.atLeast numbers up to this one are taken, whatever the file says
 * @param options.isNeeded which lines to keep when the file is rewritten
 */
export async function openLedger(
  path: string,
  options: { atLeast: number; isNeeded(name: string): boolean },
): Promise<Ledger> {
  const { text, lines } = await readLines(path);
  const counted = lines.reduce((highest, { n }) => Math.max(highest, n), options.atLeast);
  const photos = new Map<string, PhotoDoc>();
  for (const line of lines) if ('name' in line && options.isNeeded(line.name)) photos.set(line.name, line);

  if (text === '' || lines.length > COMPACT_ABOVE_LINES) {
    const kept = [{ n: counted }, ...photos.values()];
    await writeDurably(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  let last = counted;
  const file: FileHandle = await open(path, 'a');
  return {
    next: () => last + 1,
    async append(photo) {
      last = Math.max(last, photo.n); // taken even if the write fails: half a line may be on disk
      // Begins on a line of its own, so that a torn one before it costs nothing more.
      await file.appendFile(`\n${JSON.stringify(photo)}\n`);
      await file.datasync();
    },
    find: (name) => photos.get(name),
    close: () => file.close(),
  };
}

/** A line: a photo, or (first line of a rewritten file) only the highest number that was given. */
type Line = PhotoDoc | { n: number };

async function readLines(path: string): Promise<{ text: string; lines: Line[] }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { text: '', lines: [] };
    throw error;
  }
  return { text, lines: text.split('\n').flatMap(parseLine) };
}

function parseLine(text: string): Line[] {
  try {
    const line = JSON.parse(text) as Line;
    return Number.isSafeInteger(line.n) ? [line] : [];
  } catch {
    return []; // empty, or torn by a power cut
  }
}
