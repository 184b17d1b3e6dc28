import type { FilterName } from '@photomaton/design-docs/template';
import { applyFilter } from '../filters.ts';
import { maskOf, replaceGreen } from '../green-screen.ts';
import { cleanMask } from '../vision/clean-mask.ts';
import { warp } from '../vision/warp.ts';
import type { Pixels } from './canvas.ts';
import type { Corners } from './job.ts';

/** What others know how to do. A tool that is missing, or fails, is done without: there is always a picture. */
export interface Tools {
  /** Changes the colours in place. */
  filter?: (pixels: Uint8Array, name: FilterName, channels: 3 | 4) => unknown;
  /** Puts the backdrop, of the picture's size and channels, where the screen shows, in place. */
  replaceGreen?: (picture: Pixels, backdrop: Uint8Array) => unknown;
  /** Draws the picture (RGBA) so that its corners come to lie there, on transparent pixels of that size. */
  warp?: (
    picture: Pixels,
    corners: Corners,
    size: { width: number; height: number },
  ) => Warped | Promise<Warped>;
}
type Warped = Pixels | undefined;

/** Those of booth and portal alike: the same template is the same picture on both. */
export const TOOLS: Tools = {
  filter: applyFilter,
  replaceGreen: (picture, backdrop) => replaceGreen(picture, backdrop, cleanMask(maskOf(picture))),
  warp,
};
