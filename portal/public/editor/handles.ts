/** A button upon each element of the canvas: what has the focus can be moved with keys, and is read out. */
import { boxAfterKey, pointAfterKey } from './box.ts';
import type { Fields } from './fields.ts';

interface Handles {
  /** The fields have changed: a button for each element, where it lies, and for each corner of a photo that has them. */
  draw(): void;
  focus(id: string, corner?: number): void;
}

/** What can have the focus. */
interface Target {
  id: string;
  corner?: number;
  /** "Photo 1: left 36, …" */
  label: string;
  style: Partial<CSSStyleDeclaration>;
}

const nameOf = (id: string, corner?: number) => (corner === undefined ? id : `${id}.corners.${corner}`);

export function openHandles(o: {
  container: HTMLElement;
  fields: Fields;
  say(key: string, values: Record<string, string | number>): string;
  onFocus(id: string): void;
  onChange(): void;
  /** A corner cannot go there. */
  onRefused(): void;
  onRemove(id: string): void;
}): Handles {
  const { container, fields } = o;
  /** Whose buttons there are, in their order. */
  let drawn = '';
  const buttons = () => [...container.querySelectorAll<HTMLButtonElement>('[data-handle]')];

  function targets(): Target[] {
    const page = fields.page();
    const across = (x: number) => `${(100 * x) / page.width}%`;
    const down = (y: number) => `${(100 * y) / page.height}%`;
    return fields.elements().flatMap(({ id, word }) => {
      const box = fields.boxOf(id);
      const whole: Target = {
        ...{ id, label: o.say('moved', { word, ...box }) },
        style: {
          ...{ left: across(box.x), top: down(box.y), width: across(box.width), height: down(box.height) },
          rotate: `${box.rotation}deg`,
        },
      };
      const corners = (fields.cornersOf(id) ?? []).map((at, corner) => ({
        ...{ id, corner, label: o.say(`corner-${corner}`, { word, ...at }) },
        style: { left: across(at.x), top: down(at.y), translate: '-50% -50%' },
      }));
      return [whole, ...corners];
    });
  }

  function pressed({ id, corner }: Target, event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = { key: event.key, isFast: event.shiftKey };
    if (corner !== undefined) {
      const at = fields.cornersOf(id)?.[corner];
      const after = at && pointAfterKey(at, key);
      if (!after) return;
      event.preventDefault();
      if (fields.setCorner(id, corner, after)) o.onChange();
      else o.onRefused();
      return;
    }
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      o.onRemove(id);
      return;
    }
    const after = boxAfterKey(fields.boxOf(id), key);
    if (!after) return;
    event.preventDefault();
    fields.setBox(id, after);
    o.onChange();
  }

  function handleOf(target: Target): HTMLButtonElement {
    const name = nameOf(target.id, target.corner);
    const found = buttons().find(({ dataset }) => dataset.handle === name);
    if (found) return found;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'editor__handle';
    button.dataset.handle = name;
    button.addEventListener('focus', () => o.onFocus(target.id));
    button.addEventListener('keydown', (event) => pressed(target, event));
    return button;
  }

  /** The first, when there is none of that name any more. */
  function focus(name: string | undefined): void {
    const found = buttons().find(({ dataset }) => dataset.handle === name) ?? buttons()[0];
    found?.focus({ preventScroll: true });
  }

  return {
    draw() {
      const all = targets();
      const names = all.map(({ id, corner }) => nameOf(id, corner));
      const focused = buttons().find((button) => button === document.activeElement)?.dataset.handle;
      const isNew = names.join() !== drawn;
      // Others, or in another order, which is the order of Tab.
      if (isNew) for (const old of buttons()) old.remove();
      drawn = names.join();
      for (const target of all) {
        const button = handleOf(target);
        button.ariaLabel = target.label;
        Object.assign(button.style, target.style);
        if (!button.isConnected) container.append(button);
      }
      if (isNew && focused !== undefined) focus(names.includes(focused) ? focused : undefined);
    },
    focus: (id, corner) => focus(nameOf(id, corner)),
  };
}
