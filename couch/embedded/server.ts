import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import type { Auth } from './auth.ts';
import { type BodyReader, createBodyReader } from './bodies.ts';
import { type Answer, badRequest, HttpError, json, parseQuery } from './http.ts';
import { LIMITS } from './limits.ts';
import type { AuthenticatedRequest } from './server-routes.ts';

/** Asks who a request is from and lets the routes answer. Throws an {@link HttpError} for a refusal. */
export type Respond = (request: Omit<AuthenticatedRequest, 'user' | 'authenticatedBy'>) => Promise<Answer>;

export function createResponder({
  auth,
  route,
}: {
  auth: Auth;
  route(request: AuthenticatedRequest): Promise<Answer>;
}): Respond {
  return async (request) => {
    const { user, by } = await auth.authenticate(request.headers);
    return route({ ...request, user, authenticatedBy: by });
  };
}

/** The HTTP server: reads a request, lets it be answered, and sends that, whatever happens. */
export function createHttpServer({ respond, log }: { respond: Respond; log: Logger }): Server {
  const bodies = createBodyReader();
  const server = createServer({ maxHeaderSize: LIMITS.headerBytes }, (message, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    handle(message, response, gone.signal).catch((error) => {
      // The answer had begun, or the client is gone: nothing can be said any more.
      if (!gone.signal.aborted) log.warn({ err: error, url: message.url }, 'answer broke off');
      response.destroy();
    });
  });
  server.headersTimeout = LIMITS.headersTimeoutMs;
  server.requestTimeout = LIMITS.bodyTimeoutMs;
  server.setTimeout(LIMITS.socketIdleMs);

  async function handle(
    message: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    let answer: Answer;
    try {
      const { pathname, search } = splitUrl(message.url ?? '/');
      answer = await respond({
        method: message.method ?? 'GET',
        path: decodePath(pathname),
        query: parseQuery(search),
        headers: message.headers,
        signal,
        ...bodyOf(bodies, message),
      });
    } catch (error) {
      answer = errorAnswer(error, log);
    }
    const isRead = hasNoBody(message) || (await bodies.discard(message));
    await send(message, response, isRead ? answer : closing(answer));
  }
  return server;
}

function bodyOf(bodies: BodyReader, message: IncomingMessage) {
  return {
    json: ({ typed = false, limit = LIMITS.requestBytes } = {}) => bodies.json(message, { typed, limit }),
    bytes: (limit: number) => bodies.bytes(message, limit),
    stream: (limit: number) => bodies.stream(message, limit),
  };
}

function splitUrl(url: string): { pathname: string; search: string } {
  const at = url.indexOf('?');
  return at < 0 ? { pathname: url, search: '' } : { pathname: url.slice(0, at), search: url.slice(at + 1) };
}

function decodePath(pathname: string): string[] {
  try {
    const segments = pathname.split('/').map(decodeURIComponent);
    if (segments.at(-1) === '') segments.pop();
    return segments.slice(1);
  } catch {
    throw badRequest('invalid_url_encoding');
  }
}

/** What is said of whatever was thrown; what is no refusal is logged, and its words stay here. */
export function errorAnswer(error: unknown, log: Logger): Answer {
  if (error instanceof HttpError) {
    return json({ error: error.error, reason: error.message }, error.status, error.headers);
  }
  log.error({ err: error }, 'request failed');
  return json({ error: 'internal_server_error', reason: 'The server could not do this.' }, 500);
}

/** A body that nobody read would be taken for the next request. */
const closing = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, Connection: 'close' },
});

async function send(message: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  if (response.destroyed) return;
  const { status, headers = {}, body } = answer;
  response.writeHead(status, {
    Server: 'Photomaton',
    ...(body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
      ? { 'Content-Length': String(body === undefined ? 0 : Buffer.byteLength(body)) }
      : {}),
    ...headers,
  });
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body) || message.method === 'HEAD') {
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : undefined);
    return;
  }
  response.flushHeaders(); // a feed may be silent for long
  await pipeline(Readable.from(body), response);
}

const hasNoBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
