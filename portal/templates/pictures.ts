import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Couch } from '@photomaton/couch';
import { PICTURE_ATTACHMENT, type PictureDoc, pictureId } from '@photomaton/design-docs/docs';
import { imagesOf, type Pictured } from '@photomaton/design-docs/template';
import { makeTemplatePicture } from '@photomaton/device/image';
import { listDesigns } from './designs.ts';

/** Of an account; a template shows at most 17. */
const MAX_PICTURES = 100;
/** As the validator takes it. */
const MAX_BYTES = 8 * 2 ** 20;
/** Of one template; a booth takes 32 MB. */
export const MAX_TEMPLATE_BYTES = 24 * 2 ** 20;
/** Uploaded a moment ago, a picture may stand in a form that is not saved yet. */
const UNSAVED_MS = 24 * 3600_000;

const ENDINGS = { 'image/webp': 'webp', 'image/jpeg': 'jpg', 'image/png': 'png' } as const;

interface Parts {
  couch: Couch;
  now(): Date;
}

type AddedPicture =
  | { kind: 'added'; image: string; width: number; height: number }
  | { kind: 'refused'; why: 'no-picture' | 'too-large' | 'too-many' };

/** Takes in an upload, made anew. */
export async function addPicture(o: Parts, owner: string, upload: Uint8Array): Promise<AddedPicture> {
  const made = await makeTemplatePicture(upload);
  if (!made) return { kind: 'refused', why: 'no-picture' };
  if (made.bytes.length > MAX_BYTES) return { kind: 'refused', why: 'too-large' };
  if ((await idsOf(o, owner)).length >= MAX_PICTURES) await dropUnused(o, owner);
  if ((await idsOf(o, owner)).length >= MAX_PICTURES) return { kind: 'refused', why: 'too-many' };
  const { width, height } = made;
  return { kind: 'added', image: await keepPicture(o, owner, made), width, height };
}

/** Its name, which follows from its bytes: what is there already is not stored twice. */
export async function keepPicture(
  { couch, now }: Parts,
  owner: string,
  { bytes, type }: { bytes: Uint8Array; type: keyof typeof ENDINGS },
): Promise<string> {
  const image = `${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.${ENDINGS[type]}`;
  const _id = pictureId(owner, image);
  const data = Buffer.from(bytes).toString('base64');
  await couch.update<PictureDoc & { _attachments?: object }>('designs', _id, (found) => ({
    ...{ _id, type: 'picture', owner, image, at: now().toISOString() },
    // Younger again: whoever uploads it now has not saved it yet.
    ...(found?._rev && { _rev: found._rev }),
    _attachments: found?._attachments ?? { [PICTURE_ATTACHMENT]: { content_type: type, data } },
  }));
  return image;
}

/** The pictures of a layout; those that are not there are missing. */
export async function loadPictures(
  { couch }: Pick<Parts, 'couch'>,
  owner: string,
  layout: Pictured,
): Promise<Map<string, Buffer>> {
  const found = await Promise.all(
    imagesOf(layout).map(async (image) => {
      const answer = await couch.attachment('designs', pictureId(owner, image), PICTURE_ATTACHMENT);
      return answer && ([image, await buffer(answer.body)] as const);
    }),
  );
  return new Map(found.filter((one) => one !== undefined));
}

/** Drops what no template of the account shows. */
export async function dropUnused(o: Parts, owner: string): Promise<void> {
  const used = new Set(
    (await listDesigns(o, owner)).flatMap(({ draft, versions }) =>
      [draft, ...versions.map(({ layout }) => layout)].flatMap(imagesOf),
    ),
  );
  const old = new Date(o.now().getTime() - UNSAVED_MS).toISOString();
  for (const picture of await o.couch.getMany<PictureDoc>('designs', await idsOf(o, owner))) {
    if (!picture || used.has(picture.image) || picture.at > old) continue;
    await o.couch.remove('designs', picture._id, picture._rev);
  }
}

function idsOf({ couch }: Pick<Parts, 'couch'>, owner: string): Promise<string[]> {
  return couch.ids('designs', {
    startkey: pictureId(owner, ''),
    endkey: pictureId(owner, '\ufff0'),
    limit: 1000,
  });
}
