import { after, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium } from './launch-chromium.ts';

const started = new Map<string, Promise<Browser>>();

after(async () => {
  for (const starting of started.values()) await (await starting).close();
});

/**
 * Chromium, which the tests of a file share when they start it in the same way: starting it takes longer than most of
 * them. What a test opens in it is closed after the test, and each `newPage` has a profile of its own.
 */
export async function openChromium(t: Pick<TestContext, 'after'>, args: string[] = []): Promise<Browser> {
  const how = args.join(' ');
  const starting = started.get(how) ?? launchChromium(args);
  started.set(how, starting);
  const browser = await starting;
  const ofOthers = new Set(browser.contexts());
  t.after(async () => {
    for (const context of browser.contexts()) if (!ofOthers.has(context)) await context.close();
  });
  return browser;
}
