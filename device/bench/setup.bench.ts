/** npm run bench -- setup: the setup page on a phone at the edge of the hotspot, with as many networks as it lists. */
import { printFigure } from '@photomaton/design-docs/figure';
import { launchChromium } from '@photomaton/design-docs/launch-chromium';
import { measure, quantile } from '@photomaton/design-docs/measuring';
import { pino } from 'pino';
import type { Browser } from 'playwright-core';
import { openTranslators, readTexts } from '../i18n/catalogue.ts';
import { type AccessPoint, MAX_NETWORKS } from '../network/network.ts';
import { createSetup } from '../setup/setup.ts';

/** 1 Mbit/s and 50 ms. */
const WEAK_SIGNAL = { offline: false, latency: 50, downloadThroughput: 1e6 / 8, uploadThroughput: 1e6 / 8 };
const VISITS = 9;

const log = pino({ level: 'silent' });
const networks: AccessPoint[] = Array.from({ length: MAX_NETWORKS }, (_, i) => ({
  ...{
    ssid: `Réseau de la salle n° ${i + 1}`,
    strength: 100 - 3 * i,
    secured: true,
    enterprise: i % 5 === 4,
  },
  band: i % 2 ? '5' : '2.4',
}));

await measure(['setup.first_paint_s', 'setup.page_kb'], async () => {
  const translators = await openTranslators(readTexts());
  let isListening: () => void = () => {};
  const listening = new Promise<void>((resolve) => {
    isListening = resolve;
  });
  const setup = createSetup({
    ...{ host: '127.0.0.1', port: 0, isPort80: false, serial: '4F2A', translators, log },
    shell: {
      state: () => ({ kind: 'hotspot', bound: false, session: false, hotspot: 'open' }),
      tell: () => false,
    },
    network: {
      state: () => ({ reach: 'none', hotspotOpen: true, phones: 1, knowsNetworks: false }),
      onChange: () => () => {},
      scan: async () => networks,
      setCountry: async () => {},
    },
    photos: async () => [],
    picture: async () => undefined,
    suggestTime: () => {},
    onListening: () => isListening(),
  });
  setup.start();
  await listening;
  const browser = await launchChromium();
  try {
    const visits = [];
    for (let i = 0; i < VISITS; i++) visits.push(await visit(browser, setup.address()));
    const paintS = quantile(
      0.5,
      visits.map(({ paintMs }) => paintMs / 1000),
    );
    printFigure({ name: 'setup.first_paint_s', value: paintS, unit: 's', goal: '<=1' });
    const kb = Math.max(...visits.map(({ bytes }) => bytes)) / 1000;
    printFigure({ name: 'setup.page_kb', value: kb, unit: 'kB', goal: '<=60' });
  } finally {
    await browser.close();
    await setup.stop();
  }
});

/** A phone that was never here. */
async function visit(browser: Browser, url: string): Promise<{ paintMs: number; bytes: number }> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'fr-FR' });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', WEAK_SIGNAL);
  let bytes = 0;
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  const paintMs = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  );
  await context.close();
  if (paintMs === undefined) throw new Error('nothing was painted');
  return { paintMs, bytes };
}
