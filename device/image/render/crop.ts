import type { Box } from './job.ts';

interface Size {
  width: number;
  height: number;
}
/** Of the photo, in its pixels. It may be larger than the photo: then heads did not fit otherwise. */
export interface Crop extends Size {
  x: number;
  y: number;
}

/** A face, as detectors give it, ends at the eyebrows and the chin; a head has hair, ears and a neck. */
const HEAD = { up: 0.5, down: 0.25, side: 0.3 };

/** What is cut off above, of all that is cut off in height: nobody may have looked for faces, and heads are up there. */
const ABOVE = 0.25;

/**
 * The part of a photo that fills a slot: as much of it as its shape allows, moved only as far as heads ask for. When they do not fit the part grows beyond the photo: better a margin than half a face.
 */
export function cropOf({ photo, slot, faces = [] }: { photo: Size; slot: Size; faces?: Box[] }): Crop {
  const shape = slot.width / slot.height;
  const cover = Math.min(photo.width, photo.height * shape);
  const heads = headsOf(faces, photo);
  const width = heads ? Math.max(cover, heads.width, heads.height * shape) : cover;
  const height = width / shape;
  return {
    x: along(photo.width, width, 0.5, heads && [heads.x, heads.x + heads.width]),
    y: along(photo.height, height, ABOVE, heads && [heads.y, heads.y + heads.height]),
    width,
    height,
  };
}

/** Where the part begins on one axis. */
function along(
  photo: number,
  part: number,
  before: number,
  heads: [from: number, to: number] | undefined,
): number {
  if (part >= photo) return (photo - part) / 2;
  const usual = (photo - part) * before;
  if (!heads) return usual;
  const [from, to] = heads;
  return Math.min(Math.max(usual, to - part), from);
}

/** The smallest part with all heads in it. */
function headsOf(faces: Box[], photo: Size): Crop | undefined {
  if (faces.length === 0) return undefined;
  const left = Math.min(...faces.map(({ x, width }) => x - HEAD.side * width));
  const top = Math.min(...faces.map(({ y, height }) => y - HEAD.up * height));
  const right = Math.max(...faces.map(({ x, width }) => x + (1 + HEAD.side) * width));
  const bottom = Math.max(...faces.map(({ y, height }) => y + (1 + HEAD.down) * height));
  const x = Math.max(0, left) * photo.width;
  const y = Math.max(0, top) * photo.height;
  return {
    x,
    y,
    width: Math.min(1, right) * photo.width - x,
    height: Math.min(1, bottom) * photo.height - y,
  };
}
