import type { Couch } from '@photomaton/couch';
import { isImageName } from '@photomaton/design-docs/template';
import { pictureSize } from '@photomaton/device/image';
import { isSoft, type Size } from '../public/editor/soft.ts';
import { type LayoutDraft, numberIn, type Typed } from './layout-form.ts';
import { loadPictures } from './pictures.ts';

/** A picture with fewer pixels than it is to fill dots. `n` is its number among the overlays; without, it is behind all. */
interface SoftPicture {
  n?: number;
  pixels: Size;
  dots: Size;
}

/** How many pixels each picture of a draft has, by its name. */
export async function pixelsOf(
  o: { couch: Couch },
  owner: string,
  { head, overlays }: LayoutDraft,
): Promise<Map<string, Size>> {
  // What a form says is judged only when it is saved.
  const named = [head['background.image'], ...overlays.map(({ image }) => image)];
  const images = named.flatMap((image) => (image && isImageName(image) ? [{ image }] : []));
  const found = await loadPictures(o, owner, { background: {}, overlays: images });
  const sizes = [...found].map(async ([name, bytes]) => [name, await pictureSize(bytes)] as const);
  return new Map((await Promise.all(sizes)).flatMap(([name, size]) => (size ? [[name, size]] : [])));
}

/** Those that will look soft on paper. What is no size yet is not judged. */
export function softPictures(
  { head, overlays }: LayoutDraft,
  pixels: ReadonlyMap<string, Size>,
): SoftPicture[] {
  const judge = (image: string | undefined, dots: Size, n?: number): SoftPicture[] => {
    const found = image === undefined ? undefined : pixels.get(image);
    return found && isSoft(found, dots) ? [{ pixels: found, dots, ...(n !== undefined && { n }) }] : [];
  };
  const sizeIn = (typed: Typed, before = ''): Size => ({
    width: numberIn(typed[`${before}width`]),
    height: numberIn(typed[`${before}height`]),
  });
  return [
    ...judge(head['background.image'], sizeIn(head, 'size.')),
    ...overlays.flatMap((overlay, i) => judge(overlay.image, sizeIn(overlay), i + 1)),
  ];
}
