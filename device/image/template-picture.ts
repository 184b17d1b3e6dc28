import { MAX_SIDE } from '@photomaton/design-docs/template';
import { openImage } from './render/open-image.ts';

/** As good as can be seen on paper. */
const QUALITY = 92;

interface TemplatePicture {
  bytes: Buffer;
  type: 'image/webp' | 'image/jpeg';
  width: number;
  height: number;
}

/**
 * A picture for templates of whatever was uploaded: made anew, so that nothing of the file but what is seen gets
 * through, and no larger than a page. WebP where it lets something through, else JPEG. Undefined when it is no picture,
 * or one that would exhaust memory.
 */
export async function makeTemplatePicture(bytes: Uint8Array): Promise<TemplatePicture | undefined> {
  try {
    const picture = openImage(bytes, 'the picture');
    const { hasAlpha } = await picture.metadata();
    const page = picture
      .autoOrient()
      .resize({ width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb');
    const { data, info } = await (hasAlpha
      ? page.webp({ quality: QUALITY, alphaQuality: 100 })
      : page.jpeg({ quality: QUALITY })
    ).toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return { bytes: data, type: hasAlpha ? 'image/webp' : 'image/jpeg', width, height };
  } catch {
    return undefined; // whatever it is, it is no picture to be shown
  }
}

/** How large a picture is that was made here. Undefined when it is none. */
export async function pictureSize(bytes: Uint8Array): Promise<{ width: number; height: number } | undefined> {
  try {
    const { width, height } = await openImage(bytes, 'the picture').metadata();
    return { width, height };
  } catch {
    return undefined;
  }
}
