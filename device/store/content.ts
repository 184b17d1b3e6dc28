import { PHOTO_ATTACHMENT, parseContentId } from '@photomaton/design-docs/docs';
import type { ExtraFiles } from './extra-files.ts';
import { attachmentOf, md5In } from './extras.ts';
import type { PhotoFolder } from './folder.ts';
import type { PhotoQueue } from './queue.ts';

/** Where the bytes of a photo, a shot or a clip are: in the queue, and in a file, until the server has them. */
export interface Content {
  /** The file, if it is still there. */
  path: string;
  /** Whichever of the two copies is whole; undefined when neither is. */
  read(): Promise<Buffer | undefined>;
}

/** By the id of a photo, a shot or a clip, or one that it had before its time was known. */
export function findContent(
  id: string,
  { queue, folder, extraFiles }: { queue: PhotoQueue; folder: PhotoFolder; extraFiles: ExtraFiles },
): Content | undefined {
  const key = parseContentId(id);
  const found = queue.find(id);
  if (!key || !found) return undefined;
  const { segment, photo } = found;
  if (key.kind === 'photo') {
    const { name } = photo.doc;
    return {
      path: folder.path(name),
      read: async () => (await segment.attachment(photo.original, PHOTO_ATTACHMENT)) ?? folder.read(name),
    };
  }
  const extra = photo.extras.find(({ doc }) => doc.type === key.kind && md5In(doc) === key.md5Hex);
  return (
    extra && {
      path: extraFiles.path(extra.doc),
      read: async () =>
        (await segment.attachment(extra, attachmentOf(extra.doc).name)) ?? extraFiles.read(extra.doc),
    }
  );
}
