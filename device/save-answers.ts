import type { ErrorRequestHandler, Response } from 'express';
import type { Rejection } from './store/save.ts';

/** Why a picture was not taken: for programs (`error`) and for whoever reads a log (`reason`). */
const REJECTIONS: Record<Rejection, { status: number; reason: string }> = {
  empty: { status: 400, reason: 'the body is empty' },
  'not-jpeg': { status: 415, reason: 'the body is not a JPEG' },
  truncated: { status: 422, reason: 'the JPEG ends before its picture does' },
  'too-large': { status: 413, reason: 'the photo is over the size limit' },
};

export function reject(res: Response, error: Rejection): void {
  const { status, reason } = REJECTIONS[error];
  res.status(status).json({ error, reason });
}

/** With 507. */
export const FULL = { error: 'full', reason: 'the disk is below its reserve' } as const;

/** What the body parser found; nothing was stored. Its error types: https://github.com/expressjs/body-parser#errors */
export const bodyErrors: ErrorRequestHandler = (error: { type?: string }, _req, res, next) => {
  switch (error.type) {
    case 'entity.too.large':
      return reject(res, 'too-large');
    case 'encoding.unsupported':
      return reject(res, 'not-jpeg');
    case 'request.aborted':
    case 'request.size.invalid':
      return reject(res, 'truncated');
    default:
      return next(error);
  }
};
