import type { TestContext } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { givenBooth } from '../booth-with-photos.ts';
import { startStack } from '../stack.ts';

const START = Date.UTC(2026, 6, 14, 13);
export const minute = (n: number): Date => new Date(START + n * 60_000);

/** A gallery of some photos, open in a browser that reports what goes wrong on its pages. */
export async function openGallery(t: TestContext, { photos = 16, language = 'en' as 'en' | 'fr' } = {}) {
  const stack = await startStack(t);
  const customer = await stack.account({ language });
  const booth = await givenBooth(stack, customer.id);
  await booth.add(photos, minute(0));
  const browser = await openChromium(t);
  const problems: string[] = [];
  const cookies = (await stack.visitor(customer))
    .cookies()
    .split('; ')
    .map((cookie) => {
      const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(cookie) ?? [];
      return { name, value, url: stack.url };
    });

  async function open(o: BrowserContextOptions & { isGuest?: boolean } = {}): Promise<Page> {
    const { isGuest, ...options } = o;
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    if (!isGuest) await context.addCookies(cookies);
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    return page;
  }
  const keys = (page: Page) =>
    page.locator('[data-key]').evaluateAll((items) => items.map((item) => (item as HTMLElement).dataset.key));
  return { stack, customer, booth, open, keys, problems, url: `${stack.url}/events/${booth.event}` };
}
