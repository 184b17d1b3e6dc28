import type { TFunction } from 'i18next';
import type { Logger } from 'pino';
import type { BoothShell } from '../booth-shell.ts';
import type { Language } from '../i18n/catalogue.ts';
import type { Network } from '../network/network.ts';
import type { PhotoEntry, Store } from '../store/store.ts';
import { photosRoutes } from './photos-routes.ts';
import { setupApp } from './setup-app.ts';
import { setupRoutes } from './setup-routes.ts';
import { createSetupServer } from './setup-server.ts';

export interface Setup {
  /** What to type when the page does not open by itself. */
  address(): string;
  /** From now on the page is there whenever the hotspot is. */
  start(): void;
  stop(): Promise<void>;
}

/** What a phone in the hotspot gets: the page that gives the booth its network, and pictures, if allowed. */
export function createSetup({
  host,
  port,
  isPort80,
  serial,
  shell,
  network,
  photos,
  picture,
  suggestTime,
  translators,
  onListening,
  log,
}: {
  /** The booth's address in the hotspot. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Port 80 leads there: then no port is to be typed. */
  isPort80: boolean;
  serial: string;
  shell: Pick<BoothShell, 'state' | 'tell'>;
  network: Pick<Network, 'state' | 'onChange' | 'scan' | 'setCountry'>;
  /** Those that phones may have, newest first. */
  photos(): Promise<PhotoEntry[]>;
  picture: Store['picture'];
  suggestTime(time: Date): void;
  translators: Record<Language, TFunction>;
  onListening(): void;
  log: Logger;
}): Setup {
  /** Phones that stay in the hotspot for its pictures, until it closes. */
  const free = new Set<string>();
  const address = () => (isPort80 ? `http://${host}` : `http://${host}:${server.port()}`);
  const app = setupApp({
    address,
    isFree: (phone) => phone !== undefined && free.has(phone),
    setup: setupRoutes({
      ...{ serial, shell, network, translators, suggestTime },
      hasPhotos: async () => (await photos()).length > 0,
    }),
    photos: photosRoutes({
      ...{ serial, photos, picture, translators, address },
      letGo: (phone) => free.add(phone),
    }),
    log,
  });
  const server = createSetupServer({ app, host, port, onListening, log });

  function follow(): void {
    const { hotspotOpen } = network.state();
    if (!hotspotOpen) free.clear();
    server.follow(hotspotOpen);
  }

  return {
    address,
    start() {
      network.onChange(follow);
      follow();
    },
    stop: server.stop,
  };
}
