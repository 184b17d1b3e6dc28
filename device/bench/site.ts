/** Where photos go in a bench: a server, a booth's databases on it as pairing leaves them, and a folder. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type CouchAddress, openCouch } from '@photomaton/couch';
import { openProvisioner } from '@photomaton/couch/setup';
import { type BoothId, boothDatabase, eventDatabase, type SettingsDoc } from '@photomaton/design-docs/docs';

export interface Site {
  /** Temporary, on the disk of the system's temporary folder. */
  dir: string;
  admin: CouchAddress;
  booth: BoothId;
  key: string;
  /** Name of the event's database, with its validators. */
  event: string;
  /** Makes a database without validators and gives its name. */
  plainDatabase(): Promise<string>;
  /** A request as administrator. Throws when it is refused. */
  request(method: string, path: string, json?: object): Promise<Response>;
}

export const hex24 = (): string => randomBytes(12).toString('hex');

/** Runs the work at a site of its own; nothing of it is left afterwards. */
export async function atSite(work: (site: Site) => Promise<void>, booth: BoothId = hex24()): Promise<void> {
  await inFolder(async (dir) => {
    const server = await startServer(dir);
    try {
      await withDatabases({ dir, admin: server.admin, booth }, work);
    } finally {
      await server.stop();
    }
  });
}

/** Runs the work with a temporary folder. */
export async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-bench-'));
  try {
    await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** CouchDB at COUCH_URL (credentials in it), else the embedded server in a process of its own. */
async function startServer(dir: string): Promise<{ admin: CouchAddress; stop(): Promise<unknown> }> {
  if (process.env.COUCH_URL) {
    const { origin, username, password } = new URL(process.env.COUCH_URL);
    return { admin: { url: origin, username, password }, stop: async () => undefined };
  }
  const folder = join(dir, 'server');
  await mkdir(folder);
  const script = fileURLToPath(new URL('server.ts', import.meta.url));
  const child = fork(script, [folder], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  if (!child.stdout) throw new Error('the server has no output');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const admin = JSON.parse(line) as CouchAddress;
  return {
    admin,
    stop() {
      child.disconnect();
      return exited;
    },
  };
}

async function withDatabases(
  { dir, admin, booth }: { dir: string; admin: CouchAddress; booth: BoothId },
  work: (site: Site) => Promise<void>,
): Promise<void> {
  const provisioner = openProvisioner(admin);
  const key = randomBytes(32).toString('base64url');
  const event = hex24();
  const databases = [eventDatabase(event), boothDatabase(booth)];
  const request: Site['request'] = async (method, path, json) => {
    const answer = await fetch(`${admin.url}/${path}`, {
      method,
      headers: { authorization: authorization(admin), 'content-type': 'application/json' },
      ...(json && { body: JSON.stringify(json) }),
    });
    if (!answer.ok) throw new Error(`${method} /${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  try {
    await ensureUsers(request);
    await provisioner.createEventDatabase(event);
    await provisioner.setEventBooths(event, [booth]);
    await provisioner.createBoothDatabase(booth);
    await provisioner.putDeviceKey(booth, key);
    await openCouch(admin).put(boothDatabase(booth), settingsOf(event));
    await work({
      ...{ dir, admin, booth, key, event: eventDatabase(event), request },
      async plainDatabase() {
        const name = `bench-${hex24()}`;
        await request('PUT', `${name}?q=1`); // as an event has
        databases.push(name);
        return name;
      },
    });
  } finally {
    // Of what was not made, there is nothing to remove.
    for (const name of databases) await request('DELETE', name).catch(() => undefined);
    await provisioner.removeDeviceKey(booth).catch(() => undefined);
  }
}

export const authorization = ({ username, password }: CouchAddress): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** A fresh server has no database of users yet. */
async function ensureUsers(request: Site['request']): Promise<void> {
  await request('HEAD', '_users').catch(() => request('PUT', '_users'));
}

const settingsOf = (event: string): SettingsDoc => ({
  ...{ _id: 'settings', type: 'settings', language: 'en', countdownS: 3 },
  event: { id: event, title: 'Bench' },
});
