import { type BoothId, serialOf } from '@photomaton/design-docs/docs';

/** Booths by serial, each once: what comes and goes costs a search in halves, and so does the place of a page. */
export interface SortedIds {
  readonly size: number;
  add(id: BoothId): void;
  delete(id: BoothId): void;
  /** At most so many, from this one on, or from the first. */
  from(id: BoothId | undefined, limit: number): BoothId[];
}

export function createSortedIds(): SortedIds {
  const ids: BoothId[] = [];

  /** Where it is, or would be. */
  function placeOf(id: BoothId): number {
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(ids[middle] as BoothId, id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get size() {
      return ids.length;
    },
    add(id) {
      const place = placeOf(id);
      if (ids[place] !== id) ids.splice(place, 0, id);
    },
    delete(id) {
      const place = placeOf(id);
      if (ids[place] === id) ids.splice(place, 1);
    },
    from(id, limit) {
      const place = id === undefined ? 0 : placeOf(id);
      return ids.slice(place, place + limit);
    },
  };
}

function isBefore(a: BoothId, b: BoothId): boolean {
  const [one, other] = [serialOf(a), serialOf(b)];
  return one === other ? a < b : one < other;
}
