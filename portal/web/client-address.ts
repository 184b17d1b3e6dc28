import type { IncomingMessage } from 'node:http';
import type { Express } from 'express';

/**
 * The address a connection comes from, by the app's "trust proxy" rule: what `req.ip` is for requests that
 * do not pass through Express (Socket.io's handshakes).
 */
export function clientAddress(app: Express): (request: IncomingMessage) => string {
  const isTrusted = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  return (request) => {
    const forwarded = String(request.headers['x-forwarded-for'] ?? '');
    const hops = [
      request.socket.remoteAddress ?? '',
      ...forwarded
        .split(',')
        .reverse()
        .map((part) => part.trim()),
    ].filter((address, hop) => hop === 0 || address !== '');
    return hops.find((address, hop) => !isTrusted(address, hop)) ?? hops.at(-1) ?? '';
  };
}
