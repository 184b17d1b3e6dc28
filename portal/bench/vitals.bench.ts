/** npm run bench -- vitals: what a phone on a slow line waits for, at a gallery's first page and at a guest's own photo. */
import { randomBytes } from 'node:crypto';
import { openCouch } from '@photomaton/couch';
import { type BoothDoc, boothDocId } from '@photomaton/design-docs/docs';
import { printFigure } from '@photomaton/design-docs/figure';
import { launchChromium } from '@photomaton/design-docs/launch-chromium';
import { isAsked, measure, quantile } from '@photomaton/design-docs/measuring';
import { sharePath } from '@photomaton/design-docs/share';
import { builtInTemplates, createImageWorker, samplePhotographs } from '@photomaton/device/image';
import { pino } from 'pino';
import type { Browser } from 'playwright-core';
import { openSecrets } from '../secrets.ts';
import { PHONE } from '../test/e2e/accessible.ts';
import { atPortal, type BenchPortal, photoDocs, storePreview } from './site.ts';

const PHOTOS = 300;
const ROUNDS = 5;
/** Lighthouse's phone: a processor of a quarter of this one's speed, a slow 4G line. CDP adds its delay to each request. */
const CPU_SLOWDOWN = 4;
const LINE = {
  ...{ offline: false, latency: 150 },
  ...{ downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 },
};
/** What web.dev calls good; and Lighthouse of all bytes of a page. */
const GOALS = {
  fcp: { unit: 'ms', goal: '<=1800' },
  lcp: { unit: 'ms', goal: '<=2500' },
  tbt: { unit: 'ms', goal: '<=200' },
  cls: { unit: '', goal: '<=0.1' },
  kb: { unit: 'kB', goal: '<=1600' },
} as const;
type Vitals = Record<keyof typeof GOALS, number>;
const VITALS = Object.keys(GOALS) as (keyof Vitals)[];
const PAGES = ['gallery', 'share'] as const;

const names = PAGES.flatMap((page) => VITALS.map((vital) => nameOf(page, vital)));
await measure(names, () => atPortal(measureVitals));

function nameOf(page: string, vital: string): string {
  return `vitals.${page}.${vital}`;
}

async function measureVitals(site: BenchPortal): Promise<void> {
  await fill(site);
  const paths = { gallery: `/events/${site.event}`, share: await shareLink(site, PHOTOS) };
  const browser = await launchChromium();
  try {
    for (const page of PAGES) {
      if (!VITALS.some((vital) => isAsked(nameOf(page, vital)))) continue;
      const rounds: Vitals[] = [];
      for (let round = 0; round < ROUNDS; round += 1) rounds.push(await visit(browser, site, paths[page]));
      for (const vital of VITALS.filter((one) => isAsked(nameOf(page, one)))) {
        const value = quantile(
          0.5,
          rounds.map((found) => found[vital]),
        );
        printFigure({ name: nameOf(page, vital), value, ...GOALS[vital] });
      }
    }
  } finally {
    await browser.close();
  }
}

/** Photos as a booth makes them, of real photographs in each of its layouts. */
async function fill(site: BenchPortal): Promise<void> {
  const worker = createImageWorker({ log: pino({ level: 'silent' }) });
  const occasion = { title: 'Camille & Noé', date: new Date(), language: 'fr' } as const;
  const shots = await samplePhotographs(4);
  const pictures = [];
  for (const template of builtInTemplates()) {
    for (let first = 0; first < shots.length; first += 1) {
      const turned = [...shots.slice(first), ...shots.slice(0, first)];
      const whole = await worker.render({ ...template, occasion, dpi: 300 }, turned);
      const small = whole.kind === 'made' ? await worker.previews(whole.jpeg) : whole;
      if (whole.kind !== 'made' || small.kind !== 'made') throw new Error('a photo cannot be made');
      pictures.push({ width: whole.width, height: whole.height, small });
    }
  }
  await worker.stop();
  for (let n = 1; n <= PHOTOS; n += 1) {
    const { small, ...size } = pictures[n % pictures.length] as (typeof pictures)[number];
    const { preview } = photoDocs(site, n, '0'.repeat(32), 1);
    await storePreview(site, { ...preview, ...size }, small);
  }
}

/** Of the n-th photo, as the booth gave it to its guest. */
async function shareLink(site: BenchPortal, n: number): Promise<string> {
  const { booth, owner, event } = site;
  const secrets = await openSecrets({ dataDir: '', secret: Buffer.from(site.secret, 'base64') });
  const shareSecret = randomBytes(32);
  await openCouch(site.couch).put<BoothDoc>('fleet', {
    ...{ _id: boothDocId(booth), type: 'booth', booth, owner, name: 'Bench', event, events: [event] },
    pairedAt: new Date().toISOString(),
    shareSecret: secrets.encryptSecret(shareSecret.toString('base64url')),
  });
  return sharePath(shareSecret, { booth, n });
}

/** Opens a page with nothing in the cache; ends when it asks for nothing more. */
async function visit(browser: Browser, site: BenchPortal, path: string): Promise<Vitals> {
  const context = await browser.newContext({ viewport: PHONE, deviceScaleFactor: 3, isMobile: true });
  const cookies = site.visitor.cookies().split('; ');
  await context.addCookies(
    cookies.map((cookie) => {
      const [name = '', value = ''] = cookie.split('=');
      return { name, value, url: site.url };
    }),
  );
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', LINE);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
  await page.addInitScript(watch);
  const answer = await page.goto(site.url + path, { waitUntil: 'networkidle', timeout: 60_000 });
  if (!answer?.ok()) throw new Error(`${path}: ${answer?.status()}`);
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
  await context.close();
  const blocked = seen.tasks.filter(({ at }) => at >= seen.fcp).map(({ ms }) => Math.max(0, ms - 50));
  const tbt = blocked.reduce((sum, ms) => sum + ms, 0);
  return { fcp: seen.fcp, lcp: seen.lcp, cls: seen.shift, tbt, kb: bytes / 1000 };
}

interface Seen {
  fcp: number;
  lcp: number;
  /** Of the whole visit: more than the worst five seconds of it, of which web.dev speaks. */
  shift: number;
  tasks: { at: number; ms: number }[];
}

/** Runs in the page, before everything else of it. */
function watch(): void {
  const seen: Seen = { fcp: 0, lcp: 0, shift: 0, tasks: [] };
  Object.assign(globalThis, { seen });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { entryType, name, startTime, duration } = entry;
      if (name === 'first-contentful-paint') seen.fcp = startTime;
      else if (entryType === 'largest-contentful-paint') seen.lcp = startTime;
      else if (entryType === 'longtask') seen.tasks.push({ at: startTime, ms: duration });
      else if (entryType === 'layout-shift') seen.shift += (entry as unknown as { value: number }).value;
    }
  });
  for (const type of ['paint', 'largest-contentful-paint', 'longtask', 'layout-shift'])
    observer.observe({ type, buffered: true });
}
