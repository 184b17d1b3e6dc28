import { serialOf } from '@photomaton/design-docs/docs';
import { type BoothShell, createBoothShell } from '../booth-shell.ts';
import type { openTranslators } from '../i18n/catalogue.ts';
import { createPreviewMaker } from '../image/preview-maker.ts';
import { gateFetch } from '../network/gate.ts';
import { HOTSPOT_ADDRESS, hotspotOf } from '../network/hotspot.ts';
import type { Network } from '../network/network.ts';
import { createNetworkManager } from '../network/networkmanager/networkmanager.ts';
import { createSimulatedNetwork } from '../network/simulated.ts';
import { createPairing } from '../pairing/client.ts';
import { isOf } from '../photos-api.ts';
import { createSetup } from '../setup/setup.ts';
import type { PhotoEntry } from '../store/store.ts';
import { httpFetch } from '../sync/http.ts';
import { createKeyring } from '../sync/keyring.ts';
import { createSync, type Sync } from '../sync/sync.ts';
import type { Common } from './common.ts';
import type { PhotoParts } from './photos.ts';

const PORTAL_WITHIN_MS = 10_000;

export type PortalParts = ReturnType<typeof createPortalParts>;

interface Booth extends Common {
  photoParts: PhotoParts;
  translators: Awaited<ReturnType<typeof openTranslators>>;
  restart(): void;
  /** Something that the screen shows may be another; `soon`: it changes often. */
  onChange: { now(): void; soon(): void };
}
interface Way {
  network: Network;
  /** Asks the portal, and nobody while the network is switched off. */
  fetch: typeof globalThis.fetch;
  portalUrl: string;
  sync: Sync | undefined;
}

/** The way to the portal: network, the page where an installer sets it up, pairing, and sync. */
export function createPortalParts(booth: Booth) {
  const { config, log, me, closeLater, photoParts } = booth;
  const { dataDir } = config;
  const simulated = config.network === 'simulated' ? createSimulatedNetwork({ dataDir }) : undefined;
  const network = simulated ?? createNetworkManager({ dataDir, log: log.child({ part: 'network' }) });
  closeLater(network.stop);
  const fetch = gateFetch({ network, fetch: httpFetch });
  const portalUrl = me.binding?.portalUrl ?? config.portalUrl;

  const sync = createBoothSync(booth, fetch);
  const previews = createPreviewMaker({
    ...{ store: photoParts.store, images: photoParts.images },
    // Not sooner: the preview is to be in the portal before the original.
    onMade: () => {
      if (network.state().reach === 'online') sync?.wake('photo');
    },
    log: log.child({ part: 'image' }),
  });
  closeLater(previews.stop);
  if (sync) closeLater(sync.stop);
  const shell = createShell(booth, { network, fetch, portalUrl, sync });
  closeLater(shell.stop);
  const setup = createSetup({
    host: simulated ? '127.0.0.1' : HOTSPOT_ADDRESS,
    port: config.setupPort,
    isPort80: !simulated,
    ...{ serial: serialOf(me.booth), shell, network, translators: booth.translators },
    photos: () => photosForPhones(booth),
    picture: photoParts.store.picture,
    suggestTime: booth.clock.suggest,
    onListening: booth.onChange.now,
    log: log.child({ part: 'setup' }),
  });
  closeLater(setup.stop);
  return { bound: me.binding !== undefined, portalUrl, network, simulated, previews, sync, shell, setup };
}

/** None while the booth is nobody's: then it has nowhere to send photos. */
function createBoothSync(
  { config, log, identity, me, clock, cameraHealth, version, photoParts, onChange }: Booth,
  fetch: Way['fetch'],
): Sync | undefined {
  if (!me.binding) return undefined;
  const { key, syncUrl } = me.binding;
  const { boothDb, templates, settings, store } = photoParts;
  return createSync({
    ...{ store, boothDb, templates, settings, version, clock, fetch },
    identity: { booth: me.booth, binding: { key, syncUrl: config.syncUrl ?? syncUrl } },
    keyring: createKeyring({ identity, boothDb, log: log.child({ part: 'sync' }) }),
    camera: cameraHealth.failure,
    choseEvent: settings.chosen,
    intervalMs: config.syncIntervalS * 1000,
    // Settings may have come down with it.
    onStatus: onChange.soon,
    log: log.child({ part: 'sync' }),
  });
}

function createShell(
  { config, log, identity, me, restart }: Booth,
  { network, fetch, portalUrl, sync }: Way,
): BoothShell {
  return createBoothShell({
    ...{ bound: me.binding !== undefined, network, hotspot: hotspotOf(me), restart },
    async portalAnswers() {
      const answer = await fetch(`${portalUrl}/healthz`, {
        // No body: cancelling one kills the process now and then (Node 20, ERR_INVALID_STATE in its web streams).
        ...{ method: 'HEAD', redirect: 'manual' },
        signal: AbortSignal.timeout(PORTAL_WITHIN_MS),
      });
      return answer.status < 500;
    },
    openPairing: (on) =>
      createPairing({ portalUrl: config.portalUrl, identity, log: log.child({ part: 'pairing' }), ...on }),
    wakeSync: () => sync?.wake('network'),
    log: log.child({ part: 'booth' }),
  });
}

/** Those that phones in the hotspot may have. */
async function photosForPhones({ me, photoParts: { settings, store, event } }: Booth): Promise<PhotoEntry[]> {
  if (!me.binding || !settings.current().hotspotPhotos) return [];
  return (await store.list()).filter((photo) => isOf(event(), photo));
}
