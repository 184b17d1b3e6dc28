import type { TemplateSlot } from '@photomaton/design-docs/template';
import sharp from 'sharp';
import { createCanvas, draw, type Pixels } from './canvas.ts';
import { colourOf } from './colours.ts';
import { cropOf } from './crop.ts';
import { type Corners, type RenderJob, type SlotPicture, scaleOf } from './job.ts';
import { openPhoto } from './open-image.ts';
import { TOOLS, type Tools } from './tools.ts';

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
  const filtered = filter(cropped, job, tools);
  const rounded = place.radius ? await round(filtered, place.radius * scale) : filtered;
  return { slot, ...(await turn(rounded, place, scale, tools)) };
}

/** The shot upright, in sRGB, cut to the slot's shape and size; EXIF and GPS stay behind with the file. */
async function cutOut(
  jpeg: Uint8Array,
  place: TemplateSlot,
  scale: number,
  faces: NonNullable<Parameters<typeof cropOf>[0]['faces']>,
): Promise<Pixels> {
  const photo = (await openPhoto(jpeg).metadata()).autoOrient;
  const slot = { width: place.width * scale, height: place.height * scale };
  const crop = cropOf({ photo, slot, faces });
  const enlarged = slot.width / crop.width;
  const width = Math.max(1, Math.round(photo.width * enlarged));
  const height = Math.max(1, Math.round(photo.height * enlarged));
  const shot = openPhoto(jpeg).autoOrient().resize(width, height, { fit: 'fill' }).toColourspace('srgb');

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

function filter(picture: Pixels, job: RenderJob, tools: Tools): Pixels {
  const name = job.filter ?? job.template.filter ?? 'none';
  if (name === 'none' || !tools.filter) return picture;
  const rgba = withAlpha(picture);
  tools.filter(new Uint8ClampedArray(rgba.data.buffer, rgba.data.byteOffset, rgba.data.length), name);
  return rgba;
}

async function round(picture: Pixels, radius: number): Promise<Pixels> {
  const { width, height } = picture;
  const corners = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" rx="${radius}"/></svg>`,
  );
  const data = await sharp(picture.data, { raw: picture })
    .composite([{ input: corners, blend: 'dest-in' }])
    .raw()
    .toBuffer();
  return { width, height, channels: 4, data };
}

/** Turned, slanted or in perspective, with where it then lies on the page. */
async function turn(
  picture: Pixels,
  place: TemplateSlot,
  scale: number,
  tools: Tools,
): Promise<Pixels & { left: number; top: number }> {
  const flat = { ...picture, left: place.x * scale, top: place.y * scale };
  const corners = cornersOf(place).map(({ x, y }) => ({ x: x * scale, y: y * scale })) as unknown as Corners;
  if (!place.corners && !place.rotation) return flat;

  const left = Math.floor(Math.min(...corners.map(({ x }) => x)));
  const top = Math.floor(Math.min(...corners.map(({ y }) => y)));
  const [a, b, c, d] = corners;
  const isParallelogram = Math.hypot(a.x + c.x - b.x - d.x, a.y + c.y - b.y - d.y) < 1;
  if (isParallelogram) {
    const across = { x: (b.x - a.x) / picture.width, y: (b.y - a.y) / picture.width };
    const down = { x: (d.x - a.x) / picture.height, y: (d.y - a.y) / picture.height };
    const { data, info } = await sharp(withAlpha(picture).data, { raw: { ...picture, channels: 4 } })
      .affine([across.x, down.x, across.y, down.y], {
        background: { r: 0, g: 0, b: 0, alpha: 0 },
        interpolator: 'bicubic',
      })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { left, top, width: info.width, height: info.height, channels: 4, data };
  }
  if (!tools.warp) return flat;
  const size = {
    width: Math.ceil(Math.max(...corners.map(({ x }) => x))) - left,
    height: Math.ceil(Math.max(...corners.map(({ y }) => y))) - top,
  };
  const there = corners.map(({ x, y }) => ({ x: x - left, y: y - top })) as unknown as Corners;
  return { ...(await tools.warp(withAlpha(picture), there, size)), left, top };
}

/** Where the corners of a slot come to lie on the page, clockwise from top left. */
function cornersOf({ x, y, width, height, rotation = 0, corners }: TemplateSlot): Corners {
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

function withAlpha({ width, height, channels, data }: Pixels): Pixels {
  if (channels === 4) return { width, height, channels, data };
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let s = 0, t = 0; s < data.length; s += 3, t += 4) {
    rgba[t] = data[s] as number;
    rgba[t + 1] = data[s + 1] as number;
    rgba[t + 2] = data[s + 2] as number;
  }
  return { width, height, channels: 4, data: rgba };
}
