import type { Store } from '../store/store.ts';
import type { BoothDb } from './booth-db.ts';

/** Photos that were deleted in the cloud go from the booth too; those that a guest deleted before they got there are hidden. */
interface Deletions {
  /** Takes in what came down: from now on they are shown to nobody. */
  bring(): Promise<void>;
  /** Destroys those that are safe in the cloud's bin, and writes receipts for what is not here (any more). */
  carryOut(now: Date): Promise<void>;
}

export function createDeletions({
  store,
  boothDb,
}: {
  store: Pick<Store, 'hide' | 'forget'>;
  boothDb: Pick<BoothDb, 'deletions' | 'unwanted' | 'putReceipts'>;
}): Deletions {
  let keys: string[] = [];
  return {
    async bring() {
      keys = await boothDb.deletions();
      store.hide([...keys.map(numberIn), ...(await boothDb.unwanted())]);
    },
    async carryOut(now) {
      if (keys.length === 0) return;
      const gone = new Set(await store.forget(keys.map(numberIn)));
      const done = keys.filter((key) => gone.has(numberIn(key)));
      if (done.length > 0) await boothDb.putReceipts(done, now);
    },
  };
}

/** The booth's own counter: the time in a key may have been corrected since, the number never is. */
const numberIn = (key: string): number => Number(key.split(':')[2]);
