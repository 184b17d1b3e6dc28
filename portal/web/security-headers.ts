import { randomBytes } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';

/**
 * Nothing is allowed but what is named here; scripts and style elements by nonce, so an injected one does
 * not run. Links between pages keep their addresses to this origin (share links are secrets).
 */
export function securityHeaders(o: { portalUrl: string }): RequestHandler[] {
  const { protocol, host } = new URL(o.portalUrl);
  const isTls = protocol === 'https:';
  // helmet types its answer as Node's; under Express it is Express's.
  const nonce = (_req: unknown, res: unknown): string => `'nonce-${(res as Response).locals.nonce}'`;
  return [
    (_req, res, next) => {
      res.locals.nonce = randomBytes(16).toString('base64url');
      next();
    },
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': ["'none'"],
          'script-src': [nonce],
          'style-src': ["'self'", nonce],
          'img-src': ["'self'", 'data:'],
          'media-src': ["'self'"],
          'font-src': ["'self'"],
          'manifest-src': ["'self'"],
          // Named besides 'self', because older Safari does not count WebSockets as the same origin.
          'connect-src': ["'self'", `${isTls ? 'wss' : 'ws'}://${host}`],
          'form-action': ["'self'"],
          'frame-ancestors': ["'none'"],
          'base-uri': ["'none'"],
          ...(isTls ? { 'upgrade-insecure-requests': [] } : {}),
        },
      },
      strictTransportSecurity: isTls ? { maxAge: 365 * 24 * 3600 } : false,
      referrerPolicy: { policy: 'same-origin' },
      xFrameOptions: { action: 'deny' },
    }),
  ];
}
