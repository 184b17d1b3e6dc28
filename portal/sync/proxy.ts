import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EventId, PhotoKey } from '@photomaton/design-docs/docs';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { Agent, type Dispatcher } from 'undici';
import { createSyncCredentials, parseAuthorization, type SyncUser } from './credentials.ts';
import { decideSync, previewIn } from './rules.ts';
import { readKeys, startExchange, TooLargeError } from './stream.ts';

/** Nothing moves in either direction for this long: the exchange ends. Above CouchDB's longest poll, 60 s. */
const IDLE_MS = 90_000;
/** A large photo over a thin uplink takes minutes; nothing takes longer than this. */
const DEADLINE_MS = 15 * 60_000;
const CHECK_DEADLINE_MS = 10_000;
const RETRY_AFTER_S = 30;

const PASSED_UP = ['content-type', 'content-length', 'accept', 'if-match'] as const;
const PASSED_DOWN = ['content-type', 'content-length', 'etag'] as const;

/** CouchDB tells a database that is not yours from one that is not there; the portal does not. */
const NO_SUCH_DATABASE = { error: 'not_found', reason: 'Database does not exist.' };
const HIDDEN_REASONS = new Set([NO_SUCH_DATABASE.reason, 'You are not allowed to access this db.']);

type Decided = Extract<ReturnType<typeof decideSync>, { kind: 'forward' }>;

/** Hears of the small pictures of a photo, which make it visible: before they are let in, and when they are. */
export interface Arrivals {
  before(event: EventId, key: PhotoKey): Promise<void>;
  after(event: EventId, key: PhotoKey): Promise<void>;
}

/**
 * `/couch` on the portal's origin: booths replicate with CouchDB through it, streaming both ways.
 * To be mounted before sessions: it knows no cookies. {@link decideSync} says what may pass.
 */
export function createSyncProxy({
  couchUrl,
  arrivals,
  log,
  idleMs = IDLE_MS,
}: {
  couchUrl: string;
  arrivals: Arrivals;
  log: Logger;
  idleMs?: number;
}): { handler: RequestHandler; stop(): Promise<void> } {
  // Idleness is watched here, over both directions, so undici's own limits (one direction each) are off.
  const agent = new Agent({
    connections: 256,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 5_000 },
  });
  const credentials = createSyncCredentials({ check });

  /** Asks CouchDB whether name and key are true. The address makes its own lock-out count by client. */
  async function check(authorization: string, address: string): Promise<'good' | 'bad' | 'locked'> {
    const { statusCode, body } = await agent.request({
      ...target('/_session'),
      method: 'GET',
      headers: { authorization, 'x-forwarded-for': address },
      signal: AbortSignal.timeout(CHECK_DEADLINE_MS),
    });
    await body.dump();
    if (statusCode === 200) return 'good';
    if (statusCode === 401) return 'bad';
    if (statusCode === 403) return 'locked';
    throw new Error(`CouchDB answered ${statusCode} to a login`);
  }

  function target(path: string): { origin: string; path: string } {
    const { origin, pathname } = new URL(couchUrl);
    return { origin, path: `${pathname.replace(/\/$/, '')}${path}` };
  }

  async function forward(req: Request, res: Response, user: SyncUser, decision: Decided): Promise<void> {
    const exchange = startExchange({ req, res, idleMs, deadlineMs: DEADLINE_MS });
    const preview = previewIn(req.method, decision.path, user.booth);
    try {
      if (preview) await arrivals.before(preview.event, preview.key);
      const headers: Record<string, string> = {
        authorization: user.authorization,
        'x-forwarded-for': req.ip ?? '',
      };
      for (const name of PASSED_UP) {
        const value = req.headers[name];
        if (value !== undefined) headers[name] = value;
      }
      let body: Readable | string | null = null;
      if (decision.keysOnly) {
        body = await readKeys(exchange.upload(decision.maxBodyBytes));
        headers['content-length'] = String(Buffer.byteLength(body));
      } else if (hasBody(req)) body = Readable.from(exchange.upload(decision.maxBodyBytes));
      const answer = await agent.request({
        ...target(decision.path),
        method: req.method as Dispatcher.HttpMethod,
        headers,
        body,
        // A CouchDB that refuses an upload before it has read all of it takes what comes next on the connection for the rest.
        reset: body instanceof Readable,
        signal: exchange.signal,
      });
      // What fails of it is done later; the booth has only to know that they are in.
      if (preview && answer.statusCode === 201) {
        await arrivals
          .after(preview.event, preview.key)
          .catch((err: unknown) => log.warn({ err, booth: user.booth }, 'arrival of a photo not followed'));
      }
      await answerFrom(answer, res, exchange, user);
    } catch (error) {
      failed(error, res, exchange.signal);
    } finally {
      exchange.end();
    }
  }

  async function answerFrom(
    answer: Dispatcher.ResponseData,
    res: Response,
    exchange: ReturnType<typeof startExchange>,
    user: SyncUser,
  ): Promise<void> {
    if (answer.statusCode === 401) credentials.forget(user);
    res.status(answer.statusCode);
    for (const name of PASSED_DOWN) {
      const value = answer.headers[name];
      if (typeof value === 'string') res.setHeader(name, value);
    }
    if (answer.statusCode === 403 || answer.statusCode === 404) {
      const text = await answer.body.text();
      // A HEAD brings no reason; it only asks for the database itself.
      if (res.req.method === 'HEAD' || hidesDatabase(text)) return void noSuchDatabase(res);
      return void res.end(text);
    }
    await pipeline(exchange.watched(answer.body), res, { signal: exchange.signal });
  }

  function failed(error: unknown, res: Response, signal: AbortSignal): void {
    if (res.destroyed) return; // the booth has gone
    if (res.headersSent) return void res.destroy();
    if (!res.req.complete) res.set('Connection', 'close'); // the rest of the body is not wanted
    if (error instanceof TooLargeError) {
      return void refuse(res, 413, 'too_large', error.message);
    }
    if (error instanceof SyntaxError) return void refuse(res, 400, 'bad_request', error.message);
    log.warn({ err: error, idle: signal.aborted }, 'CouchDB did not answer a booth');
    unavailable(res);
  }

  async function handle(req: Request, res: Response): Promise<void> {
    res.set('Cache-Control', 'no-store');
    const user = parseAuthorization(req.headers.authorization);
    if (!user) return unauthorized(res);
    const proof = await credentials.prove(user, req.ip ?? '').catch((error: unknown) => {
      log.warn({ err: error }, 'CouchDB did not answer a login');
    });
    if (!proof) return unavailable(res);
    if (proof.kind === 'bad') return unauthorized(res);
    if (proof.kind === 'throttled') {
      res.set('Retry-After', String(proof.retryAfterS));
      return refuse(res, 429, 'too_many_requests', 'too many wrong keys from here; wait and try again');
    }
    const decision = decideSync({ method: req.method, url: req.url, booth: user.booth });
    if (decision.kind === 'no-such-database') return noSuchDatabase(res);
    if (decision.kind === 'forbidden') {
      log.info({ booth: user.booth, method: req.method, reason: decision.reason }, 'sync request refused');
      return refuse(res, 403, 'forbidden', decision.reason);
    }
    if (req.headers['content-encoding'] !== undefined) {
      return refuse(res, 415, 'bad_content_type', 'bodies are taken as they are, not compressed');
    }
    if (
      Number(req.headers['content-length'] ?? 0) > decision.maxBodyBytes ||
      (decision.maxBodyBytes === 0 && hasBody(req))
    ) {
      return refuse(res, 413, 'too_large', `at most ${decision.maxBodyBytes} bytes are taken here`);
    }
    await forward(req, res, user, decision);
  }

  return {
    handler: (req: Request, res: Response, next: NextFunction) => {
      handle(req, res).catch(next);
    },
    /** Ends what still runs; booths come again. */
    stop: () => agent.destroy(),
  };
}

const hasBody = (req: Request): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

function hidesDatabase(text: string): boolean {
  try {
    return HIDDEN_REASONS.has((JSON.parse(text) as { reason?: string }).reason ?? '');
  } catch {
    return false; // not CouchDB's own words: passed on as they are
  }
}

function refuse(res: Response, status: number, error: string, reason: string): void {
  res.status(status).json({ error, reason });
}

function noSuchDatabase(res: Response): void {
  res.removeHeader('Content-Length');
  res.status(404).json(NO_SUCH_DATABASE);
}

function unauthorized(res: Response): void {
  res.set('WWW-Authenticate', 'Basic realm="booths"');
  refuse(res, 401, 'unauthorized', 'Name or password is incorrect.');
}

function unavailable(res: Response): void {
  res.set('Retry-After', String(RETRY_AFTER_S));
  refuse(res, 503, 'service_unavailable', 'the database cannot be reached just now; try again later');
}
