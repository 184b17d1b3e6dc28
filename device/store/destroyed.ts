import { readIfThere, writeDurably } from '@photomaton/couch/durable-file';
import type { EventId } from '@photomaton/design-docs/docs';

/** How many photos of each event were in segments that are destroyed: what people are told is in the cloud. */
export interface Destroyed {
  /** Numbers of the segments: they are not given again. */
  numbers(): number[];
  photosOf(event: EventId): number;
  /** To be called before the segment goes: done twice, it counts once. A disk that is full has other worries. */
  add(segment: string, events: (EventId | undefined)[]): Promise<void>;
}

/** Photos by event, by segment. */
type Counts = Record<string, Record<EventId, number>>;

/** A file that is lost or damaged costs a count on a screen, and no photo. */
export async function openDestroyed(path: string): Promise<Destroyed> {
  let counts: Counts = {};
  try {
    counts = JSON.parse((await readIfThere(path)) ?? '{}') as Counts;
  } catch {
    // begins anew
  }
  return {
    numbers: () => Object.keys(counts).map(Number),
    photosOf: (event) => Object.values(counts).reduce((sum, { [event]: photos = 0 }) => sum + photos, 0),
    async add(segment, events) {
      const counted: Record<EventId, number> = {};
      for (const event of events) if (event) counted[event] = (counted[event] ?? 0) + 1;
      counts = { ...counts, [segment]: counted };
      await writeDurably(path, JSON.stringify(counts)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOSPC') throw error;
      });
    },
  };
}
