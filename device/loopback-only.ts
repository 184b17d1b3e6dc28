import type { RequestHandler } from 'express';

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Lets only the booth's own screen through: a connection from this machine, to a name of this machine, from
 * a page of this server. The last two keep a page of the internet, open in a browser of this machine, from
 * reaching it under a name that its owner points here (DNS rebinding). Others get 403.
 */
export const loopbackOnly: RequestHandler = (req, res, next) => {
  const host = req.headers.host ?? '';
  const { origin } = req.headers;
  const isLocal =
    LOOPBACK_ADDRESS.test(req.socket.remoteAddress ?? '') &&
    LOOPBACK_HOST.test(host) &&
    (origin === undefined || origin === `http://${host}`);
  if (isLocal) next();
  else res.status(403).json({ error: 'not-local', reason: 'only the booth itself may ask for this' });
};
