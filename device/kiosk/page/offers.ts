import type { FilterName } from '@photomaton/design-docs/template';
import { FILTERS } from '../../image/filters.ts';
import type { Layout, Offer } from '../../session.ts';

const DEADLINE_MS = 5_000;
const ASK_AGAIN_MS = 3_000;

export interface Offers {
  /** Has the daemon been asked? Before that a guest would be offered less than there is. */
  areKnown(): boolean;
  /** What a guest may choose; nothing while the daemon has not said. */
  current(filters: readonly string[]): Offer;
  /** Something may have changed (another start of the daemon, other settings): asks again. */
  refresh(): void;
}

/**
 * The layouts that the event offers, asked for between guests so that none waits for the answer. A daemon that does
 * not know the question (404) keeps plain photos only, and there is nothing to choose.
 */
export function createOffers({ canRecord, onKnown }: { canRecord: boolean; onKnown(): void }): Offers {
  let layouts: Layout[] = [];
  let known = false;
  let timer: number | undefined;

  async function ask(): Promise<void> {
    try {
      const answer = await fetch('/api/templates', { signal: AbortSignal.timeout(DEADLINE_MS) });
      if (answer.status === 404) layouts = [];
      else if (answer.ok)
        layouts = ((await answer.json()) as { templates: Layout[] }).templates.filter(isUsable);
      else throw new Error(`no templates: ${answer.status}`);
    } catch (err) {
      console.warn('templates', err);
      clearTimeout(timer);
      timer = window.setTimeout(() => void ask(), ASK_AGAIN_MS);
    }
    if (known) return;
    known = true;
    onKnown();
  }
  const isUsable = ({ mode }: Layout) => mode !== 'boomerang' || canRecord;

  return {
    areKnown: () => known,
    current: (filters) => ({ layouts, filters: layouts.length > 0 ? filters.filter(isFilter) : [] }),
    refresh: () => void ask(),
  };
}

/** A name that is newer than this booth is left out. */
const isFilter = (name: string): name is FilterName => Object.hasOwn(FILTERS, name);
