import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { TestContext } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import type { AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The screens that booths have: a tablet, seven inches, upright. */
const SIZES = [
  { width: 1280, height: 800 },
  { width: 800, height: 480 },
  { width: 1080, height: 1920 },
];
const KIOSK = { target: 60, letter: 18 };

/** A kiosk page whose clock stands still unless the test moves it; nothing may go wrong in it. */
export async function openKioskPage(
  t: TestContext,
  url: string,
  { init, ...options }: BrowserContextOptions & { init?: string } = {},
): Promise<Page> {
  const browser = await openChromium(t);
  const page = await browser.newPage({
    viewport: SIZES[0] ?? null,
    locale: 'fr-FR',
    hasTouch: true,
    reducedMotion: 'reduce',
    ...options,
  });
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => assert.fail(`in the page: ${error.stack}`));
  if (init) await page.addInitScript(init);
  await page.clock.install();
  await page.goto(url);
  // Soon: after a leap of the clock the camera would count as silent.
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 2_000);
  return page;
}

/** The screen of that name, once it is shown. */
export const screenOf = (page: Page, name: string) => page.locator(`[data-screen="${name}"]`);

/**
 * What is wrong with the page as it is now, for whom it may be hard to use. `target`, `letter`: the least size in px
 * of what is touched, on a kiosk also where: all of it on the screen; and of what is read.
 */
export async function flawsOf(page: Page, { target, letter } = KIOSK): Promise<string[]> {
  if (!(await page.evaluate('globalThis.axe !== undefined'))) await page.evaluate(AXE);
  const violations = await withClock(
    page,
    page.evaluate<AxeResults['violations']>(
      // Text of the page that it runs in: the type is axe's own. What passed is not described: it takes most of the time.
      `axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        resultTypes: ['violations'],
      }).then(({ violations }) => violations)`,
    ),
  );
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const measured = await page.evaluate(
    ({ target, letter, isKiosk }) => {
      const flaws: string[] = [];
      const shown = [...document.querySelectorAll<HTMLElement>('main *')].filter((element) =>
        element.checkVisibility(),
      );
      for (const element of shown) {
        if (element.closest('.visually-hidden')) continue;
        const { width, height, left, top, right, bottom } = element.getBoundingClientRect();
        const what = element.outerHTML.slice(0, 90);
        if (element instanceof HTMLButtonElement) {
          if (width < target || height < target)
            flaws.push(`${Math.round(width)} × ${Math.round(height)}: ${what}`);
          const isScrolled = element.closest('.choose__filters, .events__list, .logs__lines') !== null;
          const isOut = left < 0 || top < 0 || right > window.innerWidth || bottom > window.innerHeight;
          if (isKiosk && isOut && !isScrolled) flaws.push(`off the screen: ${what}`);
        }
        const hasText = [...element.childNodes].some(
          (node) => node.nodeType === 3 && node.textContent?.trim(),
        );
        const size = Number.parseFloat(getComputedStyle(element).fontSize);
        if (hasText && size < letter) flaws.push(`${size} px: ${what}`);
      }
      return flaws;
    },
    { target, letter, isKiosk: target === KIOSK.target },
  );
  return [
    ...grave.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`,
    ),
    ...measured,
  ];
}

/** axe waits for timers, which a clock that stands still never runs: moves it, by as little as can be. */
async function withClock<T>(page: Page, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) await page.clock.runFor(1);
  return done;
}

/** No flaw at any size, in this theme. */
export async function assertUsable(page: Page, what: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  for (const size of SIZES) {
    await page.setViewportSize(size);
    assert.deepEqual(await flawsOf(page), [], `${what}, ${size.width} px, ${colorScheme}`);
  }
}
