import { join } from 'node:path';
import { openBackdrops } from '../backdrops.ts';
import { openBoothSettings } from '../booth-settings.ts';
import { openChosenEvent } from '../chosen-event.ts';
import { makeBoomerang } from '../image/boomerang.ts';
import { builtInTemplates, createImageWorker } from '../image/index.ts';
import { createVision } from '../image/vision/vision.ts';
import { openStore } from '../store/store.ts';
import { openBoothDb } from '../sync/booth-db.ts';
import { createDeletions } from '../sync/deletions.ts';
import { openTemplates } from '../templates/templates.ts';
import { openVisitFolder } from '../visits/visit-folder.ts';
import { createVisits } from '../visits/visits.ts';
import type { Common } from './common.ts';

const MB = 2 ** 20;
const HOUR_MS = 60 * 60_000;

export type PhotoParts = Awaited<ReturnType<typeof openPhotoParts>>;

/** What makes and keeps photos, whether there is a portal or not: settings and templates, pictures, store, visits. */
export async function openPhotoParts({ config, log, me, clock, closeLater }: Common) {
  const { dataDir } = config;
  // Another with each pairing.
  const binding = me.binding?.pairedAt ?? 'none';
  const asideDir = join(dataDir, 'set-aside');
  const { now } = clock;
  const maxPhotoBytes = config.maxPhotoMb * MB;

  const boothDb = await openBoothDb({
    ...{ folder: join(dataDir, 'booth-db'), binding, asideDir, now },
    log: log.child({ part: 'sync' }),
  });
  closeLater(boothDb.close);
  const images = createImageWorker({ log: log.child({ part: 'image' }) });
  closeLater(images.stop);
  const templates = await openTemplates({
    ...{ dir: join(dataDir, 'templates'), binding, boothDb, builtIn: builtInTemplates(), images },
    log: log.child({ part: 'templates' }),
  });
  const backdrops = await openBackdrops({ dir: join(dataDir, 'backdrops'), boothDb, images });
  const cameDown = await openBoothSettings({
    ...{ file: join(dataDir, 'settings.json'), binding, boothDb, isTemplate: templates.has, backdrops, now },
    log: log.child({ part: 'settings' }),
  });
  const settings = await openChosenEvent({
    ...{ file: join(dataDir, 'chosen-event.json'), binding, settings: cameDown },
    log: log.child({ part: 'settings' }),
  });
  // It came down with the settings, and is of their event.
  const logo = async () => (settings.chosen() === undefined ? await boothDb.logo() : undefined);
  const event = () => settings.current().event?.id;
  const store = await openStore({
    ...{ dir: dataDir, booth: me.booth, event, maxPhotoBytes, clock },
    reserveBytes: config.diskReserveMb * MB,
    keepLocalMs: config.keepLocalHours * HOUR_MS,
    log: log.child({ part: 'store' }),
  });
  closeLater(store.close);
  // Before the first screen: a photo may have been deleted while the booth was off.
  await createDeletions({ store, boothDb }).bring();
  const vision = createVision({ log: log.child({ part: 'vision' }) });
  closeLater(vision.stop);
  const visits = createVisits({
    folder: await openVisitFolder({ dir: join(dataDir, 'visits'), asideDir, now }),
    ...{
      store,
      templates,
      backdrops,
      renderer: images,
      settings: async () => settings.current(),
      maxPhotoBytes,
      now,
    },
    facesIn: vision.facesIn,
    makeFilm: (jpegs) => makeBoomerang({ jpegs, log: log.child({ part: 'image' }) }),
    log: log.child({ part: 'visits' }),
  });
  closeLater(visits.stop);
  return {
    boothDb,
    images,
    templates,
    backdrops,
    settings,
    logo,
    event,
    store,
    vision,
    visits,
    maxPhotoBytes,
  };
}
