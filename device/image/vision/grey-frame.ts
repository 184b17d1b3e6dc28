import sharp from 'sharp';
import type { GreyFrame } from './frames.ts';

/** Faces at arm's length and at three metres are both found at this size, in a tenth of a second. */
const LONG_SIDE_PX = 640;
/** As store/jpeg.ts: what claims more than 100 MP is there to exhaust memory. */
const LIMIT = { failOn: 'truncated', limitInputPixels: 100_000_000 } as const;

/** A photo as vision likes it: small, grey, and upright, so that boxes are of the picture that people see. */
export async function greyFrameOf(jpeg: Uint8Array): Promise<GreyFrame> {
  const { data, info } = await sharp(jpeg, LIMIT)
    .autoOrient()
    .resize(LONG_SIDE_PX, LONG_SIDE_PX, { fit: 'inside', withoutEnlargement: true })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { grey: new Uint8Array(data), width: info.width, height: info.height };
}
