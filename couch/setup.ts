import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { boothDesign, type DesignDoc, eventDesign, systemDesign } from '@photomaton/design-docs/assemble';
import {
  type BoothId,
  boothDatabase,
  boothUser,
  type EventId,
  eventDatabase,
  isBoothId,
  isEventId,
  PORTAL_ROLE,
  SYSTEM_DATABASES,
} from '@photomaton/design-docs/docs';
import { openCouch } from './client.ts';
import type { CouchAddress } from './couch.ts';
import { CouchError } from './errors.ts';
import { isCouchError, openRequests } from './request.ts';
import { bringDesign } from './upgrade.ts';
import { boothUserDoc, isKeyOf, type UserDoc, userId } from './users.ts';

/** What needs the admin right: databases, their security and rules, users. All of it can be done twice. */
export interface Provisioner {
  /**
   * Makes the server ready: databases, security, the service account `portal`, design documents; in an
   * installation that is older than this code, upgrades those of every event and booth too. Throws a
   * CouchError that says so when the server is no CouchDB 3 or does not know us as administrator.
   */
  setUp(o: { portalPassword: string }): Promise<void>;
  createEventDatabase(event: EventId): Promise<void>;
  /** Exactly these booths may add to the event from now on. */
  setEventBooths(event: EventId, booths: BoothId[]): Promise<void>;
  dropEventDatabase(event: EventId): Promise<void>;
  createBoothDatabase(booth: BoothId): Promise<void>;
  dropBoothDatabase(booth: BoothId): Promise<void>;
  /** The key that the booth logs in with; any older one is dead. */
  putDeviceKey(booth: BoothId, key: string): Promise<void>;
  /** Recognises the key of now, and tells nothing of it; undefined when there is none. */
  deviceKeyMark(booth: BoothId): Promise<string | undefined>;
  /** Puts another key in place of the one of that mark, and of no other; is it the key now? */
  replaceDeviceKey(booth: BoothId, o: { mark: string; key: string }): Promise<boolean>;
  removeDeviceKey(booth: BoothId): Promise<void>;
}

interface Security {
  admins: { names: string[]; roles: string[] };
  members: { names: string[]; roles: string[] };
}

/** Between tries of a password that was just set. */
const PAUSES_MS = [20, 200, 2000];

/** Which design documents all events and booths of this installation have: a hash, in `fleet`. */
const DESIGN_MARK = '_local/design';

/** Opens the one door to the admin right. Nothing is sent before the first call. */
export function openProvisioner(admin: CouchAddress): Provisioner {
  const couch = openCouch(admin);
  const request = openRequests(admin);

  async function ensureDatabase(db: string, shards?: number): Promise<void> {
    if (await couch.info(db)) return;
    // 412: another made it meanwhile.
    await request({ method: 'PUT', db, query: { q: shards } }).catch((error: unknown) => {
      if (!(error instanceof CouchError) || error.status !== 412) throw error;
    });
  }

  async function drop(db: string): Promise<void> {
    await request({ method: 'DELETE', db }).catch((error: unknown) => {
      if (!isCouchError(error, 'NOT_FOUND')) throw error;
    });
  }

  /** Roles and names that may read and, as far as the validators let them, write. */
  async function ensureMembers(db: string, names: (found: string[]) => string[]): Promise<void> {
    const found = await request<Partial<Security>>({ db, path: '_security' });
    const wanted: Security = {
      admins: { names: [], roles: ['_admin'] },
      members: { names: names(found.members?.names ?? []), roles: [PORTAL_ROLE] },
    };
    if (isDeepStrictEqual(found, wanted)) return;
    await request({ method: 'PUT', db, path: '_security', body: wanted });
  }

  /** Rules first, members last: nobody is let in before the validators stand. */
  async function ensure(
    db: string,
    design: DesignDoc[],
    names: (found: string[]) => string[],
  ): Promise<void> {
    await bringDesign({ couch, request }, db, design);
    await ensureMembers(db, names);
  }

  async function ensurePortalUser(password: string): Promise<void> {
    const name = PORTAL_ROLE;
    const logIn = () => openCouch({ url: admin.url, username: name, password }).server();
    try {
      await logIn();
      return;
    } catch (error) {
      // FORBIDDEN: five wrong ones locked the account out for a while; the new password opens it.
      if (!isCouchError(error, 'UNAUTHORIZED', 'FORBIDDEN')) throw error;
    }
    const _id = userId(name);
    await couch.update<UserDoc>('_users', _id, () => ({ _id, type: 'user', name, roles: [name], password }));
    // CouchDB goes by the password before for a moment. Few tries: see above.
    for (const pauseMs of PAUSES_MS) {
      await sleep(pauseMs);
      const isLetIn = await logIn().then(
        () => true,
        (error: unknown) => {
          if (!isCouchError(error, 'UNAUTHORIZED', 'FORBIDDEN')) throw error;
        },
      );
      if (isLetIn) return;
    }
    throw new CouchError('UNAUTHORIZED', `${admin.url} does not take the new password of ${name}`);
  }

  /** CouchDB's own databases, which a single node does not make by itself. */
  async function ensureServerDatabases(): Promise<void> {
    await ensureDatabase('_users');
    await ensureDatabase('_replicator');
    try {
      await request({ path: '_db_updates', query: { limit: 1 } });
    } catch (error) {
      if (!isCouchError(error, 'NOT_FOUND')) throw error;
      await ensureDatabase('_global_changes');
    }
  }

  /** Brings the rules of every event and booth up to date, once for each change of them. */
  async function upgradeAll(): Promise<void> {
    const kinds = [
      { prefix: eventDatabase(''), isId: isEventId, design: eventDesign() },
      { prefix: boothDatabase(''), isId: isBoothId, design: boothDesign() },
    ];
    const hash = createHash('sha256').update(JSON.stringify(kinds)).digest('hex');
    const mark = await couch.get<{ hash: string }>('fleet', DESIGN_MARK);
    if (mark?.hash === hash) return;
    // Names only: less than a megabyte for 10,000 booths.
    const databases = await request<string[]>({ path: '_all_dbs' });
    for (const { prefix, isId, design } of kinds) {
      // What only looks like one of ours is somebody else's: left alone.
      const own = databases.filter((db) => db.startsWith(prefix) && isId(db.slice(prefix.length)));
      for (const db of own) await bringDesign({ couch, request }, db, design);
    }
    await couch.update<{ _id: string; hash: string }>('fleet', DESIGN_MARK, () => ({
      _id: DESIGN_MARK,
      hash,
    }));
  }

  return {
    async setUp({ portalPassword }) {
      const { version } = await couch.server();
      if (!(Number.parseInt(version, 10) >= 3)) {
        throw new CouchError('REFUSED', `${admin.url} is CouchDB ${version}; 3 or newer is needed`);
      }
      const { userCtx } = await request<{ userCtx: { roles: string[] } }>({ path: '_session' });
      if (!userCtx.roles.includes('_admin')) {
        throw new CouchError('FORBIDDEN', `${admin.username} is no administrator of ${admin.url}`);
      }
      await ensureServerDatabases();
      const designs = systemDesign();
      for (const db of SYSTEM_DATABASES) {
        await ensureDatabase(db);
        await ensure(db, designs[db], () => []);
      }
      await upgradeAll();
      await ensurePortalUser(portalPassword);
    },

    async createEventDatabase(event) {
      const db = nameOf(event, isEventId, eventDatabase);
      await ensureDatabase(db, 1);
      await ensure(db, eventDesign(), (found) => found);
    },

    async setEventBooths(event, booths) {
      const names = booths.map((booth) => nameOf(booth, isBoothId, boothUser));
      await ensureMembers(nameOf(event, isEventId, eventDatabase), () => names);
    },

    dropEventDatabase: async (event) => drop(nameOf(event, isEventId, eventDatabase)),
    dropBoothDatabase: async (booth) => drop(nameOf(booth, isBoothId, boothDatabase)),

    async createBoothDatabase(booth) {
      const db = nameOf(booth, isBoothId, boothDatabase);
      await ensureDatabase(db, 1);
      await ensure(db, boothDesign(), () => [boothUser(booth)]);
    },

    async putDeviceKey(booth, key) {
      const user = await boothUserDoc(nameOf(booth, isBoothId, String), key);
      const found = await couch.get<UserDoc>('_users', user._id);
      if (found && (await isKeyOf(found, key))) return;
      await couch.update<UserDoc>('_users', user._id, () => user);
    },

    async deviceKeyMark(booth) {
      return (await couch.get<UserDoc>('_users', userId(nameOf(booth, isBoothId, boothUser))))?.salt;
    },

    async replaceDeviceKey(booth, { mark, key }) {
      const user = await boothUserDoc(nameOf(booth, isBoothId, String), key);
      const now = await couch.update<UserDoc>('_users', user._id, (found) =>
        found?.salt === mark ? user : undefined,
      );
      return now !== undefined && (await isKeyOf(now, key));
    },

    async removeDeviceKey(booth) {
      const found = await couch.get('_users', userId(nameOf(booth, isBoothId, boothUser)));
      if (found) await couch.remove('_users', found._id, found._rev);
    },
  };
}

/** The name made of an id, once it is sure that it is one: ids become parts of URLs with the admin right. */
function nameOf(id: string, isId: (id: unknown) => boolean, name: (id: string) => string): string {
  if (!isId(id)) throw new RangeError('not the id of a booth or an event');
  return name(id);
}
