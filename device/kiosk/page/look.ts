import type { FilterName } from '../../image/filters.ts';
import { createFilterView, type FilterView } from './filter-view.ts';

/** As often as a live view is worth: a small computer without a graphics processor has no more. */
const FRAME_MS = 1000 / 25;

/** The live view in the colours that the guest chose. */
export interface Look {
  readonly view: HTMLElement;
  show(filter: FilterName): void;
  /** As people know themselves, or as others see them. */
  mirror(isMirrored: boolean): void;
}

/** Draws the filter over the camera's own view, and only while there is one: it is work for every frame. */
export function createLook(live: HTMLElement): Look {
  const view = document.createElement('div');
  view.className = 'look';
  view.append(live);
  let filtered: FilterView | undefined;
  let timer: number | undefined;
  let shown: FilterName = 'none';

  function open(): FilterView | undefined {
    const made = isSource(live) ? createFilterView(live) : undefined;
    if (made) view.append(made.view);
    return made;
  }

  return {
    view,
    mirror: (isMirrored) => void view.classList.toggle('is-mirrored', isMirrored),
    show(filter) {
      if (filter === shown) return;
      shown = filter;
      clearInterval(timer);
      if (filter !== 'none') filtered ??= open();
      if (!filtered) return;
      filtered.view.hidden = filter === 'none';
      if (filter === 'none') return;
      filtered.show({ filter });
      filtered.draw();
      timer = window.setInterval(filtered.draw, FRAME_MS);
    },
  };
}

const isSource = (element: HTMLElement): element is HTMLVideoElement | HTMLCanvasElement | HTMLImageElement =>
  [HTMLVideoElement, HTMLCanvasElement, HTMLImageElement].some((kind) => element instanceof kind);
