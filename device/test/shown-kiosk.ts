import type { TestContext } from 'node:test';
import express, { type Router } from 'express';
import type { Config } from '../config.ts';
import { readTexts } from '../i18n/catalogue.ts';
import { createLiveState } from '../kiosk/live-state.ts';
import { kioskApp, listen } from '../kiosk/server.ts';
import type { KioskState, SyncScreen } from '../kiosk/state.ts';
import { quiet } from './context.ts';

/** A bound booth between two guests, with nothing on it. */
export const READY: KioskState = {
  serial: '4F2A',
  screen: { kind: 'ready' },
  bound: true,
  reach: 'online',
  full: false,
  sync: {
    photos: { onBooth: 0, uploading: 0, inCloud: 0 },
    disk: { free: { value: 31, unit: 'gigabyte' }, low: false },
  },
  title: 'Camille & Noé',
  language: 'fr',
  countdownS: 3,
  languages: ['fr', 'en'],
  offer: 'first',
  filters: ['none', 'black-and-white'],
  mirror: true,
  voice: true,
  volume: 80,
  recentPhotos: true,
  idle: 'live',
};

/** The kiosk's own server, which shows what it is told: for states that a booth is seldom in. */
export async function startShownKiosk(
  t: Pick<TestContext, 'after'>,
  {
    config = { camera: 'player' },
    photos = express.Router(),
    vision = express.Router(),
    maintenance = express.Router(),
  }: { config?: Pick<Config, 'camera'>; photos?: Router; vision?: Router; maintenance?: Router } = {},
) {
  let state = READY;
  const live = createLiveState({ read: async () => state, log: quiet });
  const app = kioskApp({
    config,
    shell: { tell: () => false, answerPairing: () => undefined },
    live,
    texts: readTexts(),
    photos,
    vision,
    maintenance,
    demo: undefined,
    health: async () => ({}),
    log: quiet,
  });
  const server = await listen(app, 0);
  t.after(async () => {
    live.stop();
    await server.stop();
  });
  return {
    url: server.url,
    show({ sync, ...rest }: Partial<Omit<KioskState, 'sync'>> & { sync?: Partial<SyncScreen> }): void {
      state = { ...READY, ...rest, sync: { ...READY.sync, ...sync } };
      live.refresh();
    },
  };
}
