import type { Template } from '@photomaton/design-docs/template';
import { type FormBody, textOf } from '../web/form-body.ts';

/** Values as they stand in a form, by the name of their field. */
export type Typed = Record<string, string>;

/** A layout as its form has it: nothing of it is judged yet, so that all can be shown again as it was typed. */
export interface LayoutDraft {
  head: Typed;
  slots: Typed[];
  overlays: Typed[];
  texts: Typed[];
}
export const LISTS = ['slots', 'overlays', 'texts'] as const;
export type ListName = (typeof LISTS)[number];
export const MAX_ELEMENTS = 16;

const BOX = ['x', 'y', 'width', 'height'];
const HEAD = [
  ...['title.fr', 'title.en', 'mode', 'size.width', 'size.height'],
  ...['background.colour', 'background.colourOwn', 'background.image', 'filter'],
];
const FIELDS: Record<ListName, string[]> = {
  slots: ['shot', ...BOX, 'rotation', 'radius', 'corners'],
  overlays: ['image', ...BOX, 'opacity', 'tint', 'tintOwn'],
  texts: [
    ...['text.fr', 'text.en', ...BOX, 'align', 'verticalAlign', 'font', 'weight', 'size'],
    ...['colour', 'colourOwn', 'tracking', 'rotation'],
  ],
};
const NUMBERS = new Set([...BOX, 'shot', 'rotation', 'radius', 'opacity', 'weight', 'size', 'tracking']);
/** A colour is one of the roles, or its own: then the field beside has it. */
const OWN = 'own';
const COLOURS = new Set(['colour', 'tint']);

/** What a form that was sent says; of names it does not know it reads nothing. */
export function readLayout(body: FormBody): LayoutDraft {
  const read = (names: string[], before = ''): Typed =>
    Object.fromEntries(names.map((name) => [name, textOf(body, before + name).slice(0, 500)]));
  const elements = (list: ListName) =>
    Array.from({ length: MAX_ELEMENTS }, (_, i) => `${list}.${i}.`)
      .filter((before) => `${before}x` in body)
      .map((before) => read(FIELDS[list], before));
  return {
    head: read(HEAD),
    slots: elements('slots'),
    overlays: elements('overlays'),
    texts: elements('texts'),
  };
}

/** A layout as its form shows it. */
export function draftOfLayout(layout: Template): LayoutDraft {
  const { title, mode, size, background, filter } = layout;
  const all = (list: ListName) =>
    layout[list].map((element) => typed(FIELDS[list], element as Record<string, unknown>));
  return {
    head: {
      ...{ 'title.fr': title.fr, 'title.en': title.en, mode, filter: filter ?? '' },
      ...{ 'size.width': String(size.width), 'size.height': String(size.height) },
      ...prefixed('background.', typed(['colour', 'colourOwn', 'image'], background)),
    },
    ...{ slots: all('slots'), overlays: all('overlays'), texts: all('texts') },
  };
}

/** What the form means, to be judged by `templateSchema`. */
export function layoutOf({ head, ...lists }: LayoutDraft): Record<string, unknown> {
  const elements = (list: ListName) => lists[list].map((one) => meant(FIELDS[list], one));
  const background = Object.fromEntries(
    ['colour', 'colourOwn', 'image'].map((name) => [name, head[`background.${name}`] ?? '']),
  );
  return {
    title: { fr: head['title.fr'], en: head['title.en'] },
    mode: head.mode,
    size: { width: numberIn(head['size.width']), height: numberIn(head['size.height']) },
    background: meant(['colour', 'image'], background),
    ...{ slots: elements('slots'), overlays: elements('overlays'), texts: elements('texts') },
    ...(head.filter && { filter: head.filter }),
  };
}

function typed(names: string[], value: Record<string, unknown>): Typed {
  const entries = names.map((name) => [name, fieldOf(value, name)]);
  return Object.fromEntries(entries) as Typed;
}

function fieldOf(value: Record<string, unknown>, name: string): string {
  if (name.startsWith('text.')) {
    const text = value.text as string | Typed;
    return typeof text === 'string' ? text : (text[name.slice('text.'.length)] ?? '');
  }
  if (name === 'corners') {
    return cornersText((value.corners ?? []) as Corner[]);
  }
  if (name.endsWith('Own')) {
    const colour = String(value[name.slice(0, -'Own'.length)] ?? '');
    return colour.startsWith('#') ? colour : '#b3261e';
  }
  const one = value[name];
  if (COLOURS.has(name) && typeof one === 'string' && one.startsWith('#')) return OWN;
  return one === undefined ? '' : String(one);
}

/** Empty fields are absent: what must not be, the schema asks for. */
function meant(names: string[], one: Typed): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of names) {
    const text = one[name] ?? '';
    if (name === 'text.fr') result.text = text === one['text.en'] ? text : { fr: text, en: one['text.en'] };
    else if (text === '' || name.startsWith('text.') || name.endsWith('Own')) continue;
    else if (NUMBERS.has(name)) result[name] = numberIn(text);
    else if (name === 'corners') result.corners = cornersIn(text);
    else if (COLOURS.has(name) && text === OWN) result[name] = one[`${name}Own`]?.toLowerCase();
    else result[name] = text;
  }
  return result;
}

/** People type a comma where the language has one. What is no number is no number to the schema either. */
export const numberIn = (text = ''): number => (text === '' ? Number.NaN : Number(text.replace(',', '.')));

interface Corner {
  x: number;
  y: number;
}

export const cornersText = (corners: Corner[]): string => corners.map(({ x, y }) => `${x} ${y}`).join(', ');

function cornersIn(text: string): Corner[] {
  const numbers = text.split(/[\s,;]+/).map(Number);
  return Array.from({ length: Math.ceil(numbers.length / 2) }, (_, i) => ({
    x: numbers[2 * i] ?? Number.NaN,
    y: numbers[2 * i + 1] ?? Number.NaN,
  }));
}

const prefixed = (before: string, one: Typed): Typed =>
  Object.fromEntries(Object.entries(one).map(([name, value]) => [before + name, value]));
