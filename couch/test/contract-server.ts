/**
 * The contract suite runs every test against each server that is there: the embedded one always, and the real
 * CouchDB of `COUCH_URL` (with credentials, `http://admin:secret@127.0.0.1:5984`) when that is set.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import pino from 'pino';
import { startEmbedded } from '../embedded/index.ts';
import { basic, type Credentials, quickHash, unique } from './credentials.ts';

export interface Reply {
  status: number;
  headers: Headers;
  bytes: Buffer;
  text: string;
  /** The body as JSON; what a test reads of it, it asserts. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about
  json: any;
}

export interface RequestOptions {
  /** Default: the admin. `null`: without credentials. */
  as?: Credentials | null;
  headers?: Record<string, string>;
  json?: unknown;
  body?: string | Buffer;
  signal?: AbortSignal;
}

export interface ContractServer {
  url: string;
  admin: Credentials;
  isEmbedded: boolean;
  request(method: string, path: string, options?: RequestOptions): Promise<Reply>;
  /** As `request`, for what is read while it comes. */
  open(method: string, path: string, options?: RequestOptions): Promise<Response>;
  /** A new database, removed after the test. */
  database(t: TestContext): Promise<string>;
  /** A new user, removed after the test. */
  user(t: TestContext, options?: { roles?: string[] }): Promise<Credentials>;
}

/** No single answer takes longer. */
const DEADLINE_MS = 15_000;

function connect(url: string, admin: Credentials, isEmbedded: boolean): ContractServer {
  const open: ContractServer['open'] = (method, path, options = {}) => {
    const { as = admin, headers = {}, json, body, signal = AbortSignal.timeout(DEADLINE_MS) } = options;
    return fetch(url + path, {
      method,
      headers: {
        ...(as ? { authorization: basic(as) } : {}),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      signal,
    });
  };
  const request: ContractServer['request'] = async (method, path, options) => {
    const response = await open(method, path, options);
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  };
  return {
    url,
    admin,
    isEmbedded,
    open,
    request,
    async database(t) {
      const name = unique('contract');
      // One shard, as ours have: a feed is in order within a shard only.
      assert.equal((await request('PUT', `/${name}?q=1`)).status, 201);
      t.after(() => request('DELETE', `/${name}`));
      return name;
    },
    async user(t, { roles = [] } = {}) {
      const username = unique('contract');
      const password = randomBytes(8).toString('hex');
      const path = `/_users/org.couchdb.user:${username}`;
      const json = { name: username, type: 'user', roles, ...quickHash(password) };
      assert.equal((await request('PUT', path, { json })).status, 201);
      t.after(async () => {
        const { json } = await request('GET', path);
        if (json._rev) await request('DELETE', `${path}?rev=${json._rev}`);
      });
      return { username, password };
    },
  };
}

/** One embedded server for a test file, in a folder of its own. */
export async function embeddedServer(): Promise<ContractServer & { stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-contract-'));
  const admin = { username: 'admin', password: randomBytes(8).toString('hex') };
  const embedded = await startEmbedded({ dir, port: 0, admin, log: pino({ level: 'silent' }) });
  return {
    ...connect(embedded.url, admin, true),
    async stop() {
      await embedded.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function realServer(address: string): ContractServer {
  const { protocol, host, username, password } = new URL(address);
  const admin = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return connect(`${protocol}//${host}`, admin, false);
}

const embedded = await embeddedServer();
after(() => embedded.stop());
const { COUCH_URL } = process.env;
const servers = COUCH_URL ? [embedded, realServer(COUCH_URL)] : [embedded];

/** A test of the contract: the same assertions for every server. */
export function contract(
  title: string,
  body: (server: ContractServer, t: TestContext) => Promise<void>,
): void {
  for (const server of servers) {
    test(`${title} (${server.isEmbedded ? 'embedded' : 'CouchDB'})`, (t) => body(server, t));
  }
}
