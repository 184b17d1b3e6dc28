import { openImage } from './render/open-image.ts';

/** As large as a screen or a page shows it. */
const LARGEST = { width: 800, height: 400 };

/**
 * An event's logo of whatever picture was given: made anew, so that nothing of the file but what is seen gets through.
 * Undefined when it is no picture, or one that would exhaust memory.
 */
export async function makeLogo(bytes: Uint8Array): Promise<Buffer | undefined> {
  try {
    return await openImage(bytes, 'the logo')
      .autoOrient()
      .resize({ ...LARGEST, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .webp({ quality: 90, alphaQuality: 100 })
      .toBuffer();
  } catch {
    return undefined; // whatever it is, it is no picture to be shown
  }
}
