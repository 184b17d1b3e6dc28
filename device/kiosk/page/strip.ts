import type { KioskState } from '../state.ts';
import { byId, setText } from './dom.ts';

/** So many are seen at once; of more, the others glide by. */
const SEEN = 4;
const KEPT = 12;
const GLIDE_EVERY_MS = 4_000;
const GLIDE: KeyframeAnimationOptions = { duration: 280, easing: 'ease-in-out' };
/** Thumbnails are made after the photo was saved. */
const LOOK_AGAIN_MS = 2_000;
const LOOKS = 5;

export interface Strip {
  /** Shows the photos that the booth has now; asks only when their number is another one. */
  follow(kiosk: KioskState, caption: string): void;
  /** Somebody wants to look: it stops, and goes on when touched again. */
  hold(): void;
}

/** The latest photos beside the event's title, gliding by, if the customer allows it. */
export function createStrip(): Strip {
  const strip = byId('strip');
  const photos = byId('strip-photos');
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let known = '';
  let held = false;
  let timer: number | undefined;

  async function look(looks = LOOKS): Promise<void> {
    clearTimeout(timer);
    const ids = await latest();
    const images = await Promise.all((ids ?? []).map(thumbnailOf));
    const there = images.filter((image) => image !== undefined);
    if (ids) photos.replaceChildren(...there);
    strip.hidden = photos.children.length === 0;
    if (looks > 1 && (!ids || there.length < ids.length)) {
      timer = window.setTimeout(() => void look(looks - 1), LOOK_AGAIN_MS);
    }
  }

  async function glide(): Promise<void> {
    const first = photos.firstElementChild;
    const second = first?.nextElementSibling;
    if (!first || !second || held || still.matches || photos.children.length <= SEEN) return;
    if (!strip.checkVisibility()) return;
    const step = second.getBoundingClientRect().top - first.getBoundingClientRect().top;
    await photos.animate([{ transform: 'none' }, { transform: `translateY(${-step}px)` }], GLIDE).finished;
    photos.append(first);
  }
  setInterval(() => void glide(), GLIDE_EVERY_MS);

  return {
    follow({ recentPhotos, sync: { photos: count } }, caption) {
      setText(byId('strip-caption'), caption);
      const now = recentPhotos ? `${caption} ${count.onBooth + count.uploading + count.inCloud}` : '';
      if (now === known) return;
      known = now;
      if (recentPhotos) {
        void look();
        return;
      }
      clearTimeout(timer);
      photos.replaceChildren();
      strip.hidden = true;
    },
    hold() {
      held = !held;
      strip.setAttribute('aria-pressed', String(held));
    },
  };
}

/** Ids of the latest photos; none when the booth does not say. */
async function latest(): Promise<string[] | undefined> {
  try {
    const answer = await fetch(`/api/photos?limit=${KEPT}`, { signal: AbortSignal.timeout(5_000) });
    if (!answer.ok) return undefined;
    return ((await answer.json()) as { photos: { id: string }[] }).photos.map(({ id }) => id);
  } catch {
    return undefined;
  }
}

async function thumbnailOf(id: string): Promise<HTMLImageElement | undefined> {
  const image = new Image();
  image.alt = '';
  image.src = `/api/photos/${encodeURIComponent(id)}/thumbnail`;
  return image.decode().then(
    () => image,
    () => undefined,
  );
}
