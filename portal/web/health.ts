import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Couch, CouchError } from '@photomaton/couch';
import type { RequestHandler } from 'express';

/** Shorter than the deadline of a request: who asks for health wants an answer now. */
const DEADLINE_MS = 3000;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** `GET /healthz`: 200 while CouchDB answers, else 503 with the reason. Names no address and no secret. */
export function healthz(o: { couch: Couch; isEmbedded: boolean }): RequestHandler {
  return async (_req, res) => {
    res.set('Cache-Control', 'no-store');
    try {
      const timer = new AbortController();
      const server = await Promise.race([
        o.couch.server(),
        sleep(DEADLINE_MS, undefined, { signal: timer.signal, ref: false }).then(() => {
          throw new CouchError('TIMEOUT', `no answer within ${DEADLINE_MS} ms`);
        }),
      ]).finally(() => timer.abort());
      res.json({ status: 'ok', version, couch: { ...server, embedded: o.isEmbedded } });
    } catch (error) {
      if (!(error instanceof CouchError)) throw error;
      res.status(503).json({ status: 'unavailable', version, reason: `CouchDB: ${error.code}` });
    }
  };
}
