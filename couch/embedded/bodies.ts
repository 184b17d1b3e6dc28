import type { IncomingMessage } from 'node:http';
import { badRequest, HttpError, parseJson } from './http.ts';
import { LIMITS } from './limits.ts';

/** Reads request bodies within limits: size, pauses, whole time, and memory over all connections. */
export interface BodyReader {
  stream(message: IncomingMessage, limit: number): AsyncGenerator<Buffer>;
  bytes(message: IncomingMessage, limit: number): Promise<Buffer>;
  json(message: IncomingMessage, options: { typed: boolean; limit: number }): Promise<unknown>;
  /**
   * Reads away what a refused request still sends, so that the client hears the refusal instead of a broken
   * connection. False when that is too much: then the connection must be closed.
   */
  discard(message: IncomingMessage): Promise<boolean>;
}

export function createBodyReader(): BodyReader {
  let buffered = 0;

  async function* stream(message: IncomingMessage, limit: number): AsyncGenerator<Buffer> {
    refuseAtOnce(message, limit);
    const watchdog = endWhenStalled(message);
    let own = 0;
    try {
      // Not destroyed when we stop early: the refusal still has to reach the client.
      const chunks: AsyncIterable<Buffer> = message.iterator({ destroyOnReturn: false });
      for await (const chunk of chunks) {
        watchdog.progress();
        own += chunk.length;
        buffered += chunk.length;
        if (own > limit) throw tooLarge(limit);
        if (buffered > LIMITS.bufferedBytes) {
          throw new HttpError(503, 'busy', 'Too many uploads at once, try again.', { 'Retry-After': '5' });
        }
        yield chunk;
      }
    } catch (cause) {
      if (cause instanceof HttpError) throw cause;
      throw new HttpError(400, 'bad_request', 'The request body broke off.', { Connection: 'close' });
    } finally {
      buffered -= own;
      watchdog.stop();
    }
  }

  async function bytes(message: IncomingMessage, limit: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream(message, limit)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  return {
    stream,
    bytes,
    discard,
    async json(message, { typed, limit }) {
      if (typed && !/^application\/json\b/i.test(message.headers['content-type'] ?? '')) {
        throw new HttpError(415, 'bad_content_type', 'Content-Type must be application/json');
      }
      return parseJson(decode(await bytes(message, limit)));
    },
  };
}

async function discard(message: IncomingMessage): Promise<boolean> {
  if (message.readableEnded || message.destroyed) return message.readableEnded;
  if (Number(message.headers['content-length'] ?? 0) > LIMITS.discardBytes) return false;
  let size = 0;
  const deadline = setTimeout(() => message.destroy(), LIMITS.discardMs);
  try {
    const chunks: AsyncIterable<Buffer> = message.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > LIMITS.discardBytes) return false;
    }
    return true;
  } catch {
    return false; // it broke off: nobody is there to hear the refusal
  } finally {
    clearTimeout(deadline);
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest('invalid UTF-8 JSON');
  }
}

function refuseAtOnce(message: IncomingMessage, limit: number): void {
  const encoding = message.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HttpError(415, 'bad_ctype', 'Compressed request bodies are not supported.');
  }
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

const tooLarge = (limit: number): HttpError =>
  new HttpError(413, 'too_large', `The request entity is too large (more than ${limit} bytes).`, {
    Connection: 'close',
  });

/** Ends a body that pauses too long or takes too long in all; its reader then throws. */
function endWhenStalled(message: IncomingMessage): { progress(): void; stop(): void } {
  const end = (): void => {
    message.destroy(new Error('request body stalled'));
  };
  const whole = setTimeout(end, LIMITS.bodyTimeoutMs);
  const pause = setTimeout(end, LIMITS.bodyPauseMs);
  return {
    progress: () => pause.refresh(),
    stop() {
      clearTimeout(whole);
      clearTimeout(pause);
    },
  };
}
