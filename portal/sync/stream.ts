import { text } from 'node:stream/consumers';
import type { Request, Response } from 'express';

/** The body was larger than its rule allows. */
export class TooLargeError extends Error {
  readonly code = 'TOO_LARGE';
}

/**
 * One request and its answer as they stream through the portal. Its signal ends both sides when the booth
 * goes away, when nothing moves for `idleMs` in either direction, or after `deadlineMs` in any case.
 */
export function startExchange({
  req,
  res,
  idleMs,
  deadlineMs,
}: {
  req: Request;
  res: Response;
  idleMs: number;
  deadlineMs: number;
}) {
  const ended = new AbortController();
  const idle = setTimeout(() => ended.abort(new Error(`nothing moved for ${idleMs} ms`)), idleMs);
  const deadline = setTimeout(() => ended.abort(new Error(`not done after ${deadlineMs} ms`)), deadlineMs);
  const gone = () => ended.abort(new Error('the booth went away'));
  res.once('close', gone);

  async function* metered(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new TooLargeError(`at most ${maxBytes} bytes are taken here`);
      idle.refresh();
      yield chunk;
      idle.refresh();
    }
  }

  return {
    signal: ended.signal,
    /** What the booth sends; throws a {@link TooLargeError} when it is more than `maxBytes`. */
    upload: (maxBytes: number) => metered(req.iterator({ destroyOnReturn: false }), maxBytes),
    /** What CouchDB sends, counted as movement. */
    watched: (body: AsyncIterable<Buffer>) => metered(body, Number.POSITIVE_INFINITY),
    end(): void {
      clearTimeout(idle);
      clearTimeout(deadline);
      res.off('close', gone);
    },
  };
}

/** Reads `{"keys": […]}` and writes it again with nothing else in it. Throws a SyntaxError. */
export async function readKeys(body: AsyncIterable<Buffer>): Promise<string> {
  const parsed = JSON.parse(await text(body)) as { keys?: unknown } | null;
  const keys = parsed?.keys;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw new SyntaxError('the body has to be {"keys": [...]}, a list of document ids');
  }
  return JSON.stringify({ keys });
}
