import type { IncomingMessage, Server } from 'node:http';
import type { Couch, CouchAddress } from '@photomaton/couch';
import type { Provisioner } from '@photomaton/couch/setup';
import { boothUser } from '@photomaton/design-docs/docs';
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Audit } from '../audit/audit.ts';
import type { Secrets } from '../secrets.ts';
import { type BoothIo, createBoothIo } from './booth-io.ts';
import { pairingKeys } from './pairing-keys.ts';
import { openPairingRequests } from './requests.ts';
import { pairingRoutes } from './routes.ts';
import { setUpBooth } from './set-up-booth.ts';

export interface Pairing {
  /** The customer's pages. */
  routes: Router;
  /** The booths' socket, on the portal's own HTTP server. */
  createBoothIo(o: {
    server: Server;
    /** The address a connection comes from, as the portal's proxies tell it. */
    addressOf(request: IncomingMessage): string;
    log: Logger;
  }): BoothIo;
}

/** The portal's side of pairing; between its two ends there is only `paillasson`. */
export function createPairing(o: {
  couch: Couch;
  couchAddress: CouchAddress;
  provisioner: Provisioner;
  secrets: Secrets;
  audit: Audit;
  /** The portal's public origin, and where booths replicate to. */
  portalUrl: string;
  syncUrl: string;
  now(): Date;
}): Pairing {
  const { couch, couchAddress, secrets, now } = o;
  const keys = pairingKeys(secrets.deriveKey('pairing'));
  const requests = openPairingRequests({ couch, keys, now });
  return {
    routes: pairingRoutes({ requests, audit: o.audit, now }),
    createBoothIo: ({ server, addressOf, log }) =>
      createBoothIo({
        server,
        addressOf,
        log,
        couch,
        couchAddress,
        requests,
        now,
        setUp: (request) => setUpBooth({ ...o, keys }, request),
        encryptSecret: secrets.encryptSecret,
        audit: (action, { booth, claimedBy }) =>
          o.audit(action, { actor: boothUser(booth), subject: claimedBy?.account ?? booth }),
      }),
  };
}
