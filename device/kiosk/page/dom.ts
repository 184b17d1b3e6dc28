/** The element of this id, of this kind. Throws when the page has none: view and script belong together. */
export function byId<T extends HTMLElement = HTMLElement>(id: string, kind?: new () => T): T {
  const element = document.getElementById(id);
  if (!element || (kind && !(element instanceof kind))) throw new Error(`the page has no ${id}`);
  return element as T;
}

/** Sets text only where it changed, so that a screen reader says only what is new. */
export function setText(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

const ASK_AGAIN_MS = 1_000;

/** The source of a picture, or none. The daemon may just be restarting: one that did not come is asked for again. */
export function setPicture(image: HTMLImageElement, src: string | undefined): void {
  image.hidden = src === undefined;
  if (src === undefined || image.getAttribute('src') === src) return;
  image.onerror = () => {
    setTimeout(() => {
      if (!image.hidden && image.getAttribute('src') === src) image.src = src;
    }, ASK_AGAIN_MS);
  };
  image.src = src;
}

export const qrUrl = (text: string): string => `/api/qr?text=${encodeURIComponent(text)}`;
