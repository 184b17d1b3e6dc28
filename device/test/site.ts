import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type CouchAddress, openCouch } from '@photomaton/couch';
import { startEmbedded } from '@photomaton/couch/embedded';
import { openProvisioner } from '@photomaton/couch/setup';
import { boothDatabase, eventDatabase, type SettingsDoc } from '@photomaton/design-docs/docs';
import { openBoothSettings } from '../booth-settings.ts';
import { type BoothDb, openBoothDb } from '../sync/booth-db.ts';
import { hex24, quiet, type TestContext, tempFolder } from './context.ts';

/** The booth's own database, in a booth's data folder. */
export const openBoothDbIn = (dir: string, binding = 'the same') =>
  openBoothDb({
    ...{ folder: join(dir, 'booth-db'), binding, asideDir: join(dir, 'set-aside') },
    ...{ now: () => new Date(), log: quiet },
  });

/** The settings that a booth with this database goes by. */
export const openSettingsIn = (dir: string, boothDb: Pick<BoothDb, 'settings'>, binding = 'the same') =>
  openBoothSettings({
    ...{ file: join(dir, 'settings.json'), binding, boothDb, now: () => new Date(), log: quiet },
  });

/** A server with nothing on it yet: the embedded one, or the CouchDB at COUCH_URL (credentials in it). */
export async function startServer(t: TestContext): Promise<CouchAddress> {
  if (process.env.COUCH_URL) {
    const { origin, username, password } = new URL(process.env.COUCH_URL);
    return { url: origin, username, password };
  }
  const admin = { username: 'admin', password: 'secret' };
  const server = await startEmbedded({ dir: await tempFolder(t), port: 0, admin, log: quiet });
  t.after(() => server.stop());
  return { url: server.url, ...admin };
}

/** A booth and its event on a server, as pairing leaves them. */
export async function makeSite(t: TestContext, admin: CouchAddress, booth = hex24()) {
  const site = { booth, event: hex24(), key: randomBytes(32).toString('base64url') };
  const couch = openCouch(admin);
  const provisioner = openProvisioner(admin);
  if (!process.env.COUCH_URL) await provisioner.setUp({ portalPassword: 'portal' });
  await provisioner.createEventDatabase(site.event);
  await provisioner.setEventBooths(site.event, [site.booth]);
  await provisioner.createBoothDatabase(site.booth);
  await provisioner.putDeviceKey(site.booth, site.key);
  await couch.put(boothDatabase(site.booth), settingsOf(site.event));
  if (process.env.COUCH_URL) {
    t.after(async () => {
      await provisioner.removeDeviceKey(site.booth);
      for (const db of [eventDatabase(site.event), boothDatabase(site.booth)])
        await deleteDatabase(admin, db);
    });
  }
  return { ...site, admin, couch, provisioner };
}
export type Site = Awaited<ReturnType<typeof makeSite>>;

export const settingsOf = (event: string): SettingsDoc => ({
  ...{
    _id: 'settings',
    type: 'settings',
    event: { id: event, title: 'Test' },
    language: 'en',
    countdownS: 3,
  },
});

export async function deleteDatabase({ url, username, password }: CouchAddress, db: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(`${url}/${db}`, { method: 'DELETE', headers: { authorization } });
  await answer.arrayBuffer();
}
