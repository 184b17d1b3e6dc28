import { seeing } from './opencv.ts';

/** What is thinner than this part of a mask's width is no part of a guest, and no hole in one. */
const SPECK = 1 / 600;

/**
 * A green screen's mask (green-screen.ts) without specks on the screen and pinholes in the guest. Synchronous, for a
 * thread; undefined when OpenCV cannot do it, and then the mask is good enough as it is.
 */
export function cleanMask(mask: Uint8Array, width: number, height: number): Uint8Array | undefined {
  return seeing((cv, keep) => {
    const cleaned = keep(new cv.Mat(height, width, cv.CV_8UC1));
    cleaned.data.set(mask);
    const side = 2 * Math.ceil((width * SPECK) / 2) + 1;
    const kernel = keep(cv.getStructuringElement(cv.MORPH_RECT, new cv.Size(side, side)));
    cv.morphologyEx(cleaned, cleaned, cv.MORPH_OPEN, kernel);
    cv.morphologyEx(cleaned, cleaned, cv.MORPH_CLOSE, kernel);
    return cleaned.data.slice();
  });
}
