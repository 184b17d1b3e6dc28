/** The form is the truth: what the canvas does is read from its fields, and written there. */
import type { Box, Point } from './box.ts';
import { boxAround, type Corners, carried, cornersIn, cornersText, isConvex } from './corners.ts';
import type { Size } from './soft.ts';

type Field = HTMLInputElement | HTMLSelectElement;

export interface Fields {
  /** The elements that can be moved, from back to front: `slots.0`, `texts.2`, … */
  elements(): { id: string; word: string; canTurn: boolean }[];
  /** Of one that has corners: what is around them. They go where it goes. */
  boxOf(id: string): Box;
  setBox(id: string, box: Box): void;
  /** Of a photo that is placed corner by corner. */
  cornersOf(id: string): Corners | undefined;
  /** Puts one of them elsewhere. False: no booth would take the four then, and it stays where it is. */
  setCorner(id: string, corner: number, at: Point): boolean;
  page(): Size;
  /** The pictures on the page and behind it: how many pixels each has, and the dots that it is to fill. */
  pictures(): { word: string; pixels: Size; dots: Size }[];
  /** All of the layout's part of the form, with what is typed in it. */
  read(): string;
  write(state: string): void;
  /** Opens the values of one element and shuts the others. */
  show(id: string): void;
}

export function openFields(form: HTMLFormElement, layout: HTMLElement): Fields {
  const field = (name: string) => form.elements.namedItem(name) as Field | null;
  const numberIn = (name: string) => Number((field(name)?.value ?? '').replace(',', '.')) || 0;
  const details = () => [...layout.querySelectorAll<HTMLDetailsElement>('[data-element]')];
  const page = () => ({ width: numberIn('size.width') || 1, height: numberIn('size.height') || 1 });
  const cornersOf = (id: string) => cornersIn(field(`${id}.corners`)?.value ?? '');
  const placeOf = (id: string): Box => ({
    ...{ x: numberIn(`${id}.x`), y: numberIn(`${id}.y`), rotation: numberIn(`${id}.rotation`) },
    ...{ width: numberIn(`${id}.width`), height: numberIn(`${id}.height`) },
  });

  function setPlace(id: string, box: Box): void {
    for (const name of ['x', 'y', 'width', 'height', 'rotation'] as const) {
      const one = field(`${id}.${name}`);
      // A turn that was never asked for stays unsaid.
      if (!one || (name === 'rotation' && one.value === '' && box.rotation === 0)) continue;
      const rounded = name === 'rotation' ? Math.round(box[name] * 10) / 10 : Math.round(box[name]);
      one.value = String(name === 'width' || name === 'height' ? Math.max(1, rounded) : rounded);
    }
  }

  function setCorners(id: string, corners: Corners): boolean {
    const one = field(`${id}.corners`);
    if (!one || !isConvex(corners)) return false;
    one.value = cornersText(corners);
    return true;
  }

  return {
    elements: () =>
      details().flatMap(({ dataset: { element: id = '', word = '' } }) => {
        if (!field(`${id}.corners`)?.value) return { id, word, canTurn: field(`${id}.rotation`) !== null };
        // What is no four corners yet lies nowhere.
        return cornersOf(id) ? { id, word, canTurn: false } : [];
      }),
    boxOf(id) {
      const corners = cornersOf(id);
      return corners ? boxAround(corners) : placeOf(id);
    },
    setBox(id, box) {
      const corners = cornersOf(id);
      if (!corners) return setPlace(id, box);
      const [from, place] = [boxAround(corners), placeOf(id)];
      const to = (point: Point) => carried(point, from, box);
      if (!setCorners(id, corners.map(to) as unknown as Corners)) return;
      const [start, end] = [to(place), to({ x: place.x + place.width, y: place.y + place.height })];
      setPlace(id, { ...place, ...start, width: end.x - start.x, height: end.y - start.y });
    },
    cornersOf,
    setCorner(id, corner, { x, y }) {
      const at = { x: Math.round(x), y: Math.round(y) };
      const after = (cornersOf(id) ?? []).map((one, i) => (i === corner ? at : one));
      return setCorners(id, after as unknown as Corners);
    },
    page,
    pictures: () =>
      [...layout.querySelectorAll<HTMLElement>('[data-pixels]')].flatMap(({ dataset }) => {
        const { element, word = '' } = dataset;
        const [width = 0, height = 0] = (dataset.pixels ?? '').split(' ').map(Number);
        // Taken away, and not saved yet.
        if (element === undefined && !field('background.image')?.value) return [];
        return { word, pixels: { width, height }, dots: element === undefined ? page() : placeOf(element) };
      }),
    read() {
      for (const input of layout.querySelectorAll('input')) {
        if (input.type !== 'file') input.setAttribute('value', input.value);
      }
      for (const option of layout.querySelectorAll('option')) {
        option.toggleAttribute('selected', option.selected);
      }
      // Which values are open is no part of the layout.
      const copy = layout.cloneNode(true) as HTMLElement;
      for (const one of copy.querySelectorAll('details')) one.open = false;
      return copy.innerHTML;
    },
    write(state) {
      const open = details().find((one) => one.open)?.dataset.element;
      layout.innerHTML = state; // our own view, escaped there
      if (open !== undefined) this.show(open);
    },
    show(id) {
      for (const one of details()) one.open = one.dataset.element === id;
    },
  };
}
