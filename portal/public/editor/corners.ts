/** The four corners of a photo that is seen at a slant, clockwise from top left. */
import type { Box, Point } from './box.ts';

export type Corners = readonly [Point, Point, Point, Point];

/** What a field of them says: “left top” of each. Undefined: nothing, or something else. */
export function cornersIn(text: string): Corners | undefined {
  const numbers = text
    .trim()
    .split(/[\s,;]+/)
    .map(Number);
  if (numbers.length !== 8 || !numbers.every(Number.isInteger)) return undefined;
  return [0, 2, 4, 6].map((i) => ({ x: numbers[i], y: numbers[i + 1] })) as unknown as Corners;
}

export const cornersText = (corners: Corners): string => corners.map(({ x, y }) => `${x} ${y}`).join(', ');

export function boxAround(corners: Corners): Box {
  const [all, down] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
  const [x, y] = [Math.min(...all), Math.min(...down)];
  return { x, y, width: Math.max(...all) - x, height: Math.max(...down) - y, rotation: 0 };
}

/** Where a point comes to lie when the box that it belongs to becomes another, in whole dots. */
export const carried = ({ x, y }: Point, from: Box, to: Box): Point => ({
  x: Math.round(to.x + ((x - from.x) * to.width) / from.width),
  y: Math.round(to.y + ((y - from.y) * to.height) / from.height),
});

/** Would a booth take them (design-docs/template.ts)? Walking around, one only ever turns right. */
export function isConvex(corners: Corners): boolean {
  return corners.every((a, i) => {
    const [b, c] = [corners[(i + 1) % 4] ?? a, corners[(i + 2) % 4] ?? a];
    return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) > 0;
  });
}
