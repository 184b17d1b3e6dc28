/** Ids in their order, each once: what comes and goes costs a search in halves, and so does the place of a page. */
export interface SortedIds {
  readonly size: number;
  add(id: string): void;
  delete(id: string): void;
  /** At most so many, from this one on. */
  from(id: string, limit: number): string[];
}

export function createSortedIds(): SortedIds {
  const ids: string[] = [];

  /** Where it is, or would be. */
  function placeOf(id: string): number {
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ids[middle] as string) < id) low = middle + 1;
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
      const place = placeOf(id);
      return ids.slice(place, place + limit);
    },
  };
}
