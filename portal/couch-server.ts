import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type CouchAddress, openCouch } from '@photomaton/couch';
import { readIfThere, readOrCreate, writeDurably } from '@photomaton/couch/durable-file';
import { openProvisioner } from '@photomaton/couch/setup';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { PortalConfig } from './config.ts';
import type { Secrets } from './secrets.ts';

/** The CouchDB that the portal works with: one of its own, or the embedded server in this process. */
export interface CouchServer {
  admin: CouchAddress;
  isEmbedded: boolean;
  stop(): Promise<void>;
}

const addressSchema = z.object({ url: z.string(), username: z.string(), password: z.string() });

/** Where the embedded server's address and administrator's password are kept (0600), for `npm run admin`. */
const addressFile = (dataDir: string): string => join(dataDir, 'couch-admin.json');

/** Connects to the configured server, or starts the embedded one. Throws a CouchError when it does not let us in. */
export async function openCouchServer(o: {
  config: Pick<PortalConfig, 'couch' | 'dataDir'>;
  log: Logger;
}): Promise<CouchServer> {
  const { config, log } = o;
  if (config.couch.kind === 'server') {
    const { admin } = config.couch;
    await openCouch(admin).server();
    return { admin, isEmbedded: false, stop: async () => {} };
  }
  const kept = await keptAddress(config.dataDir, config.couch.port);
  // Loaded only when it is used: it brings a database engine with it.
  const { startEmbedded } = await import('@photomaton/couch/embedded');
  const server = await startEmbedded({
    dir: join(config.dataDir, 'couch'),
    port: config.couch.port,
    admin: { username: kept.username, password: kept.password },
    log,
  });
  const address = { ...kept, url: server.url };
  await writeDurably(addressFile(config.dataDir), JSON.stringify(address));
  const admin = { ...address, door: server.door };
  return { admin, isEmbedded: true, stop: () => server.stop() };
}

/** Databases, rules and the portal's own account, whose password follows from the portal's secret. */
export async function setUpCouch(o: { admin: CouchAddress; secrets: Secrets }) {
  const provisioner = openProvisioner(o.admin);
  const password = o.secrets.deriveKey('couch account of the portal').toString('base64url');
  await provisioner.setUp({ portalPassword: password });
  return { provisioner, couchAddress: { ...o.admin, username: 'portal', password } };
}

/** The administrator's address of an embedded server that another process runs on this folder, if any does. */
export async function runningCouchServer(dataDir: string): Promise<CouchAddress | undefined> {
  const text = await readIfThere(addressFile(dataDir));
  if (text === undefined) return undefined;
  const admin = addressSchema.parse(JSON.parse(text));
  try {
    await openCouch(admin).server();
    return admin;
  } catch {
    // Nobody answers there, or somebody else does: the server of this folder is not running.
    return undefined;
  }
}

async function keptAddress(dataDir: string, port: number): Promise<CouchAddress> {
  const text = await readOrCreate(addressFile(dataDir), () =>
    JSON.stringify({
      url: `http://127.0.0.1:${port}`,
      username: 'admin',
      password: randomBytes(32).toString('base64url'),
    }),
  );
  return addressSchema.parse(JSON.parse(text));
}
