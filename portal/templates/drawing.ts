import { createHash, randomBytes } from 'node:crypto';
import type { Couch } from '@photomaton/couch';
import type { EventDoc } from '@photomaton/design-docs/docs';
import { shotsOf } from '@photomaton/design-docs/template';
import type { ImageWorker, Occasion, RenderJob, TemplateWithImages } from '@photomaton/device/image';
import type { Response } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { digestIn, readPicture } from '../events/event-pictures.ts';
import { occasionOf, recentShots, shotsFor } from './look.ts';
import { createTurns } from './turns.ts';

/**
 * Answers with a layout as the booth makes it, byte for byte: with the title, day, colour, backdrop and newest shots of
 * the event; without one, with the customer's name and samples. `isSmall`: the thumbnail of it. One at a time for an account.
 */
export type Drawing = (
  res: Response,
  template: TemplateWithImages,
  of: { event: EventDoc | undefined; isSmall: boolean },
) => Promise<void>;

export function createDrawing(o: {
  couch: Couch;
  images: Pick<ImageWorker, 'render' | 'previews'>;
  now(): Date;
}): Drawing {
  const { images, now } = o;
  const inTurn = createTurns();
  /** An updated portal may draw otherwise: what a browser has kept is then asked for again. */
  const start = randomBytes(8).toString('hex');

  async function draw(job: Omit<RenderJob, 'dpi'>, shots: Buffer[], isSmall: boolean): Promise<Buffer> {
    const whole = await images.render({ ...job, dpi: 300 }, shots);
    if (whole.kind === 'failed') throw new Error(`a layout cannot be drawn: ${whole.reason}`);
    if (!isSmall) return whole.jpeg;
    const small = await images.previews(whole.jpeg);
    if (small.kind === 'failed') throw new Error(`a layout cannot be made small: ${small.reason}`);
    return small.thumbnail;
  }

  return async (res, template, { event, isSmall }) => {
    const { id, name, language } = customerOf(res);
    const occasion: Occasion = event ? occasionOf(event, now()) : { title: name, language, date: now() };
    const count = shotsOf(template.template);
    const ids = event ? (await recentShots(o, event)).slice(0, count) : [];
    const shown = { ...occasion, date: event?.days?.from ?? occasion.date.toDateString() };
    const hangs = event && digestIn(event, 'backdrop');
    const made = JSON.stringify([start, template.template, shown, ids, hangs, isSmall]);
    res.set('ETag', `"${createHash('sha256').update(made).digest('base64url')}"`);
    if (res.req.fresh) return void res.status(304).end();

    const gone = new AbortController();
    res.once('close', () => gone.abort());
    const jpeg = await inTurn(id, gone.signal, async () => {
      const backdrop = event && hangs && (await readPicture(o, event, 'backdrop'));
      const job = { ...template, occasion, ...(backdrop && { backdrop }) };
      return await draw(job, await shotsFor(o, event, { ids, count }), isSmall);
    });
    if (jpeg) res.type('jpeg').send(jpeg);
  };
}
