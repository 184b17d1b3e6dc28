/** Keeps "My photo booths", the operator's fleet and its roll-outs up to date, as the booths say how they are. */

const ASK_EVERY_MS = 10_000;
const ASK_DEADLINE_MS = 15_000;

const list = document.querySelector<HTMLElement>('[data-booths]');
let shown: string | undefined;

async function ask(list: HTMLElement): Promise<void> {
  const answer = await fetch(`${list.dataset.booths}${location.search}`, {
    signal: AbortSignal.timeout(ASK_DEADLINE_MS),
  });
  // Logged out: the portal knows which page to show.
  if (answer.redirected) location.reload();
  if (!answer.ok) return;
  const html = await answer.text();
  if (html === shown) return;
  shown = html;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const [href, id] = [focused?.getAttribute('href'), focused?.id];
  list.innerHTML = html; // our own view, escaped there
  const same = id ? `#${CSS.escape(id)}` : href && `[href="${CSS.escape(href)}"]`;
  if (same) list.querySelector<HTMLElement>(same)?.focus();
}

// Offline for a moment is no matter: the next turn asks again.
const askQuietly = () => {
  if (list && !document.hidden) void ask(list).catch(() => undefined);
};
setInterval(askQuietly, ASK_EVERY_MS);
document.addEventListener('visibilitychange', askQuietly);
