import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { startEmbedded } from '../embedded/index.ts';
import type { CouchAddress } from '../index.ts';

const silent = pino({ level: 'silent' });

/** The CouchDB that COUCH_URL names (with administrator and password in it), if any does. */
export function realServer(): CouchAddress | undefined {
  const text = process.env.COUCH_URL;
  if (!text) return undefined;
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  return { url: url.href.replace(/\/$/, ''), username, password: decodeURIComponent(password) };
}

/** An embedded server of its own for this test, gone after it; asked over HTTP, or by the door of its process. */
export async function embeddedServer(
  t: Pick<TestContext, 'after'>,
  { byDoor = false } = {},
): Promise<CouchAddress> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-couch-'));
  const admin = { username: 'admin', password: randomBytes(12).toString('hex') };
  const server = await startEmbedded({ dir, port: 0, admin, log: silent });
  t.after(async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });
  return { url: server.url, ...admin, ...(byDoor && { door: server.door }) };
}

/**
 * The server to test on: a real CouchDB when COUCH_URL is set, else an embedded one. It may be shared with
 * others: databases are named with {@link uniqueId} and removed after.
 */
export async function testServer(t: Pick<TestContext, 'after'>): Promise<CouchAddress> {
  return realServer() ?? (await embeddedServer(t));
}

/** An id of a booth or an event that nobody else uses. */
export const uniqueId = (): string => randomBytes(12).toString('hex');

/** Cleans up after the test, where the server outlives it. */
export function tidy(t: Pick<TestContext, 'after'>, work: () => Promise<unknown>): void {
  if (realServer()) t.after(async () => void (await work()));
}

/** A database of its own for this test. */
export async function testDatabase(t: Pick<TestContext, 'after'>, admin: CouchAddress): Promise<string> {
  const db = `test-${uniqueId()}`;
  await raw(admin, 'PUT', db);
  // An embedded one is gone by then, and its databases with it.
  if (admin.url === realServer()?.url) t.after(() => raw(admin, 'DELETE', db));
  return db;
}

/** A request past our own client, as anyone could send it. */
export async function raw(
  { url, username, password }: CouchAddress,
  method: string,
  path: string,
  body?: object | { type: string; bytes: Buffer },
): Promise<{ status: number; error?: string; reason?: string; [field: string]: unknown }> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (username !== '') {
    headers.authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
  const isBytes = body !== undefined && 'bytes' in body && Buffer.isBuffer(body.bytes);
  if (isBytes) headers['content-type'] = String((body as { type: string }).type);
  const content = isBytes ? new Uint8Array(body.bytes as Buffer) : body && JSON.stringify(body);
  const answer = await fetch(`${url}/${path}`, {
    method,
    headers,
    signal: AbortSignal.timeout(15_000),
    ...(content === undefined ? {} : { body: content }),
  });
  const said: unknown = await answer.json();
  return { ...(Array.isArray(said) ? { rows: said } : (said as object)), status: answer.status };
}
