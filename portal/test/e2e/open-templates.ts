import type { TestContext } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import type { BrowserContextOptions } from 'playwright-core';
import { givenBooth } from '../booth-with-photos.ts';
import { startStack } from '../stack.ts';
import { DESKTOP } from './accessible.ts';
import { logIn } from './product.ts';

/** A customer logged in, on the page of her templates. */
export async function openTemplates(
  t: TestContext,
  language: 'fr' | 'en',
  options: BrowserContextOptions = {},
) {
  const stack = await startStack(t);
  const customer = await stack.account({ language });
  const booth = await givenBooth(stack, customer.id, { title: 'Mariage de Camille & Noé' });
  const browser = await openChromium(t);
  const page = await browser.newPage({ viewport: DESKTOP, locale: language, ...options });
  page.setDefaultTimeout(20_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(`${stack.url}/templates`);
  await logIn(page, customer);
  return { stack, booth, page, problems };
}
