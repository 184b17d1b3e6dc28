import { draw, type Pixels } from './canvas.ts';
import { encode, type Layer, layersAbove, openPage } from './compose.ts';
import type { RenderJob } from './job.ts';
import { renderSlot } from './slot.ts';

/** Frames that are drawn at the same time: each is a few megabytes, and waits for other threads than this one. */
const AT_ONCE = 4;

/** For a screen, whatever the paper gets. */
const DPI = 300;

/**
 * Each frame of a film as a picture of its template, with filter and backdrop: JPEG, in their order. What lies under
 * and over the slots is drawn once for all.
 */
export async function renderFilm(
  paperJob: Omit<RenderJob, 'dpi'>,
  frames: readonly Uint8Array[],
): Promise<Buffer[]> {
  const job: RenderJob = { ...paperJob, dpi: DPI };
  const empty = await openPage(job);
  const above: Layer[] = [];
  for await (const layer of layersAbove(job, empty)) above.push(layer);

  async function onPage(frame: Uint8Array): Promise<Buffer> {
    const page: Pixels = { ...empty, data: empty.data.slice() };
    for (const slot of job.template.slots.keys()) {
      const picture = await renderSlot(job, slot, frame);
      draw(page, picture, picture);
    }
    for (const { picture, ...placing } of above) draw(page, picture, placing);
    return encode(page);
  }

  const pages: Buffer[] = [];
  for (let i = 0; i < frames.length; i += AT_ONCE) {
    pages.push(...(await Promise.all(frames.slice(i, i + AT_ONCE).map(onPage))));
  }
  return pages;
}
