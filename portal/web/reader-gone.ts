import type { Response } from 'express';

/** Aborted when the answer is over or its reader has gone, so that what is made for it ends too. */
export function readerGone(res: Response): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  return gone.signal;
}
