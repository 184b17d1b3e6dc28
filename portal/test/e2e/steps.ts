import { createHash } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { type Login, logIn, type Product, until } from './product.ts';

/** What people do with the product, step by step; each ends when the screen shows that it was done. */

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The kiosk's screen of that name (`attract`, `code`, `hotspot`, …), once it is shown. */
export async function kioskScreen(kiosk: Page, name: string): Promise<void> {
  await kiosk.locator(`[data-screen="${name}"]`).waitFor({ state: 'visible', timeout: 30_000 });
}

/** The address of the setup page, as the booth's screen tells it to whose phone does not open it by itself. */
export async function setupAddress(kiosk: Page): Promise<string> {
  await kioskScreen(kiosk, 'hotspot');
  return `http://${await textOf(kiosk.locator('#hotspot-address'))}`;
}

/** A customer types the code that the booth shows, says yes, and someone taps on the booth. */
export async function pair(kiosk: Page, customer: Page, login: Login, portalUrl: string): Promise<void> {
  await kioskScreen(kiosk, 'code');
  const code = await textOf(kiosk.locator('#code'));
  await customer.goto(`${portalUrl}/booths/register`);
  await logIn(customer, login);
  await customer.locator('#code').fill(code);
  await customer.locator('button[form="register"]').click();
  await customer.locator('#confirm').waitFor();
  await customer.locator('button[form="confirm"]').click();
  await kioskScreen(kiosk, 'confirm');
  await kiosk.locator('[data-action="yes"]').click();
  await customer.waitForURL(/\/(booths|events\/[0-9a-f]{24})(\?.*)?$/);
  await kioskScreen(kiosk, 'attract');
}

export const textOf = async (element: Locator): Promise<string> =>
  ((await element.textContent()) ?? '').trim();

/** One photo: the button, the first layout where there is a choice, the countdown, kept; ends at its QR code. */
export async function photograph(kiosk: Page): Promise<void> {
  await kioskScreen(kiosk, 'attract');
  await kiosk.locator('[data-screen="attract"] [data-action="go"]').click();
  const card = kiosk.locator('[data-screen="choose"] [data-action="choose"]').first();
  const keep = kiosk.locator('[data-screen="review"] [data-action="keep"]');
  const qr = kiosk.locator('#shot-qr');
  for (;;) {
    await card.or(keep).or(qr).filter({ visible: true }).first().waitFor({ timeout: 30_000 });
    if (await qr.isVisible()) return;
    if (await card.isVisible()) await card.click();
    else await keep.click();
  }
}

/** One photo, and done. */
export async function takePhoto(kiosk: Page): Promise<void> {
  await photograph(kiosk);
  await kiosk.locator('[data-action="done"]:visible').click();
  await kioskScreen(kiosk, 'attract');
}

/** What the booth answers to the next photo that it saves: a visit of four shots takes its time. */
export async function nextSaved(kiosk: Page): Promise<{ id: string; shareUrl: string }> {
  const answer = await kiosk.waitForResponse(
    (res) => /\/api\/(photos|visits\/[\w-]+\/finish)$/.test(res.url()) && res.status() === 201,
    { timeout: 60_000 },
  );
  return (await answer.json()) as { id: string; shareUrl: string };
}

export interface BoothPhoto {
  id: string;
  name: string;
  state: string;
}

/** What the booth says it has. */
export async function boothPhotos(product: Product): Promise<BoothPhoto[]> {
  const answer = await fetch(`${product.booth.url}/api/photos`);
  const body = (await answer.json()) as { photos: BoothPhoto[] };
  return body.photos;
}

export async function boothOriginal(product: Product, id: string): Promise<string> {
  const answer = await fetch(`${product.booth.url}/api/photos/${encodeURIComponent(id)}/original`);
  if (!answer.ok) throw new Error(`no original of ${id}: ${answer.status}`);
  return sha256(new Uint8Array(await answer.arrayBuffer()));
}

/** Switches the world around the demo booth: `none` (no Wi-Fi), `offline`, `online`. */
export async function switchNetwork(product: Product, reach: 'none' | 'offline' | 'online'): Promise<void> {
  const answer = await fetch(`${product.booth.url}/demo/network`, {
    method: 'POST',
    body: new URLSearchParams({ reach }),
    redirect: 'manual',
  });
  if (answer.status !== 303) throw new Error(`demo control: ${answer.status} ${await answer.text()}`);
}

/** Opens the gallery of the customer's only booth from the list of booths. */
export async function openGallery(customer: Page, portalUrl: string): Promise<void> {
  await customer.goto(`${portalUrl}/booths`);
  await customer.locator('main a[href^="/events/"]').first().click();
  await customer.locator('[data-gallery]').waitFor();
}

/** Name and SHA-256 of every original that the customer can download, page by page. */
export async function downloadAll(customer: Page, portalUrl: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await openGallery(customer, portalUrl);
  for (;;) {
    const links = await customer
      .locator('[data-photos] a')
      .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
    for (const link of links) {
      const answer = await customer.request.get(`${link}/original`);
      if (!answer.ok()) continue;
      const name = /filename="?([^";]+)/.exec(answer.headers()['content-disposition'] ?? '')?.[1];
      if (name !== undefined) found.set(name, sha256(await answer.body()));
    }
    const older = customer.locator('[data-older]');
    if ((await older.count()) === 0) return found;
    await older.click();
    await customer.locator('[data-gallery]').waitFor();
  }
}

/** Waits until the customer can download every one of these photos, and gives what was downloaded. */
export function untilDownloadable(
  customer: Page,
  portalUrl: string,
  names: string[],
): Promise<Map<string, string>> {
  return until(`${names.length} photos in the portal`, async () => {
    const found = await downloadAll(customer, portalUrl);
    return names.every((name) => found.has(name)) && found;
  });
}
