/** A button upon each element of the canvas: what has the focus can be moved with keys, and is read out. */
import { boxAfterKey } from './box.ts';
import type { Fields } from './fields.ts';

interface Handles {
  /** The fields have changed: a button for each element, where it lies. */
  draw(): void;
  focus(id: string): void;
}

export function openHandles(o: {
  container: HTMLElement;
  fields: Fields;
  /** "Photo 1: left 36, …" */
  say(id: string, word: string): string;
  onFocus(id: string): void;
  onChange(): void;
  onRemove(id: string): void;
}): Handles {
  const { container, fields } = o;
  /** Whose buttons there are, in their order. */
  let drawn = '';
  const buttons = () => [...container.querySelectorAll<HTMLButtonElement>('[data-handle]')];

  function pressed(id: string, event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      o.onRemove(id);
      return;
    }
    const after = boxAfterKey(fields.boxOf(id), { key: event.key, isFast: event.shiftKey });
    if (!after) return;
    event.preventDefault();
    fields.setBox(id, after);
    o.onChange();
  }

  function handleOf(id: string): HTMLButtonElement {
    const found = buttons().find(({ dataset }) => dataset.handle === id);
    if (found) return found;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'editor__handle';
    button.dataset.handle = id;
    button.addEventListener('focus', () => o.onFocus(id));
    button.addEventListener('keydown', (event) => pressed(id, event));
    return button;
  }

  /** The first, when there is none of that name any more. */
  function focus(id: string | undefined): void {
    const found = buttons().find(({ dataset }) => dataset.handle === id) ?? buttons()[0];
    found?.focus({ preventScroll: true });
  }

  return {
    draw() {
      const page = fields.page();
      const elements = fields.elements();
      const order = elements.map(({ id }) => id).join();
      const focused = buttons().find((button) => button === document.activeElement)?.dataset.handle;
      const isNew = order !== drawn;
      // Others, or in another order, which is the order of Tab.
      if (isNew) for (const old of buttons()) old.remove();
      drawn = order;
      for (const { id, word } of elements) {
        const { x, y, width, height, rotation } = fields.boxOf(id);
        const button = handleOf(id);
        button.ariaLabel = o.say(id, word);
        Object.assign(button.style, {
          ...{ left: `${(100 * x) / page.width}%`, top: `${(100 * y) / page.height}%` },
          ...{ width: `${(100 * width) / page.width}%`, height: `${(100 * height) / page.height}%` },
          rotate: `${rotation}deg`,
        });
        if (!button.isConnected) container.append(button);
      }
      if (isNew && focused !== undefined)
        focus(elements.some(({ id }) => id === focused) ? focused : undefined);
    },
    focus,
  };
}
