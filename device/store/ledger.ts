import { type FileHandle, open, readFile } from 'node:fs/promises';
import { writeDurably } from '@photomaton/couch/durable-file';
import type { ExtraDoc, PhotoDoc } from '@photomaton/design-docs/docs';

/**
 * The ledger: one JSON line a photo, appended and synced before the photo enters the queue. It is the durable
 * counter (a number or a name that was written is never given again, even when its photo came to nothing, or is
 * long gone and the clock was set back), and what a photo's documents are made of again when the queue lacks them:
 * same id, same number, so that the share link that a guest already photographed still leads to it.
 */
export interface Ledger {
  /** The next number; 1 on a new booth. */
  next(): number;
  /**
   * @param more.key what whoever sent the photo calls this attempt to save it
   * @param more.extras its shots and clips
   */
  append(photo: PhotoDoc, more?: { key?: string | undefined; extras?: ExtraDoc[] }): Promise<void>;
  /** The photo that has, or had, this name: as it was written last. Its number may have got another name since. */
  find(name: string): PhotoDoc | undefined;
  /** The shots and clips of the photo of that name, as they were written last. */
  extrasOf(name: string): ExtraDoc[];
  /** The photo that was saved under this key, if that was lately. */
  findByKey(key: string): PhotoDoc | undefined;
  /** Was this name ever given? */
  isGiven(name: string): boolean;
  close(): Promise<void>;
}

/** Above this the lines of photos that are gone are cut down to what is never given again. */
const COMPACT_ABOVE_LINES = 5000;
/** Whoever did not hear that a photo is safe asks again within minutes. */
const KEYS_REMEMBERED = 1000;

/**
 * @param options.atLeast numbers up to this one are taken, whatever the file says
 * @param options.isNeeded which photos are still here: their lines are kept whole
 */
export async function openLedger(
  path: string,
  options: { atLeast: number; isNeeded(name: string): boolean },
): Promise<Ledger> {
  const { text, lines } = await readLines(path);
  const byNumber = new Map<number, PhotoDoc>();
  const extras = new Map<number, ExtraDoc[]>();
  const numbers = new Map<string, number>();
  const keys = new Map<string, number>();
  let last = options.atLeast;

  function remember(line: Line): void {
    last = Math.max(last, line.n);
    if (line.name) numbers.set(line.name, line.n);
    if ('_id' in line) {
      byNumber.set(line.n, photoOf(line));
      if (line.extras) extras.set(line.n, line.extras);
    }
    if (line.key) {
      keys.set(line.key, line.n);
      const [oldest] = keys.keys();
      if (keys.size > KEYS_REMEMBERED && oldest !== undefined) keys.delete(oldest);
    }
  }

  for (const line of lines) remember(line);
  const needed = new Set<number>();
  for (const [name, n] of numbers) if (options.isNeeded(name)) needed.add(n);
  for (const n of byNumber.keys()) {
    if (needed.has(n)) continue;
    byNumber.delete(n);
    extras.delete(n);
  }
  const whole = lines.filter((line) => '_id' in line);
  if (text === '' || whole.length > COMPACT_ABOVE_LINES) {
    const kept = lines.map((line) => (byNumber.has(line.n) ? line : { n: line.n, name: line.name }));
    await writeDurably(path, [{ n: last }, ...kept].map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  const file: FileHandle = await open(path, 'a');
  return {
    next: () => last + 1,
    async append(photo, { key, extras = [] } = {}) {
      const line = { ...photo, ...(key && { key }), ...(extras.length > 0 && { extras }) };
      remember(line); // taken even if the write fails: half a line may be on disk
      // Begins on a line of its own, so that a torn one before it costs nothing more.
      await file.appendFile(`\n${JSON.stringify(line)}\n`);
      await file.datasync();
    },
    find: (name) => byNumber.get(numbers.get(name) ?? 0),
    extrasOf: (name) => extras.get(numbers.get(name) ?? 0) ?? [],
    findByKey: (key) => byNumber.get(keys.get(key) ?? 0),
    isGiven: (name) => numbers.has(name),
    close: () => file.close(),
  };
}

/** A photo, what is left of one that is gone, or (first line of a rewritten file) the highest number that was given. */
type Whole = PhotoDoc & { key?: string; extras?: ExtraDoc[] };
type Line = Whole | { n: number; name?: string; key?: string };

const photoOf = ({ key: _key, extras: _extras, ...photo }: Whole): PhotoDoc => photo;

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
