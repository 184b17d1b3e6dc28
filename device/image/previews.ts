import { openPhoto } from './render/open-image.ts';

const SCREEN_PX = 1600;
const THUMBNAIL_PX = 480;

export interface Previews {
  thumbnail: Buffer;
  screen: Buffer;
}

/** The two small pictures of a photo. */
export async function makePreviews(jpeg: Uint8Array): Promise<Previews> {
  const screen = await shrink(jpeg, SCREEN_PX, 82);
  return { screen, thumbnail: await shrink(screen, THUMBNAIL_PX, 78) };
}

/** JPEG in sRGB, upright, at most so many pixels on the long side; without EXIF (sharp drops it). */
async function shrink(jpeg: Uint8Array, px: number, quality: number): Promise<Buffer> {
  const { photo } = await openPhoto(jpeg);
  return photo.resize(px, px, { fit: 'inside', withoutEnlargement: true }).jpeg({ quality }).toBuffer();
}
