/** The photos on a page: the same cards whether they came with it, live, or with an older page. */

/** The element that a page of ours has. */
export function part<T extends HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`this page has no ${selector}`);
  return found;
}

export const list = part<HTMLUListElement>('[data-photos]');

export const cards = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>('[data-key]')];
export const keyOf = (card: HTMLElement): string => card.dataset.key ?? '';
export const cardOf = (key: string): HTMLElement | undefined => cards().find((card) => keyOf(card) === key);

/** The cards in HTML of our own views, which escape what they print. */
export function parse(html: string): HTMLElement[] {
  const template = document.createElement('template');
  template.innerHTML = html;
  const found = [...template.content.querySelectorAll<HTMLElement>('[data-key]')];
  for (const card of found) {
    const picture = card.querySelector('img');
    // The page's own style sheet knows the proportions of the photos that came with it only.
    const ratio = Number(picture?.getAttribute('width')) / Number(picture?.getAttribute('height'));
    card.style.setProperty('--ratio', String(Math.min(3, Math.max(0.4, ratio))));
  }
  return found;
}

/** Puts a photo where a reload would show it (ids sort by time, the newest first), in place of what was there of it. */
export function place(card: HTMLElement): void {
  const key = keyOf(card);
  const before = cardOf(key);
  if (before) {
    before.replaceWith(card);
    return;
  }
  const next = cards().find((other) => keyOf(other) < key);
  // Older than everything here: it belongs to a later page, if there is one.
  if (!next && document.querySelector('[data-older]')) return;
  list.insertBefore(card, next ?? null);
}
