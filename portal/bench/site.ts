/** What the figures of the gallery are measured on: a portal in a process of its own, before a server in another. */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CouchAddress, openCouch } from '@photomaton/couch';
import { openProvisioner } from '@photomaton/couch/setup';
import {
  digestOf,
  type EventDoc,
  eventDatabase,
  eventDocId,
  idTime,
  PHOTO_ATTACHMENT,
  type PhotoDoc,
  type PhotoKey,
  type PreviewDoc,
  photoId,
  previewId,
  SCREEN_ATTACHMENT,
  THUMBNAIL_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import { openAccounts } from '../accounts/accounts.ts';
import { openPasswords } from '../accounts/passwords.ts';
import { openVisitor, type Visitor } from '../test/browser.ts';

export interface BenchPortal {
  url: string;
  process: ChildProcess;
  /** The administrator's CouchDB behind it, as the reference asks it. */
  admin: CouchAddress;
  event: string;
  db: string;
  booth: string;
  /** Logged in as the event's owner. */
  visitor: Visitor;
  /** The headers of a request of the reference. */
  authorization: string;
}

/**
 * Runs the work with a portal and an event of a customer; nothing of the event is left afterwards. With `COUCH_URL` the
 * portal makes that CouchDB its own, its account `portal` included: not one that somebody else's portal uses.
 * `fill` puts documents into the event before its rules stand.
 */
export async function atPortal(
  work: (portal: BenchPortal) => Promise<void>,
  fill?: (portal: BenchPortal) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-bench-'));
  await mkdir(join(dir, 'portal'));
  const secret = randomBytes(32).toString('base64');
  const child = fork(fileURLToPath(new URL('portal-process.ts', import.meta.url)), [], {
    env: { ...process.env, DATA_DIR: join(dir, 'portal'), PORTAL_SECRET: secret, LOG_LEVEL: 'silent' },
    execArgv: ['--expose-gc', '--import', 'tsx'],
  });
  const exited = once(child, 'exit');
  const [booth, event] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')];
  let drop: (() => Promise<void>) | undefined;
  try {
    const [started] = (await once(child, 'message')) as [
      { url: string; admin: CouchAddress; couch: CouchAddress },
    ];
    const { url, admin } = started;
    const provisioner = openProvisioner(admin);
    const couch = openCouch(started.couch);
    const accounts = openAccounts({ couch, passwords: await openPasswords(), now: () => new Date() });
    const login = { email: `${booth}@example.com`, password: randomBytes(12).toString('hex') };
    const created = await accounts.create({ role: 'customer', name: 'Bench', language: 'en', ...login });
    if (created.kind !== 'created') throw new Error('the address is taken');
    drop = () => provisioner.dropEventDatabase(event);
    const owner = created.account.id;
    const doc = { event, owner, title: 'Bench', kind: 'party' as const, createdAt: new Date().toISOString() };
    await couch.put<EventDoc>('fleet', { _id: eventDocId(event), type: 'event', ...doc, booths: [] });
    const visitor = openVisitor({ url });
    await visitor.login(login);
    const authorization = `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString('base64')}`;
    const db = eventDatabase(event);
    const site = { url, process: child, admin, event, db, booth, visitor, authorization };
    await fetch(`${admin.url}/${db}?q=1`, { method: 'PUT', headers: { authorization } });
    await fill?.(site);
    await provisioner.createEventDatabase(event);
    await work(site);
  } finally {
    await drop?.();
    if (child.connected) child.disconnect();
    await exited;
    await rm(dir, { recursive: true });
  }
}

const hashed = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

/** What there is to know of the n-th photo, taken one second after the one before. */
export function photoDocs({ booth }: BenchPortal, n: number, md5: string, bytes: number) {
  const at = new Date(Date.UTC(2026, 6, 14) + n * 1000);
  const key: PhotoKey = { time: idTime(at), booth, n };
  const name = '14Jul2026_153012.jpg';
  const common = { booth, n, name, takenAt: at.toISOString(), width: 1800, height: 1200 };
  const _id = photoId(key, md5);
  const clock = { bootId: 'bench', monotonicMs: n, trusted: true };
  const photo: PhotoDoc = { _id, type: 'photo', ...common, bytes, clock };
  const preview: PreviewDoc = { _id: previewId(key), type: 'preview', photo: _id, ...common };
  return { photo, preview };
}

/** Stores a document with pictures as a booth would. */
async function store(site: BenchPortal, doc: { _id: string }, pictures: [string, Buffer][]): Promise<void> {
  const stubs = pictures.map(([name, bytes]) => {
    const digest = digestOf(hashed(bytes));
    return [name, { follows: true, content_type: 'image/jpeg', length: bytes.length, digest }] as const;
  });
  const rev = randomBytes(16).toString('hex');
  const revision = { _rev: `1-${rev}`, _revisions: { start: 1, ids: [rev] } };
  const json = JSON.stringify({ ...doc, ...revision, _attachments: Object.fromEntries(stubs) });
  const boundary = 'photomaton-bench';
  const body = Buffer.concat([
    Buffer.from(`--${boundary}\r\ncontent-type: application/json\r\n\r\n${json}`),
    ...pictures.flatMap(([, bytes]) => [Buffer.from(`\r\n--${boundary}\r\n\r\n`), bytes]),
    Buffer.from(`\r\n--${boundary}--`),
  ]);
  const answer = await fetch(`${site.admin.url}/${site.db}/${encodeURIComponent(doc._id)}?new_edits=false`, {
    method: 'PUT',
    headers: {
      authorization: site.authorization,
      'content-type': `multipart/related; boundary="${boundary}"`,
    },
    body,
  });
  if (!answer.ok) throw new Error(`not stored: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

/** Stores the n-th photo whole, with small pictures of 30 KB and 250 KB; gives its ids. */
export async function storePhoto(site: BenchPortal, n: number, jpeg: Buffer) {
  const { photo, preview } = photoDocs(site, n, hashed(jpeg), jpeg.length);
  await storePreview(site, preview);
  await store(site, photo, [[PHOTO_ATTACHMENT, jpeg]]);
  return { photo: photo._id, preview: preview._id, key: preview._id.slice('preview:'.length) };
}

export const storePreview = (site: BenchPortal, preview: PreviewDoc): Promise<void> =>
  store(site, preview, [
    [SCREEN_ATTACHMENT, randomBytes(250_000)],
    [THUMBNAIL_ATTACHMENT, randomBytes(30_000)],
  ]);

/** Reads an answer to its end; gives how many bytes there were. Throws when it is no success. */
export async function drain(answer: Response): Promise<number> {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  let bytes = 0;
  for await (const chunk of answer.body ?? []) bytes += chunk.length;
  return bytes;
}
