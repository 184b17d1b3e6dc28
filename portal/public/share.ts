/**
 * The page of a shared photo. While the photo is still on the booth: asks whether it has arrived, less and
 * less often, and then shows it. Once it is there: offers the phone's own way of sharing, where it has one.
 */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 30_000;
const ASK_DEADLINE_MS = 10_000;

async function hasArrived(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_DEADLINE_MS) });
    return answer.ok && ((await answer.json()) as { arrived: boolean }).arrived;
  } catch {
    // Offline for a moment: ask again.
    return false;
  }
}

/** Ends early when somebody comes back to the page: then they want to know. */
function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    document.addEventListener('visibilitychange', done);
  });
}

async function waitForPhoto(url: string): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  while (document.hidden || !(await hasArrived(url))) {
    await wait(waitMs);
    waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS);
  }
  await showPhoto();
}

/** The photo takes the place of the words that it is on its way, in a page that is otherwise as it was. */
async function showPhoto(): Promise<void> {
  const answer = await fetch(location.href, { signal: AbortSignal.timeout(ASK_DEADLINE_MS) }).catch(
    () => undefined,
  );
  // Not a document, whose styles this page's policy would judge.
  const page = document.createElement('template');
  page.innerHTML = (await answer?.text()) ?? '';
  const photo = page.content.querySelector('article');
  // Offline just now, or taken back: the browser says so. A film brings a script, which only a page of its own runs.
  if (!answer?.ok || !photo || photo.querySelector('script')) return location.reload();
  document.title = page.content.querySelector('title')?.textContent ?? document.title;
  document.querySelector('article')?.replaceWith(document.adoptNode(photo));
  // Who listens to the page hears that it is there.
  const title = photo.querySelector('h1');
  title?.setAttribute('tabindex', '-1');
  title?.focus();
  await offerSharing(photo.querySelector('[data-share]'));
}

/** Fetched before the finger comes: a phone shares only what is ready when it is asked. */
async function offerSharing(button: HTMLButtonElement | null): Promise<void> {
  if (!button) return;
  const { share = '', name = '', title = '' } = button.dataset;
  if (!('share' in navigator)) return;
  const picture = await fetch(share, { signal: AbortSignal.timeout(ASK_DEADLINE_MS * 3) });
  if (!picture.ok) return;
  const files = [new File([await picture.blob()], name, { type: 'image/jpeg' })];
  const what: ShareData = navigator.canShare?.({ files }) ? { files, title } : { url: location.href, title };
  button.hidden = false;
  button.addEventListener('click', () => {
    // Rejects when the reader changes their mind.
    navigator.share(what).catch(() => undefined);
  });
}

const waiting = document.querySelector<HTMLElement>('[data-waiting]')?.dataset.waiting;
if (waiting) await waitForPhoto(waiting);
else await offerSharing(document.querySelector('[data-share]'));
