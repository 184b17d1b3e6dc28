import { open, stat } from 'node:fs/promises';
import { PIECE_BYTES } from '@photomaton/couch/multipart-body';
import { parsePreviewId } from '@photomaton/design-docs/docs';
import type { Store } from '../store/store.ts';
import type { ReadAttachment } from './multipart.ts';

/**
 * Where the push reads pictures. An original, a shot or a clip is read from its file at first, piece by piece as it
 * is sent: that costs no memory, and a fraction of what LevelDB takes to give 2.5 MB. Should the server say that it is not what
 * it should be, and for everything else, the copy in the queue is read, and whichever of the two is whole is sent.
 * While a photo is being saved nothing is read: the guest waits, the upload does not mind.
 *
 * @param isSuspect whether an upload of this document broke off before: a server that does not like the digest may
 *   just hang up, and would do so in every cycle
 */
export const readPhotosOf =
  (store: Pick<Store, 'file' | 'bytes' | 'unhurried'>, isSuspect: (id: string) => boolean) =>
  (db: PouchDB.Database): ReadAttachment =>
  async ({ id, rev }, name, attempt) => {
    if (attempt === 1 && isSuspect(id)) return undefined;
    if (parsePreviewId(id)) return whole((await db.getAttachment(id, name, { rev })) as Buffer);
    const file = attempt === 1 ? store.file(id) : undefined;
    const length = file && (await lengthOf(file));
    if (file && length) return { bytes: piecesOf(file, length, store.unhurried), length };
    const bytes = await store.bytes(id);
    return bytes && whole(bytes);
  };

const whole = (bytes: Buffer) => ({ bytes, length: bytes.length });

async function lengthOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** Opened when the first piece is asked for, closed whoever stops asking. */
async function* piecesOf(
  path: string,
  length: number,
  unhurried: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    for (let at = 0; at < length; ) {
      await unhurried();
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, length - at));
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error(`${path} has become shorter`);
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
