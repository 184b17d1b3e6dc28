import { createHash } from 'node:crypto';
import { eventDatabase, PHOTO_ATTACHMENT } from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';
import { openStore, type Store } from '../store/store.ts';
import { createSync, type Sync } from '../sync/sync.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';
import { openBoothDbIn, openSettingsIn, type Site } from './site.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Between cycles that went well. */
export const INTERVAL_MS = 300_000;

type SyncOptions = Partial<Pick<Parameters<typeof createSync>[0], 'stallMs' | 'fetch' | 'sleep'>>;

/** What chaos befalls: a store on a real disk with photos in it, and its sync through whatever line. */
export interface ChaosBooth {
  store: Store;
  site: Site;
  /** SHA-256 of what was taken, by id. */
  taken: Map<string, string>;
  takePhotos(count: number, bytes: number): Promise<void>;
  syncTo(url: string, options?: SyncOptions): Sync;
}

export async function openChaosBooth(t: TestContext, site: Site): Promise<ChaosBooth> {
  const { booth, key } = site;
  const dir = await tempFolder(t);
  const store = await openStore({ dir, booth, reserveBytes: 0, maxPhotoBytes: 30e6, log: quiet });
  const boothDb = await openBoothDbIn(dir);
  const settings = await openSettingsIn(dir, boothDb);
  t.after(async () => {
    await boothDb.close();
    await store.close();
  });
  const taken = new Map<string, string>();
  return {
    store,
    site,
    taken,
    async takePhotos(count, bytes) {
      for (let i = 0; i < count; i += 1) {
        const jpeg = await noiseJpeg(bytes);
        const outcome = await store.save(jpeg);
        if (outcome.kind !== 'saved') throw new Error(`not saved: ${outcome.kind}`);
        taken.set(outcome.id, sha256(jpeg));
      }
    },
    syncTo(url, options = {}) {
      const identity = { booth, binding: { key, syncUrl: url } };
      const sync = createSync({
        ...{ store, boothDb, settings, identity, intervalMs: INTERVAL_MS, log: quiet, ...options },
      });
      t.after(() => sync.stop());
      return sync;
    },
  };
}

/** SHA-256 by id of the originals in the event, as its administrator sees them. Throws at a second revision. */
export async function originalsOn({ admin, event }: Site): Promise<Map<string, string>> {
  const { url, username, password } = admin;
  const db = new PouchDB(`${url}/${eventDatabase(event)}`, { auth: { username, password } });
  try {
    const { results } = await db.changes({ style: 'all_docs' });
    const hashes = new Map<string, string>();
    for (const { id, changes } of results) {
      if (changes.length > 1) throw new Error(`${id} has ${changes.length} revisions`);
      if (!id.startsWith('photo:')) continue;
      hashes.set(id, sha256((await db.getAttachment(id, PHOTO_ATTACHMENT)) as Buffer));
    }
    return hashes;
  } finally {
    await db.close(); // else PouchDB keeps it for ever
  }
}
