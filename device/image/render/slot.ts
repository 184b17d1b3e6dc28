import type { TemplateSlot } from '@photomaton/design-docs/template';
import sharp from 'sharp';
import { createHanger } from './backdrop.ts';
import { createCanvas, draw, type Pixels, type Placing, withAlpha } from './canvas.ts';
import { colourOf } from './colours.ts';
import { cropOf } from './crop.ts';
import { type Corners, type RenderJob, type SlotPicture, scaleOf } from './job.ts';
import { openPhoto } from './open-image.ts';
import { TOOLS, type Tools } from './tools.ts';

const hang = createHanger();

/** Makes a shot ready for its place on the page: all that can be done before the others are taken. */
export async function renderSlot(
  job: RenderJob,
  slot: number,
  jpeg: Uint8Array,
  tools: Tools = TOOLS,
): Promise<SlotPicture> {
  const place = job.template.slots[slot];
  if (!place) throw new Error(`the template has no slot ${slot}`);
  const scale = scaleOf(job);
  const cropped = await cutOut(jpeg, place, scale, job.faces?.[place.shot] ?? []);
  if (job.backdrop && tools.replaceGreen) {
    tools.replaceGreen(cropped, await hang(job.backdrop, cropped));
  }
  const filter = job.filter ?? job.template.filter ?? 'none';
  if (filter !== 'none') tools.filter?.(cropped.data, filter, cropped.channels);
  return { slot, ...(await turn(cropped, place, scale, tools)) };
}

/** The shot upright, in sRGB, cut to the slot's shape and size; EXIF and GPS stay behind with the file. */
async function cutOut(
  jpeg: Uint8Array,
  place: TemplateSlot,
  scale: number,
  faces: NonNullable<Parameters<typeof cropOf>[0]['faces']>,
): Promise<Pixels> {
  const { photo, ...size } = await openPhoto(jpeg);
  const slot = { width: place.width * scale, height: place.height * scale };
  const crop = cropOf({ photo: size, slot, faces });
  const enlarged = slot.width / crop.width;
  const width = Math.max(1, Math.round(size.width * enlarged));
  const height = Math.max(1, Math.round(size.height * enlarged));
  const shot = photo.resize(width, height, { fit: 'fill' });

  const isInside = width >= slot.width && height >= slot.height;
  if (isInside) {
    const left = Math.min(Math.max(0, Math.round(crop.x * enlarged)), width - slot.width);
    const top = Math.min(Math.max(0, Math.round(crop.y * enlarged)), height - slot.height);
    // Cut after resizing: so the JPEG is decoded at about the size that is needed, and only the part is resized.
    const data = await shot
      .extract({ left, top, ...slot })
      .raw()
      .toBuffer();
    return { ...slot, channels: 3, data };
  }
  const canvas = createCanvas(slot.width, slot.height, colourOf('paper'));
  const data = await shot.raw().toBuffer();
  const left = Math.round(-crop.x * enlarged);
  const top = Math.round(-crop.y * enlarged);
  draw(canvas, { width, height, channels: 3, data }, { left, top });
  return canvas;
}

/** Turned, slanted or in perspective, with where it then lies on the page. */
async function turn(
  picture: Pixels,
  place: TemplateSlot,
  scale: number,
  tools: Tools,
): Promise<Pixels & Placing> {
  const radius = (place.radius ?? 0) * scale;
  const flat = { ...picture, left: place.x * scale, top: place.y * scale, radius };
  if (!place.corners && !place.rotation) return flat;

  const corners = cornersOf(place).map(({ x, y }) => ({ x: x * scale, y: y * scale })) as unknown as Corners;
  const rounded = withAlpha(picture, radius);

  const left = Math.floor(Math.min(...corners.map(({ x }) => x)));
  const top = Math.floor(Math.min(...corners.map(({ y }) => y)));
  const [a, b, c, d] = corners;
  const isParallelogram = Math.hypot(a.x + c.x - b.x - d.x, a.y + c.y - b.y - d.y) < 1;
  if (isParallelogram) {
    const across = { x: (b.x - a.x) / picture.width, y: (b.y - a.y) / picture.width };
    const down = { x: (d.x - a.x) / picture.height, y: (d.y - a.y) / picture.height };
    const { data, info } = await sharp(rounded.data, { raw: rounded })
      .affine([across.x, down.x, across.y, down.y], {
        background: { r: 0, g: 0, b: 0, alpha: 0 },
        interpolator: 'bicubic',
      })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { left, top, width: info.width, height: info.height, channels: 4, data };
  }
  const size = {
    width: Math.ceil(Math.max(...corners.map(({ x }) => x))) - left,
    height: Math.ceil(Math.max(...corners.map(({ y }) => y))) - top,
  };
  const there = corners.map(({ x, y }) => ({ x: x - left, y: y - top })) as unknown as Corners;
  const warped = await tools.warp?.(rounded, there, size);
  return warped ? { ...warped, left, top } : flat;
}

/** Where the corners of a slot come to lie on the page, clockwise from top left. */
export function cornersOf(slot: Omit<TemplateSlot, 'shot'>): Corners {
  const { x, y, width, height, rotation = 0, corners } = slot;
  if (corners) return corners;
  const middle = { x: x + width / 2, y: y + height / 2 };
  const angle = (rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = (right: number, down: number) => ({
    x: middle.x + (right * cos - down * sin) / 2,
    y: middle.y + (right * sin + down * cos) / 2,
  });
  return [turned(-width, -height), turned(width, -height), turned(width, height), turned(-width, height)];
}
