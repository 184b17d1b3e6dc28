import { collate } from './collate.ts';
import { LIMITS } from './limits.ts';
import type { Storage } from './storage.ts';
import { inContext } from './validators.ts';

export interface ViewRow {
  id: string;
  key: unknown;
  value: unknown;
}

/** The rows of one map function, in order. */
export interface ViewIndex {
  /** Brought up to date with every write that was acknowledged before the call. */
  rows(): Promise<readonly ViewRow[]>;
}

/** A document whose map throws gives no rows, as in CouchDB. Docs come in pages: a call over the border is dear. */
const CALL_MAP = `(function () {
  var rows;
  emit = function (key, value) { rows.push([key === undefined ? null : key, value === undefined ? null : value]); };
  return JSON.stringify(JSON.parse(input).map(function (doc) {
    rows = [];
    try { fun(doc); } catch (e) { rows = []; }
    return rows;
  }));
})()`;

export function createViewIndex(storage: Storage, mapSource: string): ViewIndex {
  const map = inContext(mapSource, CALL_MAP);
  let rows: ViewRow[] = [];
  let since = 0;
  let updating: Promise<unknown> = Promise.resolve();

  async function update(): Promise<ViewRow[]> {
    while (true) {
      const results = await storage.changes({ since, limit: LIMITS.pageRows, include_docs: true });
      if (results.length === 0) return rows;
      const changed = new Set(results.map(({ id }) => id));
      const docs = results.flatMap(({ id, deleted, doc }) =>
        deleted || !doc || id.startsWith('_design/') ? [] : [doc],
      );
      const emitted = JSON.parse(map(JSON.stringify(docs))) as [unknown, unknown][][];
      const added = docs.flatMap((doc, i) =>
        (emitted[i] ?? []).map(([key, value]) => ({ id: doc._id, key, value })),
      );
      rows = rows.filter((row) => !changed.has(row.id));
      for (const row of added) rows.push(row);
      rows.sort((a, b) => collate(a.key, b.key) || (a.id < b.id ? -1 : Number(a.id > b.id)));
      since = results.at(-1)?.seq ?? since;
    }
  }

  return {
    rows() {
      const updated = updating.then(update);
      updating = updated.catch(() => {}); // its own caller hears of it
      return updated;
    },
  };
}
