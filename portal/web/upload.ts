import express, { type RequestHandler } from 'express';

/** A file that came with a form: its name is nobody's business. */
export interface Upload {
  bytes: Buffer;
}

const LARGEST = '8mb';

/**
 * Reads forms with files into `req.body`, and the files into `req.files`. Only for who is logged in: nobody else gives
 * us bytes to keep in memory.
 */
export function uploads(): RequestHandler[] {
  const type = 'multipart/form-data';
  const raw = express.raw({ type, limit: LARGEST });
  return [
    (req, res, next) => (res.locals.account ? raw(req, res, next) : next()),
    async (req, _res, next) => {
      if (!Buffer.isBuffer(req.body)) return next();
      const headers = { 'content-type': req.headers['content-type'] ?? '' };
      const form = await new Response(new Uint8Array(req.body), { headers })
        .formData()
        .catch(() => undefined);
      req.body = {};
      req.files = {};
      for (const [name, value] of form ?? []) {
        if (typeof value === 'string') req.body[name] = value;
        else req.files[name] = { bytes: Buffer.from(await value.arrayBuffer()) };
      }
      next();
    },
  ];
}
