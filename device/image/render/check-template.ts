import { imagesOf, isImageName, type ParsedTemplate, parseTemplate } from '@photomaton/design-docs/template';
import { MAX_IMAGE_SIDE, openImage } from './open-image.ts';

/**
 * Can this be drawn? Also decodes its pictures, to the end; those too that come with it and are not in the layout, as
 * they are kept under their names.
 */
export async function checkTemplate(
  value: unknown,
  images: ReadonlyMap<string, Uint8Array>,
): Promise<ParsedTemplate> {
  const parsed = parseTemplate(value);
  if (parsed.kind === 'refused') return parsed;
  const problems: string[] = [];
  for (const name of new Set([...imagesOf(parsed.template), ...images.keys()])) {
    const problem = isImageName(name)
      ? await problemOf(images.get(name), name)
      : `${name}: a picture is called by a-z, 0-9 and -, then .png, .jpg, .jpeg or .webp`;
    if (problem) problems.push(problem);
  }
  return problems.length === 0 ? parsed : { kind: 'refused', problems };
}

/** Why a picture cannot be drawn: it is decoded to the end. Undefined when it can. */
export async function problemOf(bytes: Uint8Array | undefined, name: string): Promise<string | undefined> {
  try {
    const { width, height } = await openImage(bytes, name).metadata();
    // Before anything is decoded: a few kilobytes can claim to be gigabytes.
    if (Math.max(width, height) > MAX_IMAGE_SIDE) {
      return `${name} is larger than ${MAX_IMAGE_SIDE} pixels: ${width}x${height}`;
    }
    await openImage(bytes, name).resize(16, 16).raw().toBuffer();
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return message.startsWith(name) ? message : `${name} cannot be read: ${message}`;
  }
}
