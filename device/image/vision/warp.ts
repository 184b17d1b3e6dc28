import { seeing } from './opencv.ts';

/** RGBA, a byte a channel. */
interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
}
interface Point {
  x: number;
  y: number;
}

/**
 * A picture in perspective: its corners (clockwise from top left) go where `corners` says, in pixels of the result;
 * around it is transparent. Synchronous, for a thread; undefined when OpenCV cannot do it.
 */
export function warp(
  { data, width, height }: Pixels,
  corners: readonly [Point, Point, Point, Point],
  size: { width: number; height: number },
): (Pixels & { channels: 4 }) | undefined {
  return seeing((cv, keep) => {
    const flat = keep(new cv.Mat(height, width, cv.CV_8UC4));
    flat.data.set(data);
    const here = [0, 0, width, 0, width, height, 0, height];
    const there = corners.flatMap(({ x, y }) => [x, y]);
    const from = keep(cv.matFromArray(4, 1, cv.CV_32FC2, here));
    const to = keep(cv.matFromArray(4, 1, cv.CV_32FC2, there));
    const how = keep(cv.getPerspectiveTransform(from, to));
    const warped = keep(new cv.Mat());
    const wanted = new cv.Size(size.width, size.height);
    cv.warpPerspective(flat, warped, how, wanted, cv.INTER_LINEAR, cv.BORDER_CONSTANT);
    return { ...size, channels: 4, data: warped.data.slice() };
  });
}
