import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import { createFeed, type Feed } from './feed.ts';
import { HttpError, notFound, type UserContext } from './http.ts';
import type { Incoming } from './incoming.ts';
import { LIMITS } from './limits.ts';
import type { Pool } from './pool.ts';
import { ADMIN_ONLY, type Security } from './security.ts';
import { createStorage, type Storage } from './storage.ts';
import { loadValidators, type Validator } from './validators.ts';

/** What a system database does besides storing. */
export interface Rules {
  /** Before a write: changes the document, or throws. */
  prepare(doc: Incoming, user: UserContext): Promise<void>;
  validate: Validator;
  /** After a write. */
  stored(id: string): void;
}

/** A database: its documents, its rules, and one writer at a time. */
export interface Database {
  readonly name: string;
  readonly instance: string;
  readonly createdAt: number;
  readonly security: Security;
  readonly storage: Storage;
  /** Ends when the database is deleted or the server stops. */
  readonly ended: AbortSignal;
  setSecurity(security: Security): Promise<void>;
  /** Runs one write after the other: what a write checked still holds when it stores. */
  write<T>(work: () => Promise<T>): Promise<T>;
  validators(): Promise<Validator[]>;
  /** To be called after a write; `designChanged` makes the validators be read anew. */
  announce(designChanged: boolean): void;
  /** Counts writes; `after(count)` resolves when there was one more. */
  readonly changes: Feed;
  readonly rules?: Rules;
}

export interface Databases {
  names(): string[];
  /** Throws 404 when there is none of this name. */
  get(name: string): Database;
  create(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export type DatabaseEvent = 'created' | 'updated' | 'deleted';

const NAME = /^[a-z][a-z0-9_$()+/-]*$/;
const SYSTEM_NAMES = ['_users', '_replicator', '_global_changes'];

export function createDatabases({
  catalogue,
  pool,
  rules,
  onEvent,
}: {
  catalogue: Catalogue;
  pool: Pool;
  rules: Record<string, Rules>;
  onEvent(name: string, type: DatabaseEvent): void;
}): Databases {
  const open = new Map<string, { database: Database; end: AbortController }>();
  const creating = new Map<string, Promise<unknown>>();

  function opened(entry: CatalogueEntry) {
    let found = open.get(entry.name);
    if (!found) {
      const end = new AbortController();
      const database = createDatabase({
        catalogue,
        entry,
        storage: createStorage(pool, entry.folder),
        ended: end.signal,
        rules: rules[entry.name],
        onUpdate: () => onEvent(entry.name, 'updated'),
      });
      found = { database, end };
      open.set(entry.name, found);
    }
    return found;
  }

  function existing(name: string) {
    const entry = catalogue.entries.get(name);
    if (!entry) throw notFound('Database does not exist.');
    return { entry, ...opened(entry) };
  }

  return {
    names: () => [...catalogue.entries.keys()].sort(),
    get: (name) => existing(name).database,
    async create(name) {
      if (!SYSTEM_NAMES.includes(name) && !(NAME.test(name) && name.length <= LIMITS.databaseNameLength)) {
        throw new HttpError(
          400,
          'illegal_database_name',
          `Name: '${name}'. Only lowercase characters (a-z), digits (0-9), and any of the characters _, $, (, ), +, -, and / are allowed. Must begin with a letter.`,
        );
      }
      // Who is told that it exists may use it at once.
      while (creating.has(name)) await creating.get(name)?.catch(() => {});
      if (catalogue.entries.has(name)) {
        const reason = 'The database could not be created, the file already exists.';
        throw new HttpError(412, 'file_exists', reason);
      }
      const added = catalogue.add(name, ADMIN_ONLY);
      creating.set(name, added);
      try {
        await added;
      } finally {
        creating.delete(name);
      }
      onEvent(name, 'created');
    },
    async remove(name) {
      const { entry, end, database } = existing(name);
      // After the writes that came before: none of them may be answered and then not be refused.
      await database.write(async () => {
        if (catalogue.entries.get(name) === entry) await catalogue.remove(entry);
      });
      open.delete(name);
      end.abort();
      onEvent(name, 'deleted');
      await pool.destroy(entry.folder);
    },
    async close() {
      for (const { end } of open.values()) end.abort();
      await pool.close();
    },
  };
}

function createDatabase({
  catalogue,
  entry,
  storage,
  ended,
  rules,
  onUpdate,
}: {
  catalogue: Catalogue;
  entry: CatalogueEntry;
  storage: Storage;
  ended: AbortSignal;
  rules: Rules | undefined;
  onUpdate(): void;
}): Database {
  const changes = createFeed();
  let lastWrite: Promise<unknown> = Promise.resolve();
  let validators: Promise<Validator[]> | undefined;
  function write<T>(work: () => Promise<T>): Promise<T> {
    const result = lastWrite.then(() => {
      if (ended.aborted) throw notFound('Database does not exist.');
      return work();
    });
    lastWrite = result.catch(() => {}); // its own caller hears of it
    return result;
  }
  return {
    name: entry.name,
    instance: entry.instance,
    createdAt: entry.createdAt,
    get security() {
      return entry.security;
    },
    storage,
    ended,
    changes,
    ...(rules ? { rules } : {}),
    setSecurity: (security) => write(() => catalogue.setSecurity(entry, security)),
    write,
    validators() {
      validators ??= loadValidators(storage).then((own) => (rules ? [rules.validate, ...own] : own));
      validators.catch(() => {
        validators = undefined;
      });
      return validators;
    },
    announce(designChanged) {
      if (designChanged) validators = undefined;
      changes.add();
      onUpdate();
    },
  };
}
