import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { tooMany } from '../web/http-errors.ts';
import { readerGone } from '../web/reader-gone.ts';
import { asFileName } from './zip.ts';

const RETRY_S = 60;

interface Zip {
  /** Whose zips are counted together. */
  who: string;
  title: string;
  make(signal: AbortSignal): Readable | Promise<Readable>;
}

/** Sends zips, of which everybody may have so many at once on this node; one more is told when to come back. */
export function createZipSender({ most }: { most: number }) {
  const underWay = new Map<string, number>();
  return async (req: Request, res: Response, { who, title, make }: Zip): Promise<void> => {
    const others = underWay.get(who) ?? 0;
    if (others >= most) tooMany(RETRY_S);
    underWay.set(who, others + 1);
    const signal = readerGone(res);
    try {
      res.attachment(asFileName(title));
      res.set('Cache-Control', 'private, no-store');
      if (req.method === 'HEAD') return void res.end();
      await pipeline(await make(signal), res);
    } catch (error) {
      // The reader left: nobody to tell.
      if (!signal.aborted) throw error;
    } finally {
      const left = (underWay.get(who) ?? 1) - 1;
      if (left === 0) underWay.delete(who);
      else underWay.set(who, left);
    }
  };
}
