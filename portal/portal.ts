import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CouchAddress, openCouch } from '@photomaton/couch';
import { createImageWorker } from '@photomaton/device/image';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { openAccounts } from './accounts/accounts.ts';
import { keepAccountsSwept } from './accounts/closing.ts';
import { openPasswords } from './accounts/passwords.ts';
import { keepSessionsSwept } from './accounts/session-store.ts';
import { createApp } from './app.ts';
import { openAudit } from './audit/audit.ts';
import type { PortalConfig } from './config.ts';
import { openCouchServer, setUpCouch } from './couch-server.ts';
import { keepFleetSwept } from './events/sweep.ts';
import { createAccess } from './fleet/access.ts';
import { keepAlarmsTold } from './fleet/alarm-watch.ts';
import { createBoard } from './fleet/board.ts';
import { keepChoicesFollowed } from './fleet/chosen-event.ts';
import { keepRolloutsSettled } from './fleet/rollout-work.ts';
import { keepRotationsSettled, ROTATION_KEY } from './fleet/rotate-key.ts';
import { keepBinsSwept } from './gallery/bin.ts';
import { openCatalogue } from './i18n.ts';
import { openKnownDocs } from './known-docs.ts';
import { keepOneLeader } from './leader.ts';
import { createLive } from './live.ts';
import { openPost } from './mail.ts';
import { createPairing } from './pairing/pairing.ts';
import { openSecrets } from './secrets.ts';
import { keepUnwantedFollowed } from './share/follow-unwanted.ts';
import { unwantedArrivals } from './share/unwanted.ts';
import { createSyncProxy } from './sync/proxy.ts';
import { clientAddress } from './web/client-address.ts';
import { originCheck } from './web/origin.ts';
import { createWebServer } from './web/web-server.ts';

/** How long requests in flight may take to end when the portal stops. */
const DRAIN_MS = 2_000;

/** A running portal. */
export interface Portal {
  url: string;
  port: number;
  /** The web app, which can list its routes. */
  app: Express;
  /** The administrator's address of its CouchDB. */
  admin: CouchAddress;
  isEmbedded: boolean;
  /** The portal's own account there. */
  couchAddress: CouchAddress;
  /** Takes no new requests, ends the ones in flight, then the embedded server. */
  stop(): Promise<void>;
}

/** Builds the portal's parts, sets the databases up, and listens. What was begun is ended when it fails. */
export async function startPortal({ config, log }: { config: PortalConfig; log: Logger }): Promise<Portal> {
  const ended = new AbortController();
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    ended.abort();
    const failures: unknown[] = [];
    // All are stopped, even when one fails.
    for (const end of stops.splice(0).reverse()) await end().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'parts of the portal did not stop');
  };

  try {
    // The port comes first: it is the likeliest to be refused, and a URL may be made from it.
    let handle: RequestListener = (_req, res) => res.writeHead(503, { 'Retry-After': '1' }).end();
    const server = createWebServer((req, res) => handle(req, res));
    const port = await listen(server, config);
    stops.push(() => drain(server));
    const portalUrl = config.url ?? `http://localhost:${port}`;

    const secrets = await openSecrets({ dataDir: config.dataDir, secret: config.secret });
    const couchServer = await openCouchServer({ config, log: log.child({ part: 'couch' }) });
    // Before all the others in the list, so stopped after them: requests in flight still need it.
    stops.unshift(() => couchServer.stop());

    const { admin, isEmbedded } = couchServer;
    const { provisioner, couchAddress } = await setUpCouch({ admin, secrets });
    const known = openKnownDocs({
      couch: openCouch(couchAddress),
      couchAddress,
      log: log.child({ part: 'known' }),
    });
    stops.push(() => known.stop());
    await known.start();
    const { couch } = known;
    const now = () => new Date();
    const audit = openAudit({ couch, now });
    const pairing = createPairing({
      couch,
      couchAddress,
      provisioner,
      secrets,
      audit,
      portalUrl,
      syncUrl: config.syncUrl ?? `${portalUrl}/couch`,
      now,
    });
    const syncProxy = createSyncProxy({
      ...{ couchUrl: admin.url, log: log.child({ part: 'sync' }) },
      arrivals: unwantedArrivals({ couch, audit, now }),
    });
    stops.push(() => syncProxy.stop());
    const passwords = await openPasswords();
    const accounts = openAccounts({ couch, known, passwords, now });
    const access = createAccess({ couch });
    const catalogue = await openCatalogue();
    const post = openPost({ mail: config.mail, portalUrl, catalogue, log: log.child({ part: 'mail' }) });
    stops.push(() => post.stop());
    const board = createBoard({ couch, couchAddress, admin, now, log: log.child({ part: 'fleet' }) });
    stops.push(() => board.stop());
    await board.start();
    const rotationKey = secrets.deriveKey(ROTATION_KEY);
    const images = createImageWorker({ log: log.child({ part: 'images' }) });
    stops.push(() => images.stop());
    const { app, login, newsroom } = createApp({
      portalUrl,
      trustProxy: config.trustProxy,
      isEmbedded,
      couch,
      known,
      provisioner,
      secrets,
      accounts,
      passwords,
      catalogue,
      audit,
      post,
      pairing: pairing.routes,
      access,
      board,
      rotationKey,
      images,
      syncProxy: syncProxy.handler,
      now,
      log,
    });
    handle = app;
    const boothIo = pairing.createBoothIo({
      server,
      addressOf: clientAddress(app),
      log: log.child({ part: 'pairing' }),
    });
    stops.push(() => boothIo.stop());
    await boothIo.start();
    const live = createLive({
      server,
      couch,
      known,
      admin,
      accounts,
      access,
      login,
      newsroom,
      isOurs: originCheck(portalUrl),
      log: log.child({ part: 'live' }),
    });
    stops.push(() => live.stop());
    await live.start();
    const leading = keepOneLeader({
      ...{ couch, isAlone: isEmbedded, signal: ended.signal, log: log.child({ part: 'leader' }) },
      lead: (signal) =>
        Promise.all([
          ...[keepSessionsSwept, keepBinsSwept].map((keepSwept) => keepSwept({ couch, log, signal })),
          ...[keepFleetSwept, keepAccountsSwept].map((keepSwept) =>
            keepSwept({ ...{ couch, provisioner, audit, now, signal }, log: log.child({ part: 'events' }) }),
          ),
          keepRotationsSettled({
            ...{ couch, provisioner, audit, rotationKey, now, signal },
            log: log.child({ part: 'fleet' }),
          }),
          keepRolloutsSettled({
            ...{ couch, provisioner, board, audit, now, signal },
            log: log.child({ part: 'fleet' }),
          }),
          keepChoicesFollowed({
            ...{ couch, provisioner, board, audit, signal },
            log: log.child({ part: 'fleet' }),
          }),
          keepUnwantedFollowed({
            ...{ couch, board, audit, now, signal },
            log: log.child({ part: 'share' }),
          }),
          keepAlarmsTold({
            ...{ couch, board, post, catalogue, alarms: config.alarms, portalUrl, now, signal },
            log: log.child({ part: 'alarms' }),
          }),
        ]),
    });
    stops.push(() => leading);
    return { url: portalUrl, port, app, admin, isEmbedded, couchAddress, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(server: Server, { port, host }: { port: number; host: string }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(late);
}
