import { join } from 'node:path';
import { serialOf } from '@photomaton/design-docs/docs';
import { sharePath } from '@photomaton/design-docs/share';
import { Router } from 'express';
import { cameraApi } from '../camera/daemon/camera-api.ts';
import { cameraHealthApi } from '../camera/daemon/health.ts';
import { openCamera } from '../camera/daemon/open-camera.ts';
import { eventPicturesApi } from '../event-pictures-api.ts';
import type { openTranslators, readTexts } from '../i18n/catalogue.ts';
import { visionApi } from '../image/vision/vision-api.ts';
import { demoRoutes } from '../kiosk/demo.ts';
import { describe } from '../kiosk/describe.ts';
import { createLiveState, type LiveState } from '../kiosk/live-state.ts';
import { kioskApp, listen } from '../kiosk/server.ts';
import { maintenanceApi } from '../maintenance/api.ts';
import { type ChosenLanguage, openChosenLanguage } from '../maintenance/language.ts';
import type { LogRing } from '../maintenance/log-ring.ts';
import { openPinGate } from '../maintenance/pin-gate.ts';
import { powerOff } from '../maintenance/power.ts';
import { hotspotOf } from '../network/hotspot.ts';
import { isOf, photosApi } from '../photos-api.ts';
import { digestOf, offeredLayouts } from '../templates/offer.ts';
import { createTemplatePreviews } from '../templates/previews.ts';
import { templatesApi } from '../templates/templates-api.ts';
import { visitsApi } from '../visits/visits-api.ts';
import type { Common } from './common.ts';
import type { PhotoParts } from './photos.ts';
import type { PortalParts } from './portal.ts';

interface Booth extends Common {
  photoParts: PhotoParts;
  portalParts: PortalParts;
  texts: ReturnType<typeof readTexts>;
  translators: Awaited<ReturnType<typeof openTranslators>>;
  /** The latest lines of `log`. */
  logs: Pick<LogRing, 'lines'>;
  restart(): void;
}

/** What is seen and touched: the state of the screen, the kiosk's server, the camera, the maintenance menu. */
export async function openScreenParts(booth: Booth) {
  const { config, log, closeLater, clock, photoParts, portalParts, texts, translators, restart } = booth;
  const { store, images, templates, settings, vision } = photoParts;
  const { shell, network, simulated, setup } = portalParts;
  const language = await openChosenLanguage(join(config.dataDir, 'language.json'));
  const previews = createTemplatePreviews({
    ...{ templates, images, settings: async () => settings.current(), now: clock.now },
  });
  const live = createLiveState({
    read: () => momentOf(booth, { language, previews }),
    log: log.child({ part: 'kiosk' }),
  });
  const camera = openCamera({
    ...{ config, onState: booth.cameraHealth.tell },
    log: log.child({ part: 'camera' }),
  });
  const app = kioskApp({
    ...{ config, shell, live, texts },
    camera: camera && cameraApi({ camera }),
    photos: photoRoutes(booth, previews),
    vision: visionApi({ vision }),
    maintenance: await maintenanceRoutes(booth, { language, live }),
    demo:
      config.demo && simulated
        ? demoRoutes({ network: simulated, translators, restart, setupAddress: setup.address })
        : undefined,
    health: async () => ({
      ...{ status: 'ok', version: booth.version, bound: portalParts.bound, network: network.state().reach },
      photos: (await store.list()).length,
      ...(camera && { camera: camera.state() }),
    }),
    log: log.child({ part: 'kiosk' }),
  });
  const server = await listen(app, config.port);
  closeLater(server.stop);
  // Before the server, which pages that wait for a state or a frame would keep open.
  closeLater(live.stop);
  if (camera) closeLater(camera.stop);
  return { live, camera, server };
}

type Previews = ReturnType<typeof createTemplatePreviews>;

async function momentOf(
  { me, photoParts, portalParts }: Booth,
  { language, previews }: { language: ChosenLanguage; previews: Previews },
) {
  const { logo, store, templates, event } = photoParts;
  const { shell, network, setup, sync, portalUrl } = portalParts;
  const settings = photoParts.settings.current();
  const at = event();
  return describe({
    booth: me.booth,
    state: shell.state(),
    pairing: shell.pairing(),
    reach: network.state().reach,
    network: network.state(),
    hotspot: { ...hotspotOf(me), address: setup.address() },
    ...{ portalUrl, settings },
    offer: digestOf(offeredLayouts({ templates, previews }, settings)),
    logo: (await logo())?.digest,
    language: language.current(),
    photos: (await store.list()).filter((photo) => isOf(at, photo)),
    gone: at ? store.gone(at) : 0,
    sync: sync?.status(),
    space: await store.space(),
  });
}

function photoRoutes({ me, cameraHealth, photoParts, portalParts }: Booth, previews: Previews): Router {
  const { logo, backdrops, store, event, visits, templates, settings, maxPhotoBytes } = photoParts;
  const secret = Buffer.from(me.shareSecret, 'base64url');
  const shareUrl = (n: number) => `${portalParts.portalUrl}${sharePath(secret, { booth: me.booth, n })}`;
  return Router().use(
    cameraHealthApi({ health: cameraHealth }),
    eventPicturesApi({ logo, backdrops, settings: settings.current }),
    photosApi({ store, event, maxPhotoBytes, shareUrl }),
    visitsApi({ visits, maxPhotoBytes, shareUrl }),
    templatesApi({ templates, previews, settings: async () => settings.current() }),
  );
}

async function maintenanceRoutes(
  { config, log, logs, identity, me, version, photoParts, portalParts, restart }: Booth,
  { language, live }: { language: ChosenLanguage; live: LiveState },
): Promise<Router> {
  const { settings, visits } = photoParts;
  const { bound, network, shell, sync } = portalParts;
  const now = () => performance.now();
  return maintenanceApi({
    async pin() {
      if (!bound) return { kind: 'none' };
      const { pin } = settings.current();
      return pin === undefined ? { kind: 'closed' } : { kind: 'pin', pin };
    },
    gate: await openPinGate({ file: join(config.dataDir, 'pin-guesses.json'), now }),
    async facts() {
      const { event } = settings.current();
      const { reach, ssid } = network.state();
      const spoken = language.current();
      return {
        ...{ serial: serialOf(me.booth), version, bound },
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
    events: {
      list: settings.events,
      async choose(id) {
        // What guests left unfinished was taken for the event of before.
        const isChosen = (await visits.settleAll()) && (await settings.choose(id));
        live.refresh();
        sync?.wake('asked');
        return isChosen;
      },
    },
    openSetup: () => shell.tell({ type: 'setup' }),
    ...{ restart, powerOff, unbind: identity.unbind, now },
    log: log.child({ part: 'maintenance' }),
  });
}
