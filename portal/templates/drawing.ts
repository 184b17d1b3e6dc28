import { shotsOf } from '@photomaton/design-docs/template';
import type { ImageWorker, Occasion, TemplateWithImages } from '@photomaton/device/image';
import type { Response } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { createTurns } from './turns.ts';

export interface Drawn extends TemplateWithImages {
  occasion: Occasion;
  /** Asked for when it is their turn. */
  shots(count: number): Promise<Buffer[]>;
  /** The thumbnail of it. */
  isSmall?: boolean;
}

/** Answers with a layout as the booth makes it, byte for byte; one at a time for an account. */
export type Drawing = (res: Response, job: Drawn) => Promise<void>;

export function createDrawing({ images }: { images: Pick<ImageWorker, 'render' | 'previews'> }): Drawing {
  const inTurn = createTurns();

  async function draw({ template, images: pictures, occasion, shots, isSmall }: Drawn): Promise<Buffer> {
    const taken = await shots(shotsOf(template));
    const whole = await images.render({ template, images: pictures, occasion, dpi: 300 }, taken);
    if (whole.kind === 'failed') throw new Error(`a layout cannot be drawn: ${whole.reason}`);
    if (!isSmall) return whole.jpeg;
    const small = await images.previews(whole.jpeg);
    if (small.kind === 'failed') throw new Error(`a layout cannot be made small: ${small.reason}`);
    return small.thumbnail;
  }

  return async (res, job) => {
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    const jpeg = await inTurn(customerOf(res).id, gone.signal, () => draw(job));
    if (jpeg) res.type('jpeg').send(jpeg);
  };
}
