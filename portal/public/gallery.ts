/** An open gallery: takes in what arrives, puts older pages under this one, and brings choosing and lightbox. */
import { startChoosing } from './gallery-choose.ts';
import { startLightbox } from './gallery-lightbox.ts';
import { cardOf, cards, keyOf, list, parse, part, place } from './gallery-list.ts';
import { followEvent, type News } from './gallery-live.ts';

/** More than this after new ones came in, and the oldest leave the page; "older photos" then begins earlier. */
const MOST_ON_PAGE = 300;
/** Scrolled further than this, what is being looked at must not move. */
const AT_TOP_PX = 160;
/** Older photos are fetched when their place is this close. */
const AHEAD = '1500px';

const gallery = part('[data-gallery]');
const event = gallery.dataset.gallery ?? '';
const notice = part('[data-new-photos]');
const noticeButton = part<HTMLAnchorElement>('[data-new-photos] a');
const announcement = part('[data-announce]');
const standing = part('[data-standing]');
const isFiltered = 'filter' in gallery.dataset;
/** Only the page of the newest photos takes new ones in; others point to it. */
const isNewest = 'newest' in gallery.dataset && !isFiltered;
const plural = new Intl.PluralRules(document.documentElement.lang);

/** New photos that wait until the reader comes up to them. */
const held = new Map<string, HTMLElement>();
const olderLink = (): HTMLAnchorElement | null => document.querySelector<HTMLAnchorElement>('[data-older]');

/** "12 new photos", from the page's own words for one and for two. */
function countOf(photos: number): string {
  const { one = '', other = '' } = noticeButton.dataset;
  return (plural.select(photos) === 'one' ? one : other).replace(/\d+/, String(photos));
}

function placeHeld(): void {
  for (const card of held.values()) place(card);
  held.clear();
  notice.hidden = true;
  document.querySelector('[data-empty]')?.remove();
  const older = olderLink();
  const items = cards();
  const last = items[MOST_ON_PAGE - 1];
  if (items.length <= MOST_ON_PAGE || !older || !last) return;
  for (const item of items.slice(MOST_ON_PAGE)) item.remove();
  pointTo(older, keyOf(last));
}

function takeIn({ items, gone, standing: line }: News): void {
  standing.innerHTML = line; // our own view, escaped there
  for (const key of gone) {
    held.delete(key);
    // Where hidden and deleted photos are looked for, they stay.
    if (gallery.dataset.show === 'all') cardOf(key)?.remove();
  }
  const fresh = new Map<string, { card: HTMLElement; isNew: boolean }>();
  for (const { key, html, isNew } of items) {
    const [card] = parse(html);
    const shown = cardOf(key);
    const waiting = held.get(key);
    if (!card) continue;
    if (waiting) held.set(key, keepFrom(waiting, card));
    else if (!shown) fresh.set(key, { card, isNew });
    else if (gallery.dataset.show === 'all') placeAgain(shown, card);
  }
  if (fresh.size === 0 || isFiltered) return;
  const isBelow = !isNewest || window.scrollY >= AT_TOP_PX;
  for (const [key, { card, isNew }] of fresh) if (isNew || !isBelow) held.set(key, card);
  if (isBelow) {
    if (held.size === 0) return;
    noticeButton.textContent = countOf(held.size);
    notice.hidden = false;
    announcement.textContent = countOf(held.size);
    return;
  }
  const arrived = [...fresh.values()].filter(({ isNew }) => isNew).length;
  if (arrived > 0) announcement.textContent = countOf(arrived);
  placeHeld();
}

/** A card that is shown already, as it is now. */
function placeAgain(before: HTMLElement, card: HTMLElement): void {
  const focused = before.contains(document.activeElement) ? document.activeElement?.tagName : undefined;
  place(keepFrom(before, card));
  if (focused) card.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true });
}

/** Gives a card what the one before had from this page: it is chosen, it is new. */
function keepFrom(before: HTMLElement, card: HTMLElement): HTMLElement {
  const box = (of: HTMLElement) => of.querySelector<HTMLInputElement>('input');
  const [now, was] = [box(card), box(before)];
  if (now && was) now.checked = was.checked;
  const tag = before.querySelector('.photos__new');
  if (tag && !card.querySelector('.photos__new')) card.querySelector('a')?.after(tag);
  return card;
}

/** The link to what is older than a photo. */
function pointTo(link: HTMLAnchorElement, before: string): void {
  const query = new URLSearchParams(link.search);
  query.set('before', before);
  link.search = query.toString();
}

let loading: Promise<void> | undefined;

/** Puts the next older page under this one. Gives false when there is none, or it cannot be had now. */
async function loadOlder(): Promise<boolean> {
  const link = olderLink();
  if (!link) return false;
  loading ??= fetchOlder(link).finally(() => {
    loading = undefined;
  });
  return loading.then(
    () => true,
    () => false,
  );
}

async function fetchOlder(link: HTMLAnchorElement): Promise<void> {
  const answer = await fetch(`/events/${event}/cards${link.search}`, { signal: AbortSignal.timeout(15_000) });
  if (!answer.ok || answer.redirected) throw new Error(`the portal answered ${answer.status}`);
  const html = await answer.text();
  const known = new Set(cards().map(keyOf));
  list.append(...parse(html).filter((card) => !known.has(keyOf(card))));
  if (cards().length > 0) document.querySelector('[data-empty]')?.remove();
  const older = /data-older="([^"]+)"/.exec(html)?.[1];
  if (older === undefined) link.remove();
  else pointTo(link, older);
}

/** Told once when the link comes close; looked at again after every page, as it may be close still. */
function startLoading(link: HTMLAnchorElement): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      void loadOlder().then((isLoaded) => {
        observer.unobserve(link);
        // Offline, the link is still there to be pressed.
        if (isLoaded && link.isConnected) observer.observe(link);
      });
    },
    { rootMargin: AHEAD },
  );
  observer.observe(link);
}

const ask = followEvent({ event, seq: gallery.dataset.seq ?? '0' }, takeIn);
const older = olderLink();
if (older) startLoading(older);
const choosing = startChoosing({ event, show: gallery.dataset.show ?? 'all', ask });
startLightbox({ choosing, loadOlder });

if (isNewest) {
  noticeButton.addEventListener('click', (click) => {
    click.preventDefault();
    window.scrollTo({ top: 0 });
    placeHeld();
  });
  addEventListener('scroll', () => window.scrollY === 0 && held.size > 0 && placeHeld(), { passive: true });
}
