import { openImage } from './open-image.ts';

interface Size {
  width: number;
  height: number;
}

/** Remembers the last one: an event has one backdrop, and most slots of a page are of one size. */
export function createHanger(): (backdrop: Uint8Array, size: Size) => Promise<Uint8Array> {
  let last: { backdrop: Uint8Array; size: Size; hung: Promise<Uint8Array> } | undefined;
  return (backdrop, { width, height }) => {
    const isLast = last?.size.width === width && last.size.height === height;
    if (!last || !isLast || Buffer.compare(last.backdrop, backdrop) !== 0)
      last = { backdrop, size: { width, height }, hung: hang(backdrop, { width, height }) };
    return last.hung;
  };
}

/** The backdrop behind a picture, as large as it. */
function hang(backdrop: Uint8Array, { width, height }: Size): Promise<Uint8Array> {
  return openImage(backdrop, 'the backdrop')
    .resize(width, height)
    .flatten({ background: '#000000' })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
}
