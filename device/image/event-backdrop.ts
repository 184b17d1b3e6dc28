import { MAX_SIDE } from '@photomaton/design-docs/template';
import { openImage } from './render/open-image.ts';

/**
 * Behind guests, who are what is looked at. Pure noise of {@link MAX_SIDE} squared is then 7.9 MB, and the validators
 * take 8: no picture is too large. A photograph is 1 to 2 MB, a matter of seconds on a venue's thin line.
 */
const QUALITY = 80;

/**
 * What is seen in place of a green screen, of whatever picture was given: made anew, so that nothing of the file but
 * what is seen gets through. As long as the largest page, which is that of 10 by 15 cm at 600 dpi: more is never
 * printed, and it is cut to cover each slot. Undefined when it is no picture, or one that would exhaust memory.
 */
export async function makeBackdrop(bytes: Uint8Array): Promise<Buffer | undefined> {
  try {
    return await openImage(bytes, 'the backdrop')
      .autoOrient()
      .resize({ width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .jpeg({ quality: QUALITY })
      .toBuffer();
  } catch {
    return undefined; // whatever it is, it is no picture to be shown
  }
}
