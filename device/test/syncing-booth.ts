import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  boothDatabase,
  type EventId,
  eventDatabase,
  PHOTO_ATTACHMENT,
  type SettingsDoc,
} from '@photomaton/design-docs/docs';
import type { CameraHealth } from '../camera/daemon/health.ts';
import { type Clock, createClock } from '../clock.ts';
import { createImageWorker } from '../image/image-worker.ts';
import { createPreviewMaker, type PreviewMaker } from '../image/preview-maker.ts';
import type { OpenIdentity } from '../pairing/identity.ts';
import { openStore, type Store } from '../store/store.ts';
import type { BoothDb } from '../sync/booth-db.ts';
import { httpFetch } from '../sync/http.ts';
import { createKeyring } from '../sync/keyring.ts';
import { createSync, type Sync } from '../sync/sync.ts';
import { openTemplates } from '../templates/templates.ts';
import { hex24, quiet, type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';
import { deleteDatabase, openBoothDbIn, openSettingsIn, type Site } from './site.ts';
import { builtIn, layout } from './templates-made.ts';

/** Shorter than a booth's, far longer than any answer of a server on this machine. */
export const STALL_MS = 3_000;
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Options {
  dir?: string;
  fetch?: typeof fetch;
  keepLocalMs?: number;
  key?: string;
  /** Whose booth it is. */
  binding?: string;
  clock?: Clock;
  stallMs?: number;
  /** Has it a folder for templates? */
  templates?: boolean;
  /** Where its key is, and the next. */
  identity?: OpenIdentity;
  /** What is wrong with its camera. */
  camera?: CameraHealth['failure'];
  /** The event that was chosen on it. */
  choseEvent?: () => EventId | undefined;
}

export interface SyncingBooth {
  dir: string;
  store: Store;
  boothDb: BoothDb;
  previews: PreviewMaker;
  sync: Sync;
  /** `false` is a pulled cable. */
  online: { is: boolean };
  /** The event that photos are taken at from now on. */
  at(event: EventId): void;
  previewsMade(): Promise<void>;
  restart(changes?: Options): Promise<SyncingBooth>;
}

/** A booth's store and sync as the daemon builds them. */
export async function openBooth(t: TestContext, site: Site, options: Options = {}): Promise<SyncingBooth> {
  const { dir = await tempFolder(t), keepLocalMs = 0, key = site.key, binding = 'the first' } = options;
  const { clock = createClock(), stallMs = STALL_MS } = options;
  const online = { is: true };
  let event: EventId | undefined;
  const store = await openStore({
    ...{ dir, booth: site.booth, event: () => event, keepLocalMs, clock },
    ...{ reserveBytes: 0, maxPhotoBytes: 30e6, log: quiet },
  });
  await store.recovered();
  const boothDb = await openBoothDbIn(dir, binding);
  const images = createImageWorker({ log: quiet });
  const templates = options.templates
    ? await openTemplates({
        ...{ dir: join(dir, 'templates'), binding, boothDb, images, log: quiet },
        builtIn: [builtIn(layout('full-bleed'))],
      })
    : undefined;
  const previews = createPreviewMaker({ store, images, log: quiet });
  const sync = createSync({
    ...{
      store,
      boothDb,
      settings: await openSettingsIn(dir, boothDb, binding),
      ...(templates && { templates }),
      ...(options.identity && {
        keyring: createKeyring({ identity: options.identity, boothDb, log: quiet }),
      }),
      ...(options.camera && { camera: options.camera }),
      ...(options.choseEvent && { choseEvent: options.choseEvent }),
      clock,
      intervalMs: 300_000,
      log: quiet,
      stallMs,
    },
    identity: { booth: site.booth, binding: { key, syncUrl: site.admin.url } },
    fetch: (input, init) => {
      if (!online.is)
        return Promise.reject(new TypeError('fetch failed', { cause: { code: 'ENETUNREACH' } }));
      return (options.fetch ?? httpFetch)(input, init);
    },
  });
  let isOpen = true;
  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    await sync.stop();
    await previews.stop();
    await images.stop();
    await boothDb.close();
    await store.close();
  }
  t.after(close);
  return {
    ...{ dir, store, boothDb, previews, sync, online },
    at(id) {
      event = id;
    },
    previewsMade: () => until(() => store.withoutPreview().length === 0, 'previews made'),
    async restart(changes = {}) {
      await close();
      return openBooth(t, site, { ...options, dir, ...changes });
    },
  };
}

export async function save(store: Pick<Store, 'save'>, bytes = 20_000): Promise<Buffer> {
  const jpeg = await noiseJpeg(bytes);
  assert.equal((await store.save(jpeg)).kind, 'saved');
  return jpeg;
}

/** SHA-256 of every original in the event. */
export async function originals(site: Site, event = site.event): Promise<string[]> {
  const db = eventDatabase(event);
  const docs = await site.couch.range(db, { startkey: 'photo:', endkey: 'photo;', limit: 1000 });
  const hashes = docs.map(async ({ _id }) => {
    const answer = await site.couch.attachment(db, _id, PHOTO_ATTACHMENT);
    return sha256(Buffer.concat((await answer?.body.toArray()) ?? []));
  });
  return (await Promise.all(hashes)).sort();
}

/** Another event of the booth. */
export async function makeEvent(t: TestContext, site: Site): Promise<EventId> {
  const event = hex24();
  await site.provisioner.createEventDatabase(event);
  await site.provisioner.setEventBooths(event, [site.booth]);
  if (process.env.COUCH_URL) t.after(() => deleteDatabase(site.admin, eventDatabase(event)));
  return event;
}

/** The portal puts the booth at another event. */
export async function switchEvent(site: Site, event: EventId): Promise<void> {
  await site.couch.update<SettingsDoc>(boothDatabase(site.booth), 'settings', (settings) => {
    assert.ok(settings);
    return { ...settings, event: { ...settings.event, id: event } };
  });
}

export async function until(condition: () => unknown, what: string): Promise<void> {
  for (const end = Date.now() + 20_000; !(await condition()); await new Promise((r) => setTimeout(r, 20))) {
    assert.ok(Date.now() < end, `still not: ${what}`);
  }
}
