import type { Phase } from '../../session.ts';
import { createFilterView, type FilterView, type Look } from './filter-view.ts';

/** As often as a live view is worth: a small computer without a graphics processor has no more. */
const FRAME_MS = 1000 / 25;

/** The live view as the finished picture will look: in the guest's filter, before the event's backdrop. */
export interface LiveLook {
  readonly view: HTMLElement;
  show(look: Look): void;
  /** As people know themselves, or as others see them. */
  mirror(isMirrored: boolean): void;
}

/** Draws the look over the camera's own view, and only while there is one: it is work for every frame. */
export function createLook(live: HTMLElement): LiveLook {
  const view = document.createElement('div');
  view.className = 'look';
  view.append(live);
  let filtered: FilterView | undefined;
  let timer: number | undefined;
  let shown: Look = { filter: 'none' };

  function open(): FilterView | undefined {
    const made = isSource(live) ? createFilterView(live) : undefined;
    if (made) view.append(made.view);
    return made;
  }

  return {
    view,
    mirror: (isMirrored) => void view.classList.toggle('is-mirrored', isMirrored),
    show(look) {
      if (look.filter === shown.filter && look.background === shown.background && look.place === shown.place)
        return;
      shown = look;
      clearInterval(timer);
      const isPlain = look.filter === 'none' && !look.background;
      if (!isPlain) filtered ??= open();
      if (!filtered) return;
      filtered.view.hidden = isPlain;
      if (isPlain) return;
      filtered.show(look);
      filtered.draw();
      timer = window.setInterval(filtered.draw, FRAME_MS);
    },
  };
}

/** How the guest of this phase is seen: until they have chosen, in the camera's own colours. */
export function lookOf(phase: Phase): Pick<Look, 'filter' | 'place'> {
  if (phase.kind === 'choosing') return { filter: phase.filter };
  if (phase.kind !== 'countdown' && phase.kind !== 'shooting') return { filter: 'none' };
  const { plan, turn } = phase;
  return { filter: plan.filter, place: plan.layout?.places[turn.shot] };
}

const isSource = (element: HTMLElement): element is HTMLVideoElement | HTMLCanvasElement | HTMLImageElement =>
  [HTMLVideoElement, HTMLCanvasElement, HTMLImageElement].some((kind) => element instanceof kind);
