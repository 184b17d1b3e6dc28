/**
 * A big screen: photos one after the other (slideshow), or the newest side by side (live wall). What arrives is shown
 * at once; what is hidden or deleted leaves. It can be stopped, and moves little for who wants no motion.
 */
import { cardOf, cards, keyOf, list, parse, part, place } from './gallery-list.ts';
import { followEvent } from './gallery-live.ts';

const SHOWN_MS = 6_000;
/** As many as a wall may show; more than fits is cut off below. */
const MOST_ON_WALL = 40;
/** A slideshow goes through the whole event, a page at a time. */
const MOST_IN_SHOW = 2_000;

const wall = part('[data-wall]');
const isSlideshow = wall.dataset.wall === 'slideshow';
const event = wall.dataset.event ?? '';
const pause = part<HTMLButtonElement>('[data-pause]');
const full = part<HTMLButtonElement>('[data-full]');
const empty = part('.wall__empty');

let current: HTMLElement | undefined;
let isPaused = false;
/** New ones are shown before the show goes on where it was. */
const fresh: string[] = [];

/** Small pictures are for small screens. */
function enlarge(card: HTMLElement): void {
  const picture = card.querySelector('img');
  if (!picture || picture.src.endsWith('/screen')) return;
  picture.loading = 'eager';
  picture.src = picture.src.replace(/\/thumbnail$/, '/screen');
}

function show(card: HTMLElement | undefined): void {
  for (const other of list.querySelectorAll('[data-current]')) other.removeAttribute('data-current');
  current = card;
  if (!card) return;
  enlarge(card);
  card.setAttribute('data-current', '');
  const after = following(card);
  if (after) enlarge(after); // it is there when its turn comes
}

const following = (card: HTMLElement): HTMLElement | undefined => {
  const all = cards();
  return all[all.indexOf(card) + 1] ?? all[0];
};

async function advance(by = 1): Promise<void> {
  const next = fresh.shift();
  const all = cards();
  const at = current ? all.indexOf(current) : -1;
  if (by > 0 && at >= all.length - 2) await loadOlder();
  const now = cards();
  show((next !== undefined && cardOf(next)) || now[(at + by + now.length) % now.length]);
}

async function loadOlder(): Promise<void> {
  const { older } = wall.dataset;
  if (older === undefined || cards().length >= MOST_IN_SHOW) return;
  const answer = await fetch(`/events/${event}/cards?${new URLSearchParams({ before: older })}`).catch(
    () => undefined,
  );
  if (!answer?.ok) return;
  const html = await answer.text();
  list.append(...parse(html).filter((card) => !cardOf(keyOf(card))));
  const next = /data-older="([^"]+)"/.exec(html)?.[1];
  if (next === undefined) delete wall.dataset.older;
  else wall.dataset.older = next;
}

function trim(): void {
  if (!isSlideshow) for (const card of cards().slice(MOST_ON_WALL)) card.remove();
  empty.hidden = cards().length > 0;
}

function setPaused(paused: boolean): void {
  isPaused = paused;
  wall.toggleAttribute('data-paused', paused);
  pause.textContent = (paused ? pause.dataset.go : pause.dataset.stop) ?? '';
}

followEvent({ event, seq: wall.dataset.seq ?? '0' }, ({ items, gone }) => {
  for (const key of gone) {
    const card = cardOf(key);
    if (card === current && card) show(following(card) === card ? undefined : following(card));
    card?.remove();
  }
  for (const { key, html, isNew } of items) {
    if (cardOf(key)) continue;
    const [card] = parse(html);
    if (!card) continue;
    place(card);
    if (isNew) fresh.push(key);
    if (isNew) card.classList.add('is-arriving');
    if (!isSlideshow) enlarge(card);
  }
  trim();
  if (isSlideshow && (!current || (fresh.length > 0 && !isPaused))) void advance();
});

if (isSlideshow) {
  setInterval(() => !isPaused && !document.hidden && cards().length > 0 && void advance(), SHOWN_MS);
  pause.hidden = false;
  pause.addEventListener('click', () => setPaused(!isPaused));
  addEventListener('keydown', ({ key, target }) => {
    if (key === 'ArrowRight') void advance();
    else if (key === 'ArrowLeft') void advance(-1);
    else if (key === ' ' && !(target instanceof HTMLButtonElement)) setPaused(!isPaused);
  });
  show(cards()[0]);
} else {
  cards().forEach(enlarge);
}
trim();

if (document.fullscreenEnabled) {
  full.hidden = false;
  full.addEventListener('click', () => void document.documentElement.requestFullscreen());
}

/** A screen that shows photos does not go dark. Asked for again whenever the page is seen again. */
async function stayAwake(): Promise<void> {
  if (!document.hidden) await navigator.wakeLock?.request('screen').catch(() => undefined);
}
document.addEventListener('visibilitychange', () => void stayAwake());
void stayAwake();
