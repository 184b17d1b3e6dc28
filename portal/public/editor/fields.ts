/** The form is the truth: what the canvas does is read from its fields, and written there. */
import type { Box } from './box.ts';

type Field = HTMLInputElement | HTMLSelectElement;

export interface Fields {
  /** The elements that can be moved, from back to front: `slots.0`, `texts.2`, … */
  elements(): { id: string; word: string; canTurn: boolean }[];
  boxOf(id: string): Box;
  setBox(id: string, box: Box): void;
  page(): { width: number; height: number };
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
  return {
    elements: () =>
      details().flatMap(({ dataset: { element: id = '', word = '' } }) =>
        // Four corners of its own: there is no box to be moved.
        field(`${id}.corners`)?.value ? [] : [{ id, word, canTurn: field(`${id}.rotation`) !== null }],
      ),
    boxOf: (id) => ({
      ...{ x: numberIn(`${id}.x`), y: numberIn(`${id}.y`), rotation: numberIn(`${id}.rotation`) },
      ...{ width: numberIn(`${id}.width`), height: numberIn(`${id}.height`) },
    }),
    setBox(id, box) {
      for (const name of ['x', 'y', 'width', 'height', 'rotation'] as const) {
        const one = field(`${id}.${name}`);
        // A turn that was never asked for stays unsaid.
        if (!one || (name === 'rotation' && one.value === '' && box.rotation === 0)) continue;
        const rounded = name === 'rotation' ? Math.round(box[name] * 10) / 10 : Math.round(box[name]);
        one.value = String(name === 'width' || name === 'height' ? Math.max(1, rounded) : rounded);
      }
    },
    page: () => ({ width: numberIn('size.width') || 1, height: numberIn('size.height') || 1 }),
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
