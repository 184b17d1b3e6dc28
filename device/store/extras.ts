import { createHash } from 'node:crypto';
import {
  CLIP_TYPES,
  type ClipFormat,
  clipAttachment,
  type ExtraDoc,
  extraId,
  type Making,
  type PhotoDoc,
  parseContentId,
  SHOT_ATTACHMENT,
} from '@photomaton/design-docs/docs';

/** What is kept beside a photo, as whoever saves it brings it. */
export interface Extras {
  /** How the photo was made. */
  made?: Making;
  /** The shots that it was made of, in their order: JPEG. */
  shots?: Buffer[];
  clips?: Clip[];
}

export interface Clip {
  format: ClipFormat;
  bytes: Buffer;
  width: number;
  height: number;
}

/** A shot or a clip: its document and its bytes. */
export interface Extra {
  doc: ExtraDoc;
  bytes: Buffer;
}

/** A shot whose size is known. */
export interface SizedShot {
  jpeg: Buffer;
  width: number;
  height: number;
}

const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

/** The documents of what is kept beside this photo. Shots that are bit for bit the same are one. */
export function describeExtras(photo: PhotoDoc, shots: SizedShot[], clips: Clip[]): Extra[] {
  const { booth, n, event } = photo;
  const its = { booth, n, ...(event && { event }), photo: photo._id };
  const idOf = (kind: 'shot' | 'clip', bytes: Buffer) => extraId(kind, keyOf(photo), md5Of(bytes));
  const extras = new Map<string, Extra>();
  for (const [shot, { jpeg, width, height }] of shots.entries()) {
    const _id = idOf('shot', jpeg);
    const same = extras.get(_id)?.doc;
    if (same?.type === 'shot') same.shots.push(shot);
    else {
      const doc: ExtraDoc = { _id, type: 'shot', ...its, shots: [shot], width, height, bytes: jpeg.length };
      extras.set(_id, { doc, bytes: jpeg });
    }
  }
  for (const { format, bytes, width, height } of clips) {
    const _id = idOf('clip', bytes);
    const doc: ExtraDoc = { _id, type: 'clip', ...its, format, width, height, bytes: bytes.length };
    extras.set(_id, { doc, bytes });
  }
  return [...extras.values()];
}

/** The same shot or clip beside the photo as it is called now: what the photo's new id changes, and nothing else. */
export function follow(photo: PhotoDoc, doc: ExtraDoc): ExtraDoc {
  return { ...doc, _id: extraId(doc.type, keyOf(photo), md5In(doc)), photo: photo._id };
}

/** The name and the type of its only attachment. */
export const attachmentOf = (doc: ExtraDoc): { name: string; type: string } =>
  doc.type === 'shot'
    ? { name: SHOT_ATTACHMENT, type: 'image/jpeg' }
    : { name: clipAttachment(doc.format), type: CLIP_TYPES[doc.format] };

/** The MD5 of its bytes, in hexadecimal. */
export const md5In = ({ _id }: ExtraDoc): string => partsOf(_id).md5Hex;

const keyOf = ({ _id }: PhotoDoc) => partsOf(_id);

function partsOf(id: string) {
  const parts = parseContentId(id);
  if (!parts) throw new TypeError(`not the id of a photo, a shot or a clip: ${id}`);
  return parts;
}
