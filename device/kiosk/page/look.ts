import type { FilterName } from '../../image/filters.ts';
import { createFilterView, type FilterView } from './filter-view.ts';

/** The live view in the colours that the guest chose. */
export interface Look {
  readonly view: HTMLElement;
  show(filter: FilterName): void;
}

/** Draws the filter over the camera's own view, and only while there is one: it is work for every frame. */
export function createLook(live: HTMLElement): Look {
  const view = document.createElement('div');
  view.className = 'look';
  view.append(live);
  let filtered: FilterView | undefined;

  function open(): FilterView | undefined {
    const made = isSource(live) ? createFilterView(live) : undefined;
    if (made) view.append(made.view);
    return made;
  }

  return {
    view,
    show(filter) {
      if (filter === 'none') {
        filtered?.stop();
        if (filtered) filtered.view.hidden = true;
        return;
      }
      filtered ??= open();
      if (!filtered) return;
      filtered.view.hidden = false;
      filtered.show({ filter });
      filtered.start();
    },
  };
}

const isSource = (element: HTMLElement): element is HTMLVideoElement | HTMLCanvasElement | HTMLImageElement =>
  [HTMLVideoElement, HTMLCanvasElement, HTMLImageElement].some((kind) => element instanceof kind);
