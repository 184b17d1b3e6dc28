/** Choosing photos and doing something with them: by mouse (with Shift for all in between), finger or keyboard. */
import { cardOf, cards, keyOf, list, part, place } from './gallery-list.ts';

/** Photos in one request, and in one download or move. */
const AT_ONCE = 500;
const MOST_ELSEWHERE = 1_000;
const TOAST_MS = 12_000;

/** What takes a photo away from the page that shows these. */
const LEAVES: Record<string, string[]> = {
  all: ['hide', 'delete'],
  favourites: ['unfavourite', 'hide', 'delete'],
  hidden: ['show', 'delete'],
  deleted: ['restore'],
};

export interface Choosing {
  /** Does something with photos, and takes those away that do not belong here any more. False: it did not work. */
  act(act: string, keys: string[]): Promise<boolean>;
  /** Says something at the foot of the page for a while. */
  tell(text: string): void;
}

export function startChoosing(o: { event: string; show: string; ask(): Promise<void> }): Choosing {
  const form = part<HTMLFormElement>('[data-chosen]');
  const count = part('[data-count]');
  const toast = part('[data-toast]');
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const boxes = (): HTMLInputElement[] => [...list.querySelectorAll<HTMLInputElement>('input[name="photo"]')];
  const chosen = (): string[] => boxes().flatMap((box) => (box.checked ? [box.value] : []));
  let last: HTMLInputElement | undefined;
  let hiding: ReturnType<typeof setTimeout> | undefined;

  /** "3 photos …", from the form's own words for one and for two. */
  function say(one: string | undefined, other: string | undefined, number: number): string {
    return ((plural.select(number) === 'one' ? one : other) ?? '').replace(/\d+/, String(number));
  }

  function show(): void {
    const { length } = chosen();
    form.hidden = length === 0;
    document.body.classList.toggle('is-choosing', length > 0);
    count.textContent = say(form.dataset.one, form.dataset.other, length);
    for (const button of form.querySelectorAll<HTMLButtonElement>('[formaction]')) {
      button.disabled = length > MOST_ELSEWHERE;
    }
  }

  async function post(fields: Record<string, string>): Promise<{ until?: string }> {
    const _csrf = form.querySelector<HTMLInputElement>('[name="_csrf"]')?.value ?? '';
    const answer = await fetch(`/events/${o.event}/marks`, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams({ ...fields, _csrf }),
    });
    if (!answer.ok) throw new Error(`the portal answered ${answer.status}`);
    return (await answer.json()) as { until?: string };
  }

  async function act(deed: string, keys: string[]): Promise<boolean> {
    const untils: string[] = [];
    try {
      for (let i = 0; i < keys.length; i += AT_ONCE) {
        const { until } = await post({ act: deed, photos: keys.slice(i, i + AT_ONCE).join(',') });
        if (until) untils.push(until);
      }
    } catch {
      tell(form.dataset.failed ?? '');
      return false;
    }
    for (const box of boxes()) if (keys.includes(box.value)) box.checked = false;
    const leaving = LEAVES[o.show]?.includes(deed) ? keys.flatMap((key) => cardOf(key) ?? []) : [];
    for (const card of leaving) card.remove();
    show();
    if (untils.length > 0) {
      const { deletedOne, deletedOther } = form.dataset;
      tell(say(deletedOne, deletedOther, keys.length), () => undo(untils, leaving));
    }
    void o.ask();
    return true;
  }

  async function undo(untils: string[], cards: HTMLElement[]): Promise<void> {
    for (const until of untils) await post({ act: 'restore', until });
    cards.forEach(place);
    show();
  }

  /** For a while at the foot of the page; what can be undone, can be undone here. */
  function tell(text: string, undone?: () => Promise<void>): void {
    const button = toast.querySelector('button');
    const words = toast.querySelector('p');
    if (!button || !words) return;
    clearTimeout(hiding);
    toast.hidden = false;
    words.textContent = text;
    button.hidden = undone === undefined;
    button.onclick = () => {
      toast.hidden = true;
      undone?.().catch(() => tell(form.dataset.failed ?? '', undone));
    };
    hiding = setTimeout(() => {
      // Not under the fingers of who is about to press it.
      if (!toast.matches(':hover, :focus-within')) toast.hidden = true;
    }, TOAST_MS);
  }

  function toggle(box: HTMLInputElement, isRange: boolean): void {
    const all = boxes();
    const [from, to] = [last ? all.indexOf(last) : -1, all.indexOf(box)].sort((a, b) => a - b);
    if (isRange && from !== undefined && from >= 0 && to !== undefined) {
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    show();
  }

  list.addEventListener('click', (click) => {
    if (click.target instanceof HTMLInputElement) return toggle(click.target, click.shiftKey);
    // Once some are chosen, a photo is chosen by pressing it anywhere: small boxes are for mice.
    const card = (click.target as Element).closest<HTMLElement>('[data-key]');
    const box = card?.querySelector<HTMLInputElement>('input');
    if (!box || !document.body.classList.contains('is-choosing')) return;
    if ((click.target as Element).closest('label')) return; // its box is clicked next
    click.preventDefault();
    click.stopImmediatePropagation();
    box.checked = !box.checked;
    toggle(box, click.shiftKey);
  });

  list.addEventListener('keydown', (key) => {
    const card = (key.target as Element).closest<HTMLElement>('[data-key]');
    if (!card || key.ctrlKey || key.metaKey || key.altKey) return;
    if (key.key === 'x') {
      const box = card.querySelector<HTMLInputElement>('input');
      if (box) box.checked = !box.checked;
      if (box) toggle(box, false);
    } else if (key.key === 'Delete') {
      void act('delete', [keyOf(card)]);
    } else {
      const next = neighbour(card, key.key);
      if (!next) return;
      next.querySelector('a')?.focus();
    }
    key.preventDefault();
  });

  form.addEventListener('formdata', ({ formData }) => {
    // A hundred boxes are more than the portal reads.
    formData.set('photos', formData.getAll('photo').join(','));
    formData.delete('photo');
  });
  form.addEventListener('submit', (submit) => {
    const button = submit.submitter as HTMLButtonElement | null;
    if (!button || button.hasAttribute('formaction')) return; // a download, or another page
    submit.preventDefault();
    void act(button.value, chosen());
  });
  form.addEventListener('reset', () => setTimeout(show));
  const nothing = form.querySelector<HTMLElement>('[data-nothing]');
  if (nothing) nothing.hidden = false;
  form.classList.add('chosen--live');
  document.body.classList.add('has-script');
  show();
  return { act, tell };
}

/** The card beside this one in the direction of an arrow key. */
function neighbour(card: HTMLElement, key: string): HTMLElement | undefined {
  const all = cards();
  const at = all.indexOf(card);
  if (key === 'ArrowRight') return all[at + 1];
  if (key === 'ArrowLeft') return all[at - 1];
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined;
  const { left, top, width } = card.getBoundingClientRect();
  const middle = left + width / 2;
  const others = key === 'ArrowDown' ? all.slice(at + 1) : all.slice(0, at).reverse();
  let row: number | undefined;
  for (const other of others) {
    const box = other.getBoundingClientRect();
    if (Math.abs(box.top - top) < 2) continue;
    row ??= box.top;
    if (Math.abs(box.top - row) >= 2) return undefined;
    if (box.left <= middle && box.right >= middle) return other;
  }
  return others.at(-1);
}
