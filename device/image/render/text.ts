import type { TemplateText } from '@photomaton/design-docs/template';
import sharp from 'sharp';
import type { Pixels, Rgb } from './canvas.ts';
import { type Outlines, outline } from './fonts.ts';

/** From baseline to baseline, in ems. */
const LINE = 1.16;
/** Height of a capital in both fonts, in ems: what is centred in the box is what is seen. */
const CAPITAL = 0.71;
const DESCENDER = 0.25;
/** What letters reach beyond their line and their width at most, in ems. */
const OVERHANG = 0.4;
/** A text is set as large as it fits, down to this part of its size; then it is cut. */
const SMALLEST = 0.4;
const STEP = 0.97;

interface Setting {
  lines: Outlines[];
  /** Of an em, in pixels of the template. */
  size: number;
}

/** Draws the words into the text's box; undefined when there is nothing to see. */
export async function drawText(
  text: TemplateText,
  words: string,
  { colour, scale, page }: { colour: Rgb; scale: number; page: { width: number; height: number } },
): Promise<{ picture: Pixels; left: number; top: number } | undefined> {
  const { lines, size } = setWords(words, text);
  const middle = { x: text.x + text.width / 2, y: text.y + text.height / 2 };
  const block = ((lines.length - 1) * LINE + CAPITAL) * size;
  const above = { top: 0, middle: 0.5, bottom: 1 }[text.verticalAlign ?? 'middle'];
  const first = text.y + (text.height - block) * above + CAPITAL * size;
  const drawn = lines.map(({ svg, width }, i) => {
    const rest = text.width - width * size;
    const x = text.x + (text.align === 'left' ? 0 : text.align === 'right' ? rest : rest / 2);
    return `<g transform="translate(${fixed(x)} ${fixed(first + i * LINE * size)}) scale(${fixed(size)})">${svg}</g>`;
  });
  const area = visibleArea({ text, size, middle, scale, page });
  if (!area || drawn.length === 0) return undefined;

  const { left, top, width, height } = area;
  const turn = text.rotation ? ` rotate(${text.rotation} ${fixed(middle.x)} ${fixed(middle.y)})` : '';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <g fill="rgb(${colour.join(',')})" transform="translate(${-left} ${-top}) scale(${scale})${turn}">${drawn.join('')}</g></svg>`;
  // No limit to how much text: it is ours, and its picture is no larger than the page.
  const data = await sharp(Buffer.from(svg), { unlimited: true }).ensureAlpha().raw().toBuffer();
  return { picture: { width, height, channels: 4, data }, left, top };
}

/** The largest size at which the words fit the box, in lines of about the same length. */
function setWords(words: string, { width, height, size: wanted, ...text }: TemplateText): Setting {
  const style = { font: text.font, weight: text.weight, tracking: text.tracking ?? 0 };
  const measured = new Map<string, Outlines>();
  const measure = (line: string): Outlines => {
    const known = measured.get(line) ?? outline(line, style);
    measured.set(line, known);
    return known;
  };
  const pieces = piecesOf(words).filter((piece) => measure(piece).width > 0);
  for (let size = wanted; ; size *= STEP) {
    const room = width / size;
    const atMost = Math.max(1, 1 + Math.floor((height / size - CAPITAL - DESCENDER) / LINE));
    const lines = breakLines(pieces, room, measure);
    const fits = lines.length <= atMost && lines.every((line) => measure(line).width <= room);
    if (fits) return { size, lines: balanced(pieces, lines.length, room, measure).map(measure) };
    if (size * STEP < wanted * SMALLEST) {
      const shown = lines.slice(0, atMost);
      const isCut = (i: number) => i === atMost - 1 && lines.length > atMost;
      return { size, lines: shown.map((line, i) => cut(line, room, measure, isCut(i))) };
    }
  }
}

type Measure = (line: string) => Outlines;

/** What stays together on a line: a short word (`&`, `de`, `and`), unless it may be a name, does not end one. */
function piecesOf(words: string): string[] {
  const pieces: string[] = [];
  let short = '';
  for (const word of words.split(' ')) {
    const piece = short + word;
    short = /^\P{Lu}{1,3}$/u.test(word) ? `${piece} ` : '';
    if (short === '') pieces.push(piece);
  }
  if (short !== '') pieces.push(short.trimEnd());
  return pieces;
}

/** As many pieces on each line as there is room for. */
function breakLines(pieces: string[], room: number, measure: Measure): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const longer = `${last} ${piece}`;
    if (last !== undefined && measure(longer).width <= room) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  return lines;
}

/** As few pieces on the first lines as leave the number of lines what it is. */
function balanced(pieces: string[], count: number, room: number, measure: Measure): string[] {
  let lines = breakLines(pieces, room, measure);
  for (let narrower = room * STEP; narrower > room / 2; narrower *= STEP) {
    const tried = breakLines(pieces, narrower, measure);
    if (tried.length > count || tried.some((line) => measure(line).width > room)) break;
    lines = tried;
  }
  return lines;
}

/** Ends a line with … where it leaves the box, or where others would have to follow. */
function cut(line: string, room: number, measure: Measure, isMoreToCome: boolean): Outlines {
  if (!isMoreToCome && measure(line).width <= room) return measure(line);
  const characters = [...line];
  while (characters.length > 1 && measure(`${characters.join('').trimEnd()}…`).width > room) characters.pop();
  return measure(`${characters.join('').trimEnd()}…`);
}

/** The part of the picture that the text may reach, in its pixels. */
function visibleArea({
  text,
  size,
  middle,
  scale,
  page,
}: {
  text: TemplateText;
  size: number;
  middle: { x: number; y: number };
  scale: number;
  page: { width: number; height: number };
}): { left: number; top: number; width: number; height: number } | undefined {
  const half = {
    x: text.width / 2 + OVERHANG * size,
    y: text.height / 2 + OVERHANG * size,
  };
  const angle = ((text.rotation ?? 0) * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const reach = { x: half.x * cos + half.y * sin, y: half.x * sin + half.y * cos };
  const left = Math.max(0, Math.floor((middle.x - reach.x) * scale));
  const top = Math.max(0, Math.floor((middle.y - reach.y) * scale));
  const width = Math.min(page.width, Math.ceil((middle.x + reach.x) * scale)) - left;
  const height = Math.min(page.height, Math.ceil((middle.y + reach.y) * scale)) - top;
  return width > 0 && height > 0 ? { left, top, width, height } : undefined;
}

const fixed = (value: number): string => value.toFixed(3);
