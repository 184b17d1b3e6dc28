import type { Layout, Phase } from '../../../session.ts';
import { byId, setText } from '../dom.ts';
import type { Words } from '../words.ts';

/** The layouts as large pictures, of which one tap takes one; under them the filters, when there are several. */
export function fillChoose(phase: Phase & { kind: 'choosing' }, words: Words): void {
  const { layouts, filters } = phase.offer;
  const { t, language } = words;
  const cards = rowOf(
    'choose-layouts',
    layouts.map(({ name, preview }) => `${name} ${preview}`),
    (i) => makeCard(layouts[i]),
  );
  for (const [i, card] of cards.entries()) {
    const layout = layouts[i];
    if (!layout) continue;
    setText(card.querySelector('.card__title'), layout.title[language()]);
    setText(card.querySelector('.card__shots'), shotsText(layout, words));
    // The one button takes it; it is seen only by who came with that button.
    card.toggleAttribute('data-main', i === phase.marked);
    card.classList.toggle('is-marked', phase.scans && i === phase.marked);
  }
  const group = byId('choose-filters');
  group.hidden = filters.length < 2;
  for (const [i, chip] of rowOf('choose-filters', filters, (i) => makeChip(filters[i])).entries()) {
    setText(chip, t(`filter.${filters[i]}`));
    chip.setAttribute('aria-pressed', String(filters[i] === phase.filter));
  }
}

function shotsText({ mode, shots }: Layout, { t }: Words): string {
  return mode === 'boomerang' ? t('choose.boomerang') : t('choose.shots', { count: shots });
}

/** The buttons of a row, made anew only when they are others: who is at one with the keyboard stays there. */
function rowOf(id: string, keys: string[], make: (i: number) => HTMLElement): HTMLElement[] {
  const row = byId(id);
  const key = JSON.stringify(keys);
  if (row.dataset.of !== key) {
    row.dataset.of = key;
    row.replaceChildren(...keys.map((_, i) => make(i)));
  }
  return [...row.children] as HTMLElement[];
}

function makeCard(layout: Layout | undefined): HTMLElement {
  const card = button('card', 'choose');
  card.dataset.layout = layout?.name ?? '';
  const picture = document.createElement('img');
  picture.className = 'card__picture';
  picture.alt = '';
  picture.src = layout?.preview ?? '';
  card.append(picture, span('card__title'), span('card__shots'));
  return card;
}

function makeChip(filter: string | undefined): HTMLElement {
  const chip = button('touch touch--glass', 'filter');
  chip.dataset.filter = filter ?? '';
  return chip;
}

function button(className: string, action: string): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = className;
  element.dataset.action = action;
  return element;
}

function span(className: string): HTMLElement {
  const element = document.createElement('span');
  element.className = className;
  return element;
}
