/** Where an element lies on the page, in the page's own dots; turned around its middle. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  rotation: number;
}

export interface Point {
  x: number;
  y: number;
}

/** Lines that edges and middles keep to: those of the page and of the other elements. */
export interface Lines {
  x: number[];
  y: number[];
}

export function linesOf(page: { width: number; height: number }, others: Box[]): Lines {
  const straight = others.filter(({ rotation }) => rotation === 0);
  return {
    x: [0, page.width / 2, page.width, ...straight.flatMap(({ x, width }) => [x, x + width / 2, x + width])],
    y: [
      0,
      page.height / 2,
      page.height,
      ...straight.flatMap(({ y, height }) => [y, y + height / 2, y + height]),
    ],
  };
}

/** The line that a coordinate keeps to, if one is near. */
export function nearest(at: number, lines: number[], near: number): number | undefined {
  const found = lines.toSorted((a, b) => Math.abs(a - at) - Math.abs(b - at))[0];
  return found !== undefined && Math.abs(found - at) <= near ? found : undefined;
}

/** A box that is moved, on the nearest lines of each axis; `kept` are the lines that it keeps to. */
export function snapBox(
  box: Box,
  lines: Lines,
  near: number,
): { box: Box; kept: { x?: number; y?: number } } {
  const { x, y, width, height } = box;
  const across = snapSpan({ start: x, length: width }, lines.x, near);
  const down = snapSpan({ start: y, length: height }, lines.y, near);
  return {
    box: { ...box, x: across.start, y: down.start },
    kept: {
      ...(across.line !== undefined && { x: across.line }),
      ...(down.line !== undefined && { y: down.line }),
    },
  };
}

function snapSpan(
  { start, length }: { start: number; length: number },
  lines: number[],
  near: number,
): { start: number; line?: number } {
  const tries = [0, length / 2, length].flatMap((offset) => {
    const line = nearest(start + offset, lines, near);
    return line === undefined ? [] : [{ start: line - offset, line, by: Math.abs(line - offset - start) }];
  });
  const best = tries.toSorted((a, b) => a.by - b.by)[0];
  return best ? { start: best.start, line: best.line } : { start };
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface Key {
  key: string;
  isFast: boolean;
}

/** Where an arrow takes what has the focus: by 1, with Shift by 10. Undefined: it is another key. */
export function pointAfterKey({ x, y }: Point, { key, isFast }: Key): Point | undefined {
  const step = isFast ? 10 : 1;
  const arrow = ARROWS[key];
  return arrow && { x: x + arrow[0] * step, y: y + arrow[1] * step };
}

/** What a key does to the element that has the focus. Undefined: nothing. */
export function boxAfterKey(box: Box, { key, isFast }: Key): Box | undefined {
  const step = isFast ? 10 : 1;
  const moved = pointAfterKey(box, { key, isFast });
  if (moved) return { ...box, ...moved };
  if (key === '[' || key === ']') {
    const turned = box.rotation + (key === ']' ? step : -step);
    // As far as the form takes it: from −180 to 180.
    return { ...box, rotation: ((((turned + 180) % 360) + 360) % 360) - 180 };
  }
  if (key === '+' || key === '=' || key === '-') return resized(box, key === '-' ? -step : step);
  return undefined;
}

/** Wider by so much on each side, in the same shape, around the same middle. */
function resized(box: Box, by: number): Box {
  const width = Math.max(1, box.width + 2 * by);
  const height = Math.max(1, Math.round((box.height * width) / box.width));
  return {
    ...box,
    ...{ width, height },
    x: Math.round(box.x + (box.width - width) / 2),
    y: Math.round(box.y + (box.height - height) / 2),
  };
}
