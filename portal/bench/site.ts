/** What the figures of the gallery are measured on: a portal in a process of its own, before a server in another. */
import { createHash, randomBytes } from 'node:crypto';
import { openCouch } from '@photomaton/couch';
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
import { type Login, openVisitor, type Visitor } from '../test/browser.ts';
import { type BenchNode, startNode } from './node.ts';

export interface BenchPortal extends BenchNode {
  /** What another node of the same installation is started with. */
  secret: string;
  event: string;
  db: string;
  booth: string;
  owner: string;
  /** Who owns the event, and logged in. */
  login: Login;
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
  const secret = randomBytes(32).toString('base64');
  const node = await startNode(secret);
  const [booth, event] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')];
  let drop: (() => Promise<void>) | undefined;
  try {
    const { url, admin } = node;
    const provisioner = openProvisioner(admin);
    const couch = openCouch(node.couch);
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
    const site = { ...node, secret, event, db, booth, owner, login, visitor, authorization };
    await fetch(`${admin.url}/${db}?q=1`, { method: 'PUT', headers: { authorization } });
    await fill?.(site);
    await provisioner.createEventDatabase(event);
    await work(site);
  } finally {
    await drop?.();
    await node.stop();
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

/** Small pictures of 250 KB and 30 KB that show nothing, unless others are given. */
export const storePreview = (
  site: BenchPortal,
  preview: PreviewDoc,
  { screen, thumbnail }: { screen: Buffer; thumbnail: Buffer } = {
    screen: randomBytes(250_000),
    thumbnail: randomBytes(30_000),
  },
): Promise<void> =>
  store(site, preview, [
    [SCREEN_ATTACHMENT, screen],
    [THUMBNAIL_ATTACHMENT, thumbnail],
  ]);

/** Reads an answer to its end; gives how many bytes there were. Throws when it is no success. */
export async function drain(answer: Response): Promise<number> {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  let bytes = 0;
  for await (const chunk of answer.body ?? []) bytes += chunk.length;
  return bytes;
}
