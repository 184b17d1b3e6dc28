import { cornersOf } from '@photomaton/device/image';
import {
  cornersText,
  type LayoutDraft,
  LISTS,
  type ListName,
  MAX_ELEMENTS,
  numberIn,
  type Typed,
} from './layout-form.ts';

/** What the buttons of the form do to its lists: `add:texts`, `remove:slots:2`, `up:overlays:1`, `slant:slots:0`. */
const ACT = /^(add|remove|up|down|copy|slant|straighten):(slots|overlays|texts)(?::(\d{1,2}))?$/;

/** The draft after a button was pressed. One that means nothing changes nothing. */
export function changeLayout(draft: LayoutDraft, act: string): LayoutDraft {
  const [, what, list, index] = ACT.exec(act) ?? [];
  if (!LISTS.some((one) => one === list)) return draft;
  const name = list as ListName;
  const elements = [...draft[name]];
  const at = Number(index);
  const element = elements[at];
  if (what === 'add') elements.push(newElement(draft, name));
  else if (!element) return draft;
  else if (what === 'remove') elements.splice(at, 1);
  else if (what === 'copy') elements.push(moved(element));
  else if (what === 'slant') elements[at] = list === 'slots' ? slanted(element) : element;
  else if (what === 'straighten') elements[at] = list === 'slots' ? { ...element, corners: '' } : element;
  // Further up lies what is drawn later.
  else elements.splice(Math.max(0, at + (what === 'up' ? 1 : -1)), 0, ...elements.splice(at, 1));
  return elements.length > MAX_ELEMENTS ? draft : { ...draft, [name]: elements };
}

/** A picture that was uploaded, on the page: as large as half of it, in its own shape. */
export function addOverlay(
  draft: LayoutDraft,
  { image, width, height }: { image: string; width: number; height: number },
): LayoutDraft {
  const page = pageOf(draft);
  const scale = Math.min(1, page.width / 2 / width, page.height / 2 / height);
  const box = centred(page, Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const overlay = { image, ...box, opacity: '', tint: '', tintOwn: '#b3261e' };
  return draft.overlays.length < MAX_ELEMENTS ? { ...draft, overlays: [...draft.overlays, overlay] } : draft;
}

function newElement(draft: LayoutDraft, list: ListName): Typed {
  const page = pageOf(draft);
  if (list === 'slots') {
    const shots = draft.slots.map(({ shot }) => Number(shot));
    const shot = draft.head.mode === 'strip' ? Math.min(3, Math.max(-1, ...shots) + 1) : 0;
    const box = centred(page, Math.round(page.width / 3), Math.round(page.height / 4));
    return { shot: String(shot), ...box, rotation: '', radius: '', corners: '' };
  }
  const size = Math.max(8, Math.round(page.height / 16));
  return {
    ...{ 'text.fr': '{event}', 'text.en': '{event}', ...centred(page, Math.round(page.width / 2), 2 * size) },
    ...{ align: 'center', verticalAlign: '', font: 'Fraunces', weight: '600', size: String(size) },
    ...{ colour: 'ink', colourOwn: '#b3261e', tracking: '', rotation: '' },
  };
}

function pageOf({ head }: LayoutDraft) {
  const side = (text = '') => (Number(text) > 0 ? Number(text) : 1200);
  return { width: side(head['size.width']), height: side(head['size.height']) };
}

const centred = (page: { width: number; height: number }, width: number, height: number) => ({
  x: String(Math.round((page.width - width) / 2)),
  y: String(Math.round((page.height - height) / 2)),
  ...{ width: String(width), height: String(height) },
});

/** Beside the first, so that both are seen. */
const moved = (one: Typed): Typed => ({
  ...one,
  x: String(Number(one.x) + 24 || one.x),
  y: String(Number(one.y) + 24 || one.y),
  ...(one.corners && { corners: one.corners.replaceAll(/-?\d+/g, (n) => String(Number(n) + 24)) }),
});

/** A photo by its four corners, as they are now: from there each can go its own way. */
function slanted(one: Typed): Typed {
  const number = (name: string) => numberIn(one[name] || '0');
  const box = { x: number('x'), y: number('y'), width: number('width'), height: number('height') };
  const corners = cornersOf({ ...box, rotation: number('rotation') });
  if (one.corners || corners.some(({ x, y }) => Number.isNaN(x + y))) return one;
  return {
    ...one,
    corners: cornersText(corners.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }))),
  };
}
