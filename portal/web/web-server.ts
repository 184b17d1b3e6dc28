import { createServer, type RequestListener, type Server } from 'node:http';
import type { RequestHandler } from 'express';

/** Cookies, an address with a filter, a booth's key: a few hundred bytes. */
const MOST_HEADER_BYTES = 16_384;

/** Deadlines of a request, so that nobody holds connections by sending a byte now and then. */
const DEADLINES = {
  headersMs: 20_000,
  /** A photo over a venue's thin uplink takes minutes; see also {@link formDeadline}. */
  requestMs: 15 * 60_000,
  /** How often they are looked at. */
  everyMs: 5_000,
};

/** Longer than a proxy in front keeps a connection (60 s): else the one closes it while the other sends a form. */
const KEEP_ALIVE_MS = 75_000;

/** The HTTP server of the portal, not listening yet. */
export function createWebServer(handle: RequestListener, deadlines = DEADLINES): Server {
  const options = {
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: deadlines.headersMs,
    requestTimeout: deadlines.requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: deadlines.everyMs,
  };
  return createServer(options, handle);
}

/** A logo over a phone's uplink; a form is there at once. */
const FORM_DEADLINE_MS = 2 * 60_000;

/** For all but the booths' own path: a body that is not there in time ends its connection. */
export function formDeadline(ms = FORM_DEADLINE_MS): RequestHandler {
  return (req, res, next) => {
    if (req.complete) return next();
    const late = setTimeout(() => {
      if (!req.complete) req.socket.destroy();
    }, ms);
    res.once('close', () => clearTimeout(late));
    next();
  };
}
