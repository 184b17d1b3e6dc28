/**
 * What changes in an event, told to a page of it: over the socket as it happens, and over HTTP for what was before the
 * socket was there. Without a socket it is asked for from time to time.
 */
import { io } from 'socket.io-client';

/** Without a socket; with one, this is a sweep, for a word that got lost. */
const ASK_EVERY_MS = { alone: 5_000, withSocket: 60_000 };
const ASK_DEADLINE_MS = 15_000;

export interface News {
  items: { key: string; html: string; isNew: boolean }[];
  /** Keys of photos that are not to be seen any more. */
  gone: string[];
  seq: string;
  more: boolean;
  /** The line that says how things stand. */
  standing: string;
}

/** Hands news on, perhaps twice the same. Gives a function that asks for them now. */
export function followEvent(
  o: { event: string; seq: string },
  take: (news: News) => void,
): () => Promise<void> {
  let { seq } = o;
  let isAsking = false;
  let isAskedAgain = false;

  function taken(news: News): void {
    seq = news.seq;
    take(news);
  }

  async function catchUp(): Promise<void> {
    for (let more = true; more; ) {
      const url = `/events/${o.event}/changes?${new URLSearchParams({ since: seq })}`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_DEADLINE_MS) });
      // Logged out, or not ours any more: the portal knows which page to show.
      if (answer.redirected || answer.status === 404) location.reload();
      if (!answer.ok) throw new Error(`the portal answered ${answer.status}`);
      const news = (await answer.json()) as News;
      taken(news);
      more = news.more;
    }
  }

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
  socket.on('news', taken);
  socket.on('changed', () => void ask());
  socket.on('connect', () => {
    // Joined first, then asked: whatever changes after is heard.
    socket.emit('watch', o.event, document.documentElement.lang, () => void ask());
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
  return ask;
}
