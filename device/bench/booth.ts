/** A booth's store and sync as the daemon builds them: the one place of the benches that knows how. */
import { join } from 'node:path';
import type { BoothId } from '@photomaton/design-docs/docs';
import { pino } from 'pino';
import { openBoothSettings } from '../booth-settings.ts';
import { openStore, type Store } from '../store/store.ts';
import { openBoothDb } from '../sync/booth-db.ts';
import { httpFetch } from '../sync/http.ts';
import { createSync } from '../sync/sync.ts';

const log = pino({ level: 'silent' });

export function openBenchStore(
  dir: string,
  booth: BoothId,
  options: { photosPerSegment?: number } = {},
): Promise<Store> {
  return openStore({ dir, booth, reserveBytes: 0, maxPhotoBytes: 1e8, log, ...options });
}

export interface BenchBooth {
  store: Store;
  /** One cycle of the sync: pushes, verifies and releases all that waits. Rejects unless it went well. */
  cycle(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a booth, its data in `dir`, that sends its photos to `syncUrl`. */
export async function openBooth({
  dir,
  booth,
  key,
  syncUrl,
  fetch = httpFetch,
}: {
  dir: string;
  booth: BoothId;
  key: string;
  syncUrl: string;
  fetch?: typeof globalThis.fetch;
}): Promise<BenchBooth> {
  const store = await openBenchStore(dir, booth);
  const boothDb = await openBoothDb({
    ...{ folder: join(dir, 'booth-db'), binding: 'bench', asideDir: join(dir, 'set-aside') },
    ...{ now: () => new Date(), log },
  });
  const identity = { booth, binding: { key, syncUrl } };
  const settings = await openBoothSettings({
    ...{ file: join(dir, 'settings.json'), binding: 'bench', boothDb, now: () => new Date(), log },
  });
  const sync = createSync({ store, boothDb, settings, identity, intervalMs: 1e6, fetch, log });
  return {
    store,
    async cycle() {
      const outcome = await sync.cycle();
      if (outcome.kind !== 'ok') throw new Error(`the cycle ended with ${JSON.stringify(outcome)}`);
    },
    async close() {
      await sync.stop();
      await boothDb.close();
      await store.close();
    },
  };
}

/** Saves a photo, or throws. */
export async function save(store: Store, jpeg: Buffer): Promise<void> {
  const { kind } = await store.save(jpeg);
  if (kind !== 'saved') throw new Error(`a photo was not saved: ${kind}`);
}

/** Saves so many photos and gives the sum of their bytes. */
export async function fill(store: Store, photos: number, photo: () => Buffer): Promise<number> {
  let bytes = 0;
  for (let i = 0; i < photos; i += 1) {
    const jpeg = photo();
    await save(store, jpeg);
    bytes += jpeg.length;
  }
  return bytes;
}
