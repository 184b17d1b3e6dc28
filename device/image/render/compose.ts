import type { TemplateOverlay } from '@photomaton/design-docs/template';
import sharp from 'sharp';
import { createCanvas, draw, type Pixels, type Placing } from './canvas.ts';
import { colourOf } from './colours.ts';
import { type RenderJob, type SlotPicture, scaleOf } from './job.ts';
import { openImage } from './open-image.ts';
import { asPrint } from './print-header.ts';
import { renderSlot } from './slot.ts';
import { drawText } from './text.ts';
import { TOOLS, type Tools } from './tools.ts';
import { wordsOf } from './words.ts';

export interface FinishedPicture {
  /** sRGB with its profile, without EXIF; its density makes it as large on paper as the template says. */
  jpeg: Buffer;
  width: number;
  height: number;
}

const QUALITY = 92;
/** Slots of one picture: more would leave the daemon’s files no thread to be written by, and their pixels are large. */
const AT_ONCE = 2;

/** The whole way from shots to the finished picture. */
export async function render(
  job: RenderJob,
  shots: readonly Uint8Array[],
  tools: Tools = TOOLS,
): Promise<FinishedPicture> {
  const { slots } = job.template;
  const start = async (slot: number) => {
    const jpeg = shots[slots[slot]?.shot ?? 0];
    if (!jpeg) throw new Error(`the shot of slot ${slot} is missing`);
    return renderSlot(job, slot, jpeg, tools);
  };
  const ahead: Promise<SlotPicture>[] = [];
  let next = 0;
  return layOut(job, (slot) => {
    for (; next < slots.length && next < slot + AT_ONCE; next += 1) {
      const started = start(next);
      started.catch(() => undefined); // whoever waits for it is told, if it comes to that
      ahead.push(started);
    }
    return ahead.shift() as Promise<SlotPicture>;
  });
}

/** Puts the page together of slots that are ready. */
export async function compose(job: RenderJob, slots: readonly SlotPicture[]): Promise<FinishedPicture> {
  return layOut(job, (slot) => {
    const picture = slots.find((ready) => ready.slot === slot);
    if (!picture) throw new Error(`slot ${slot} is missing`);
    return picture;
  });
}

/** Back to front; each slot is asked for when it is drawn, in order, and not kept. */
async function layOut(
  job: RenderJob,
  pictureOf: (slot: number) => SlotPicture | Promise<SlotPicture>,
): Promise<FinishedPicture> {
  const page = await openPage(job);
  for (const slot of job.template.slots.keys()) {
    const picture = await pictureOf(slot);
    draw(page, picture, picture);
  }
  for await (const { picture, ...placing } of layersAbove(job, page)) draw(page, picture, placing);
  const { width, height } = page;
  return { jpeg: await asPrint(await encode(page), job.dpi), width, height };
}

/** The page with its background: what lies under the slots. */
export async function openPage(job: RenderJob): Promise<Pixels> {
  const { template, images, occasion } = job;
  const scale = scaleOf(job);
  const [width, height] = [template.size.width * scale, template.size.height * scale];
  const page = createCanvas(width, height, colourOf(template.background.colour, occasion.accent));
  const { image } = template.background;
  if (image !== undefined) {
    const { data, info } = await openImage(images.get(image), image)
      .resize(width, height)
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    draw(page, { width: info.width, height: info.height, channels: 4, data }, { left: 0, top: 0 });
  }
  return page;
}

export interface Layer extends Placing {
  picture: Pixels;
}

/** What lies over the slots, from back to front: overlays, then texts. */
export async function* layersAbove(job: RenderJob, page: Pixels): AsyncGenerator<Layer> {
  const { template, occasion } = job;
  for (const overlay of template.overlays) {
    yield { ...(await renderOverlay(job, overlay, page)), opacity: overlay.opacity ?? 1 };
  }
  for (const text of template.texts) {
    const colour = colourOf(text.colour, occasion.accent);
    const drawn = await drawText(text, wordsOf(text.text, occasion), { colour, scale: scaleOf(job), page });
    if (drawn) yield drawn;
  }
}

export function encode({ data, width, height }: Pixels): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

/** The part of an overlay that is on the page. */
async function renderOverlay(
  job: RenderJob,
  { image, tint, ...overlay }: TemplateOverlay,
  page: { width: number; height: number },
): Promise<Layer> {
  const scale = scaleOf(job);
  const [x, y] = [overlay.x * scale, overlay.y * scale];
  const [wide, high] = [overlay.width * scale, overlay.height * scale];
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const width = Math.min(page.width, x + wide) - left;
  const height = Math.min(page.height, y + high) - top;
  const data = await openImage(job.images.get(image), image)
    .resize(wide, high, { fit: 'fill' })
    .extract({ left: left - x, top: top - y, width, height })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer();
  if (tint !== undefined) {
    const colour = colourOf(tint, job.occasion.accent);
    for (let at = 0; at < data.length; at += 4) data.set(colour, at);
  }
  return { picture: { width, height, channels: 4, data }, left, top };
}
