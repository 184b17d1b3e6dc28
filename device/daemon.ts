import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serialOf } from '@photomaton/design-docs/docs';
import { sharePath } from '@photomaton/design-docs/share';
import { Router } from 'express';
import type { Logger } from 'pino';
import { openBoothSettings } from './booth-settings.ts';
import { createBoothShell } from './booth-shell.ts';
import { cameraApi } from './camera/daemon/camera-api.ts';
import { cameraHealthApi, createCameraHealth } from './camera/daemon/health.ts';
import { openCamera } from './camera/daemon/open-camera.ts';
import { createClock } from './clock.ts';
import type { Config } from './config.ts';
import { openTranslators, readTexts } from './i18n/catalogue.ts';
import { makeBoomerang } from './image/boomerang.ts';
import { builtInTemplates, createImageWorker } from './image/index.ts';
import { createPreviewMaker } from './image/preview-maker.ts';
import { createVision } from './image/vision/vision.ts';
import { visionApi } from './image/vision/vision-api.ts';
import { demoRoutes } from './kiosk/demo.ts';
import { describe } from './kiosk/describe.ts';
import { createLiveState } from './kiosk/live-state.ts';
import { kioskApp, listen } from './kiosk/server.ts';
import { logoApi } from './logo-api.ts';
import { maintenanceApi } from './maintenance/api.ts';
import { openChosenLanguage } from './maintenance/language.ts';
import type { LogRing } from './maintenance/log-ring.ts';
import { openPinGate } from './maintenance/pin-gate.ts';
import { powerOff } from './maintenance/power.ts';
import { gateFetch } from './network/gate.ts';
import { HOTSPOT_ADDRESS, hotspotOf } from './network/hotspot.ts';
import { createNetworkManager } from './network/networkmanager/networkmanager.ts';
import { createSimulatedNetwork } from './network/simulated.ts';
import { createPairing } from './pairing/client.ts';
import { openIdentity } from './pairing/identity.ts';
import { isOf, photosApi } from './photos-api.ts';
import { createSetup } from './setup/setup.ts';
import { openStore } from './store/store.ts';
import { openBoothDb } from './sync/booth-db.ts';
import { createDeletions } from './sync/deletions.ts';
import { httpFetch } from './sync/http.ts';
import { createKeyring } from './sync/keyring.ts';
import { createSync, type Sync } from './sync/sync.ts';
import { createTemplatePreviews } from './templates/previews.ts';
import { openTemplates } from './templates/templates.ts';
import { backdropUrl, templatesApi } from './templates/templates-api.ts';
import { openVisitFolder } from './visits/visit-folder.ts';
import { createVisits } from './visits/visits.ts';
import { visitsApi } from './visits/visits-api.ts';

const MB = 2 ** 20;
const HOUR_MS = 60 * 60_000;
const PORTAL_WITHIN_MS = 10_000;
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export interface Daemon {
  url: string;
  port: number;
  bound: boolean;
  /** Finishes the photo in hand, then closes every part, last one first. */
  stop(): Promise<void>;
}

/** Builds the booth's parts in order and starts them. Rejects with what hindered it, everything closed again. */
export async function startDaemon(o: {
  config: Readonly<Config>;
  log: Logger;
  /** The latest lines of `log`. */
  logs: Pick<LogRing, 'lines'>;
  /** Asks for another start, after Wi-Fi or pairing. */
  restart(): void;
}): Promise<Daemon> {
  const closers: (() => unknown)[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (const close of closers.splice(0).reverse()) {
      await Promise.resolve(close()).catch((err: unknown) => failures.push(err));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'parts of the booth did not close');
  };
  try {
    return { ...(await build({ ...o, closeLater: (close) => closers.push(close) })), stop };
  } catch (err) {
    await stop();
    throw err;
  }
}

async function build({
  config,
  log,
  logs,
  restart,
  closeLater,
}: {
  config: Readonly<Config>;
  log: Logger;
  logs: Pick<LogRing, 'lines'>;
  restart(): void;
  closeLater(close: () => unknown): void;
}): Promise<Omit<Daemon, 'stop'>> {
  const { dataDir } = config;
  const identity = await openIdentity(dataDir);
  const me = identity.current();
  const bound = me.binding !== undefined;
  const portalUrl = me.binding?.portalUrl ?? config.portalUrl;
  const shareSecret = Buffer.from(me.shareSecret, 'base64url');

  const clock = createClock();
  // Another with each pairing.
  const binding = me.binding?.pairedAt ?? 'none';
  const boothDb = await openBoothDb({
    folder: join(dataDir, 'booth-db'),
    binding,
    asideDir: join(dataDir, 'set-aside'),
    now: clock.now,
    log: log.child({ part: 'sync' }),
  });
  closeLater(boothDb.close);
  const maxPhotoBytes = config.maxPhotoMb * MB;
  const images = createImageWorker({ log: log.child({ part: 'image' }) });
  closeLater(images.stop);
  const templates = await openTemplates({
    ...{ dir: join(dataDir, 'templates'), binding, boothDb, builtIn: builtInTemplates(), images },
    log: log.child({ part: 'templates' }),
  });
  const settings = await openBoothSettings({
    ...{ file: join(dataDir, 'settings.json'), binding, boothDb, isTemplate: templates.has },
    ...{ now: clock.now, log: log.child({ part: 'settings' }) },
  });
  const chosen = async () => settings.current();
  const event = () => settings.current().event?.id;
  const store = await openStore({
    dir: dataDir,
    booth: me.booth,
    event,
    reserveBytes: config.diskReserveMb * MB,
    maxPhotoBytes,
    keepLocalMs: config.keepLocalHours * HOUR_MS,
    clock,
    log: log.child({ part: 'store' }),
  });
  // Before the first screen: a photo may have been deleted while the booth was off.
  await createDeletions({ store, boothDb }).bring();
  closeLater(store.close);
  const vision = createVision({ log: log.child({ part: 'vision' }) });
  closeLater(vision.stop);
  const visits = createVisits({
    folder: await openVisitFolder({
      ...{ dir: join(dataDir, 'visits'), asideDir: join(dataDir, 'set-aside'), now: clock.now },
    }),
    ...{ store, templates, renderer: images, settings: chosen, now: clock.now },
    facesIn: vision.facesIn,
    makeFilm: (jpegs) => makeBoomerang({ jpegs, log: log.child({ part: 'image' }) }),
    maxPhotoBytes,
    log: log.child({ part: 'visits' }),
  });
  closeLater(visits.stop);
  const simulated = config.network === 'simulated' ? createSimulatedNetwork({ dataDir }) : undefined;
  const network = simulated ?? createNetworkManager({ dataDir, log: log.child({ part: 'network' }) });
  closeLater(network.stop);

  const cameraHealth = createCameraHealth({ now: clock.now });
  let sync: Sync | undefined;
  const previews = createPreviewMaker({
    store,
    images,
    // Not sooner: the preview is to be in the portal before the original.
    onMade: () => {
      if (network.state().reach === 'online') sync?.wake('photo');
    },
    log: log.child({ part: 'image' }),
  });
  closeLater(previews.stop);
  if (me.binding) {
    const { key, syncUrl } = me.binding;
    sync = createSync({
      store,
      boothDb,
      templates,
      settings,
      identity: { booth: me.booth, binding: { key, syncUrl: config.syncUrl ?? syncUrl } },
      intervalMs: config.syncIntervalS * 1000,
      keyring: createKeyring({ identity, boothDb, log: log.child({ part: 'sync' }) }),
      version,
      camera: cameraHealth.failure,
      clock,
      fetch: gateFetch({ network, fetch: httpFetch }),
      log: log.child({ part: 'sync' }),
      // Settings may have come down with it.
      onStatus: () => live.refreshSoon(),
    });
    closeLater(sync.stop);
  }

  const shell = createBoothShell({
    bound,
    network,
    hotspot: hotspotOf(me),
    async portalAnswers() {
      const answer = await gateFetch({ network, fetch: httpFetch })(`${portalUrl}/healthz`, {
        // No body: cancelling one kills the process now and then (Node 20, ERR_INVALID_STATE in its web streams).
        ...{ method: 'HEAD', redirect: 'manual' },
        signal: AbortSignal.timeout(PORTAL_WITHIN_MS),
      });
      return answer.status < 500;
    },
    openPairing: (on) =>
      createPairing({ portalUrl: config.portalUrl, identity, log: log.child({ part: 'pairing' }), ...on }),
    wakeSync: () => sync?.wake('network'),
    restart,
    log: log.child({ part: 'booth' }),
  });
  closeLater(shell.stop);

  const language = await openChosenLanguage(join(dataDir, 'language.json'));
  const texts = readTexts();
  const translators = await openTranslators(texts);
  const setup = createSetup({
    host: simulated ? '127.0.0.1' : HOTSPOT_ADDRESS,
    port: config.setupPort,
    isPort80: !simulated,
    ...{ serial: serialOf(me.booth), shell, network, translators },
    async photos() {
      const { hotspotPhotos } = settings.current();
      return bound && hotspotPhotos ? (await store.list()).filter((photo) => isOf(event(), photo)) : [];
    },
    picture: store.picture,
    suggestTime: clock.suggest,
    onListening: () => live.refresh(),
    log: log.child({ part: 'setup' }),
  });
  closeLater(setup.stop);
  let port = config.port;
  const live = createLiveState({
    async read() {
      const at = event();
      return describe({
        booth: me.booth,
        state: shell.state(),
        pairing: shell.pairing(),
        reach: network.state().reach,
        network: network.state(),
        hotspot: { ...hotspotOf(me), address: setup.address() },
        portalUrl,
        settings: settings.current(),
        backdrop: backdropUrl(templates, settings.current()),
        logo: (await boothDb.logo())?.digest,
        language: language.current(),
        photos: (await store.list()).filter((photo) => isOf(at, photo)),
        gone: at ? store.gone(at) : 0,
        sync: sync?.status(),
        space: await store.space(),
      });
    },
    log: log.child({ part: 'kiosk' }),
  });

  const camera = openCamera({
    ...{ config, onState: cameraHealth.tell },
    log: log.child({ part: 'camera' }),
  });
  const shareUrl = (n: number) => `${portalUrl}${sharePath(shareSecret, { booth: me.booth, n })}`;
  const sinceStart = () => performance.now();
  const maintenance = maintenanceApi({
    async pin() {
      if (!bound) return { kind: 'none' };
      const { pin } = settings.current();
      return pin === undefined ? { kind: 'closed' } : { kind: 'pin', pin };
    },
    gate: await openPinGate({ file: join(dataDir, 'pin-guesses.json'), now: sinceStart }),
    async facts() {
      const { event } = settings.current();
      const { reach, ssid } = network.state();
      const spoken = language.current();
      return {
        serial: serialOf(me.booth),
        version,
        bound,
        network: { reach, ...(ssid !== undefined && { ssid }) },
        ...(event && { event: { title: event.title } }),
        ...(spoken && { language: spoken }),
      };
    },
    logs,
    language: {
      async choose(chosen) {
        await language.choose(chosen);
        live.refresh();
      },
    },
    openSetup: () => shell.tell({ type: 'setup' }),
    restart,
    powerOff,
    unbind: identity.unbind,
    now: sinceStart,
    log: log.child({ part: 'maintenance' }),
  });

  const app = kioskApp({
    config,
    shell,
    live,
    texts,
    camera: camera && cameraApi({ camera }),
    photos: Router().use(
      cameraHealthApi({ health: cameraHealth }),
      logoApi({ boothDb }),
      photosApi({ store, event, maxPhotoBytes, shareUrl }),
      visitsApi({ visits, maxPhotoBytes, shareUrl }),
      templatesApi({
        ...{ templates, settings: chosen },
        previews: createTemplatePreviews({ templates, images, settings: chosen, now: clock.now }),
      }),
    ),
    vision: visionApi({ vision }),
    maintenance,
    demo:
      config.demo && simulated
        ? demoRoutes({ network: simulated, translators, restart, setupAddress: setup.address })
        : undefined,
    health: async () => ({
      status: 'ok',
      version,
      bound,
      network: network.state().reach,
      photos: (await store.list()).length,
      ...(camera && { camera: camera.state() }),
    }),
    log: log.child({ part: 'kiosk' }),
  });
  const server = await listen(app, config.port);
  port = server.port;
  closeLater(server.stop);
  // Before the server, which pages that wait for a state or a frame would keep open.
  closeLater(live.stop);
  if (camera) closeLater(camera.stop);

  store.onChange(live.refreshSoon);
  shell.onChange(live.refresh);
  network.onChange(live.refresh);
  previews.start();
  visits.start();
  setup.start();
  shell.start();
  sync?.start();
  live.start();
  camera?.start();
  return { url: server.url, port, bound };
}
