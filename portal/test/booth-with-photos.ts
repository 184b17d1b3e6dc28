import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { openProvisioner } from '@photomaton/couch/setup';
import {
  type BoothDoc,
  boothDatabase,
  boothDocId,
  CLIP_TYPES,
  type ClipFormat,
  digestOf,
  type EventDoc,
  type ExtraKind,
  eventDatabase,
  eventDocId,
  extraId,
  idTime,
  PHOTO_ATTACHMENT,
  type PhotoDoc,
  type PreviewDoc,
  parsePhotoId,
  photoId,
  previewId,
  SCREEN_ATTACHMENT,
  SHOT_ATTACHMENT,
  type StatusDoc,
  serialOf,
  THUMBNAIL_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import { sharePath } from '@photomaton/design-docs/share';
import { openSecrets } from '../secrets.ts';
import type { Stack } from './stack.ts';

/** Real photographs, as the booth's player ships them. */
const PICTURES = {
  astronaut: { width: 512, height: 512 },
  cameraman: { width: 512, height: 512 },
  chelsea: { width: 451, height: 300 },
  coffee: { width: 600, height: 400 },
  rocket: { width: 640, height: 427 },
};
export type PictureName = keyof typeof PICTURES;
export const PICTURE_NAMES = Object.keys(PICTURES) as PictureName[];

/** The bytes of one of them. */
export const picture = (name: PictureName): Promise<Buffer> =>
  readFile(new URL(`../../device/camera/player/${name}.jpg`, import.meta.url));

/** The same picture with words in it that nobody sees. */
export const withComment = (jpeg: Buffer, words: string): Buffer =>
  Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xfe, 0, words.length + 2]),
    Buffer.from(words),
    jpeg.subarray(2),
  ]);

/** A photo as a booth would send it. `key` is its address in the gallery. */
export interface TestPhoto {
  key: string;
  n: number;
  name: string;
  jpeg: Buffer;
  /** What its small pictures are. */
  small: Buffer;
  preview: PreviewDoc;
  photo: PhotoDoc;
}

interface Part {
  name: string;
  bytes: Buffer;
  /** A JPEG unless told. */
  type?: string;
}

/** A booth that is bound to a customer, and the event it adds to; photos travel as they do in life. */
export async function givenBooth(
  stack: Stack,
  owner: string,
  /** `syncUrl`: it goes around the portal. */
  o: { title?: string; booth?: string; syncUrl?: string } = {},
) {
  const booth = o.booth ?? randomBytes(12).toString('hex');
  const event = randomBytes(12).toString('hex');
  const key = randomBytes(32).toString('base64url');
  const shareSecret = randomBytes(32);
  const authorization = `Basic ${Buffer.from(`booth-${booth}:${key}`).toString('base64')}`;
  const sync = o.syncUrl ?? `${stack.url}/couch`;
  const name = `Photomaton ${serialOf(booth)}`;
  const createdAt = new Date(Date.now() - 3600_000).toISOString();
  const secrets = await openSecrets({ dataDir: stack.dataDir });

  const provisioner = openProvisioner(stack.portal.admin);
  await provisioner.createEventDatabase(event);
  await provisioner.setEventBooths(event, [booth]);
  await provisioner.createBoothDatabase(booth);
  await provisioner.putDeviceKey(booth, key);
  await stack.couch.put<EventDoc>('fleet', {
    _id: eventDocId(event),
    type: 'event',
    event,
    owner,
    title: o.title ?? name,
    kind: 'everyday',
    createdAt,
    booths: [booth],
  });
  await stack.couch.put<BoothDoc>('fleet', {
    _id: boothDocId(booth),
    type: 'booth',
    booth,
    owner,
    name,
    pairedAt: createdAt,
    event,
    events: [event],
    shareSecret: secrets.encryptSecret(shareSecret.toString('base64url')),
  });

  let taken = 0;

  /** Takes a photo; it stays on the booth. */
  async function take(
    which: PictureName = 'coffee',
    at = new Date(Date.now() + taken * 1000),
    { made, padBytes = 0 }: { made?: PhotoDoc['made']; padBytes?: number } = {},
  ) {
    taken += 1;
    const small = Buffer.concat([await picture(which), Buffer.from(`${booth} ${taken}`)]);
    const jpeg = Buffer.concat([small, Buffer.alloc(padBytes)]);
    const id = { time: idTime(at), booth, n: taken };
    const photo = photoId(id, createHash('md5').update(jpeg).digest('hex'));
    const takenAt = `${at.toISOString().slice(0, -1)}+02:00`;
    const common = {
      booth,
      n: taken,
      name: `14Jul2026_${String(153000 + taken)}.jpg`,
      takenAt,
      ...PICTURES[which],
    };
    const clock = { bootId: 'boot', monotonicMs: taken, trusted: true };
    const test: TestPhoto = {
      key: previewId(id).slice('preview:'.length),
      n: taken,
      name: common.name,
      jpeg,
      small,
      preview: { _id: previewId(id), type: 'preview', photo, ...common },
      photo: { _id: photo, type: 'photo', ...common, bytes: jpeg.length, clock, ...(made && { made }) },
    };
    return test;
  }

  async function send(doc: { _id: string }, parts: Part[], to = { event }): Promise<Response> {
    const answer = await fetch(
      `${sync}/${eventDatabase(to.event)}/${encodeURIComponent(doc._id)}?new_edits=false`,
      {
        method: 'PUT',
        headers: { authorization, ...multipartType },
        body: new Uint8Array(multipart(doc, parts)),
      },
    );
    return answer;
  }

  /** To the booth's own event, unless told. */
  const sendPreview = ({ preview, small }: TestPhoto, to = { event }) => {
    const pictures = [SCREEN_ATTACHMENT, THUMBNAIL_ATTACHMENT].map((name) => ({ name, bytes: small }));
    return send(preview, pictures, to).then(mustBeStored);
  };
  const sendOriginal = ({ photo, jpeg }: TestPhoto, to = { event }) =>
    send(photo, [{ name: PHOTO_ATTACHMENT, bytes: jpeg }], to).then(mustBeStored);

  function sendExtra({ photo }: TestPhoto, kind: ExtraKind, fields: object, part: Part): Promise<void> {
    const key = parsePhotoId(photo._id);
    if (!key) throw new TypeError(photo._id);
    const md5 = createHash('md5').update(part.bytes).digest('hex');
    const doc = { _id: extraId(kind, key, md5), type: kind, booth, n: photo.n, photo: photo._id, ...fields };
    return send({ ...doc, bytes: part.bytes.length } as { _id: string }, [part]).then(mustBeStored);
  }

  return {
    booth,
    event,
    key,
    name,
    authorization,
    sync,
    shareSecret,
    take,
    send,
    sendPreview,
    sendOriginal,
    /** A film of the photo. */
    sendClip: (photo: TestPhoto, format: ClipFormat, bytes: Buffer) =>
      sendExtra(
        photo,
        'clip',
        { format, width: 80, height: 60 },
        { name: `clip.${format}`, bytes, type: CLIP_TYPES[format] },
      ),
    /** A single shot of it. */
    sendShot: (photo: TestPhoto, shot: number, bytes: Buffer) =>
      sendExtra(photo, 'shot', { shots: [shot], width: 600, height: 400 }, { name: SHOT_ATTACHMENT, bytes }),
    /** Takes photos and sends them whole, the oldest first. */
    async add(count: number, from = new Date(Date.UTC(2026, 6, 14, 13, 30))): Promise<TestPhoto[]> {
      const photos: TestPhoto[] = [];
      for (let i = 0; i < count; i++) {
        const which = PICTURE_NAMES[i % PICTURE_NAMES.length] ?? 'coffee';
        const photo = await take(which, new Date(from.getTime() + i * 60_000));
        await sendPreview(photo);
        await sendOriginal(photo);
        photos.push(photo);
      }
      return photos;
    },
    sharePath: (n: number) => sharePath(shareSecret, { booth, n }),
    /** What the booth says of itself, over its own way to the portal. */
    async report(waiting: number, at = new Date(), over: Partial<StatusDoc> = {}): Promise<void> {
      const url = `${sync}/${boothDatabase(booth)}/status`;
      const before = await fetch(url, { headers: { authorization } });
      const found = (await before.json()) as { _rev?: string };
      const status: StatusDoc & { _rev?: string } = {
        _id: 'status',
        type: 'status',
        at: at.toISOString(),
        version: '0.1.0',
        photos: { onBooth: waiting, uploading: 0, inCloud: taken },
        waiting: { [event]: waiting },
        disk: { freeBytes: 1e10, reserveBytes: 1e9 },
        lastSync: { at: at.toISOString(), outcome: 'ok' },
        refused: [],
        ...over,
        ...(found._rev ? { _rev: found._rev } : {}),
      };
      const headers = { authorization, 'content-type': 'application/json' };
      await mustBeStored(await fetch(url, { method: 'PUT', headers, body: JSON.stringify(status) }));
    },
  };
}

export type TestBooth = Awaited<ReturnType<typeof givenBooth>>;

const BOUNDARY = 'photomaton-test-boundary';
const multipartType = { 'content-type': `multipart/related; boundary="${BOUNDARY}"` };

/** A first revision with its attachments, as CouchDB's documentation describes multipart/related. */
function multipart(doc: { _id: string }, parts: Part[]): Buffer {
  const attachments = Object.fromEntries(
    parts.map(({ name, bytes, type = 'image/jpeg' }) => {
      const digest = digestOf(createHash('md5').update(bytes).digest('hex'));
      const stub = { follows: true, content_type: type, length: bytes.length, digest, revpos: 1 };
      return [name, stub];
    }),
  );
  const id = createHash('md5').update(doc._id).digest('hex');
  const revision = { _rev: `1-${id}`, _revisions: { start: 1, ids: [id] } };
  const json = JSON.stringify({ ...doc, ...revision, _attachments: attachments });
  return Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\ncontent-type: application/json\r\n\r\n${json}\r\n`),
    ...parts.flatMap(({ name, bytes, type = 'image/jpeg' }) => [
      Buffer.from(
        `--${BOUNDARY}\r\ncontent-disposition: attachment; filename="${name}"\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`,
      ),
      bytes,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--`),
  ]);
}

async function mustBeStored(answer: Response): Promise<void> {
  if (answer.status !== 201) throw new Error(`not stored: ${answer.status} ${await answer.text()}`);
  await answer.body?.cancel();
}
