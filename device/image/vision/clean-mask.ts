import type { Mask } from '../green-screen.ts';
import { seeing } from './opencv.ts';

/** In squares of the mask: what is thinner is no part of a guest, and no hole in one. */
const SPECK = 3;
/** How far from the outline the mask is sure, in squares to each side: hair flies. */
const OUTLINE = 3;

/**
 * A green screen's mask (green-screen.ts) without specks on the screen and pinholes in the guest, and sure only
 * where all around is alike. Synchronous, for a thread; undefined when OpenCV cannot do it: then it is done without.
 */
export function cleanMask({ data, width, height }: Mask): Mask | undefined {
  return seeing((cv, keep) => {
    const mask = keep(new cv.Mat(height, width, cv.CV_8UC1));
    mask.data.set(data);
    const square = (side: number) => keep(cv.getStructuringElement(cv.MORPH_RECT, new cv.Size(side, side)));
    cv.morphologyEx(mask, mask, cv.MORPH_OPEN, square(SPECK));
    cv.morphologyEx(mask, mask, cv.MORPH_CLOSE, square(SPECK));
    const least = keep(new cv.Mat());
    const most = keep(new cv.Mat());
    cv.morphologyEx(mask, least, cv.MORPH_ERODE, square(2 * OUTLINE + 1));
    cv.morphologyEx(mask, most, cv.MORPH_DILATE, square(2 * OUTLINE + 1));
    const [low, high] = [least.data, most.data];
    const sure = mask.data.slice();
    for (let i = 0; i < sure.length; i += 1) {
      // Surely screen (0) or guest (255) where even the extremes around are; else it is left open.
      if (low[i] !== high[i] || (low[i] !== 0 && low[i] !== 255)) sure[i] = 128;
    }
    return { data: sure, width, height };
  });
}
