/**
 * Keeps an open gallery up to date: new photos appear in their place, the status line follows.
 *
 * The socket only says that something changed; what changed is asked for by sequence over HTTP. So the page
 * works the same when no socket can be had, only later, by asking from time to time.
 */
import { io } from 'socket.io-client';

/** Without a socket; with one, this is a sweep, for a word that got lost. */
const ASK_EVERY_MS = { alone: 5_000, withSocket: 60_000 };
const ASK_DEADLINE_MS = 15_000;
/** More than this and the oldest leave the page; "older photos" then begins earlier. */
const MOST_ON_PAGE = 300;
/** Scrolled further than this, what is being looked at must not move. */
const AT_TOP_PX = 160;

interface Changes {
  items: { key: string; html: string }[];
  /** Keys of photos whose film has arrived. */
  films: string[];
  seq: string;
  more: boolean;
}

function part<T extends HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`this page has no ${selector}`);
  return found;
}

const gallery = part('[data-gallery]');
const event = gallery.dataset.gallery ?? '';
const list = part<HTMLUListElement>('[data-photos]');
const notice = part('[data-new-photos]');
const noticeButton = part<HTMLAnchorElement>('[data-new-photos] a');
const announcement = part('[data-announce]');
const standing = part('[data-standing]');
/** Only the page of the newest photos takes new ones in; others point to it. */
const isNewest = 'newest' in gallery.dataset;
const plural = new Intl.PluralRules(document.documentElement.lang);

let seq = gallery.dataset.seq ?? '0';
/** New photos that wait until the reader comes up to them. */
const held = new Map<string, string>();

/** Photos of which a film has arrived since. */
const films = new Set<string>();

const shown = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>('[data-key]')];

/** "12 new photos", from the page's own words for one and for two. */
function countOf(photos: number): string {
  const { one = '', other = '' } = noticeButton.dataset;
  return (plural.select(photos) === 'one' ? one : other).replace(/\d+/, String(photos));
}

/** Puts a photo where a reload would show it: ids sort by time, the newest first. */
function place(key: string, html: string): void {
  const template = document.createElement('template');
  template.innerHTML = html; // our own view, escaped there
  const item = template.content.querySelector('[data-key]');
  if (!item) return;
  const next = shown().find((other) => (other.dataset.key ?? '') < key);
  // Older than everything here: it belongs to a later page, if there is one.
  if (!next && document.querySelector('[data-older]')) return;
  list.insertBefore(item, next ?? null);
}

function showFilms(): void {
  for (const item of shown()) {
    if (!films.has(item.dataset.key ?? '')) continue;
    for (const badge of item.querySelectorAll<HTMLElement>('[data-film]')) badge.hidden = false;
  }
}

function placeHeld(): void {
  for (const [key, html] of held) place(key, html);
  showFilms();
  held.clear();
  notice.hidden = true;
  document.querySelector('[data-empty]')?.remove();
  const older = document.querySelector<HTMLAnchorElement>('[data-older]');
  const items = shown();
  if (items.length <= MOST_ON_PAGE || !older) return;
  for (const item of items.slice(MOST_ON_PAGE)) item.remove();
  const last = items[MOST_ON_PAGE - 1]?.dataset.key ?? '';
  older.search = new URLSearchParams({ before: last }).toString();
}

function takeIn(items: Changes['items']): void {
  const known = new Set(shown().map((item) => item.dataset.key));
  const fresh = items.filter(({ key }) => !known.has(key) && !held.has(key));
  if (fresh.length === 0) return;
  for (const { key, html } of fresh) held.set(key, html);
  announcement.textContent = countOf(held.size);
  if (isNewest && window.scrollY < AT_TOP_PX) {
    placeHeld();
  } else {
    noticeButton.textContent = countOf(held.size);
    notice.hidden = false;
  }
}

async function get(path: string): Promise<Response> {
  const answer = await fetch(`/events/${event}/${path}`, { signal: AbortSignal.timeout(ASK_DEADLINE_MS) });
  // Logged out, or not ours any more: the portal knows which page to show.
  if (answer.redirected || answer.status === 404) location.reload();
  if (!answer.ok) throw new Error(`the portal answered ${answer.status}`);
  return answer;
}

async function catchUp(): Promise<void> {
  for (let more = true; more; ) {
    const answer = await get(`changes?${new URLSearchParams({ since: seq })}`);
    const changes = (await answer.json()) as Changes;
    for (const key of changes.films) films.add(key);
    takeIn(changes.items);
    showFilms();
    seq = changes.seq;
    more = changes.more;
  }
  standing.innerHTML = await (await get('standing')).text();
}

let isAsking = false;
let isAskedAgain = false;

/** One question at a time; asked for again meanwhile, it is put once more. */
async function ask(): Promise<void> {
  isAskedAgain = true;
  if (isAsking) return;
  isAsking = true;
  try {
    while (isAskedAgain) {
      isAskedAgain = false;
      await catchUp();
    }
  } catch {
    // Offline for a moment. The next turn asks from the same sequence.
  } finally {
    isAsking = false;
  }
}

const socket = io({ path: '/io', transports: ['websocket'] });
socket.on('changed', () => void ask());
socket.on('connect', () => {
  // Joined first, then asked: whatever changes after is heard.
  socket.emit('watch', event, () => void ask());
});

let turn = 0;
setInterval(() => {
  turn += 1;
  const turns = ASK_EVERY_MS.withSocket / ASK_EVERY_MS.alone;
  if (!document.hidden && (!socket.connected || turn % turns === 0)) void ask();
}, ASK_EVERY_MS.alone);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void ask();
});

if (isNewest) {
  noticeButton.addEventListener('click', (click) => {
    click.preventDefault();
    window.scrollTo({ top: 0 });
    placeHeld();
  });
  addEventListener('scroll', () => window.scrollY === 0 && held.size > 0 && placeHeld(), { passive: true });
}
