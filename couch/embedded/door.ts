import { Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { Door } from '../couch.ts';
import { type Answer, parseQuery, type Request } from './http.ts';
import { errorAnswer, type Respond } from './server.ts';

/**
 * The way in for the server's own process. A photo over a connection to oneself is written, read and put together again
 * on one thread, which takes longer than to read it from the disk; here its bytes are handed over as they are.
 */
export function createDoor({
  respond,
  stopped,
  log,
}: {
  respond: Respond;
  stopped: AbortSignal;
  log: Logger;
}): Door {
  return async ({ path, headers, signal = stopped }) => {
    // A store must not be opened again by somebody who is late.
    if (stopped.aborted) throw new Error('the embedded server has stopped');
    let answer: Answer;
    try {
      answer = await respond({ method: 'GET', path, query: parseQuery(''), headers, signal, ...NO_BODY });
    } catch (error) {
      answer = errorAnswer(error, log);
    }
    const { status, headers: named = {}, body = [] } = answer;
    const lowerCase = Object.entries(named).map(([name, value]) => [name.toLowerCase(), value]);
    return { status, headers: Object.fromEntries(lowerCase), body: Readable.from(body) };
  };
}

const NO_BODY: Pick<Request, 'json' | 'bytes' | 'stream'> = {
  json: async () => ({}),
  bytes: async () => Buffer.alloc(0),
  stream: async function* () {},
};
