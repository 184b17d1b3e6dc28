import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AttachmentAnswer, Couch } from '@photomaton/couch';
import { LRUCache } from 'lru-cache';

const MOST_BYTES = 32 * 1024 ** 2;
/** Larger ones go by as they come. */
const MOST_OF_ONE = 512 * 1024;
/** Key, headers and place in the cache: however small the pictures, it has an end. */
const BESIDE_BYTES = 1024;
/** What was removed on another node may be given for as long, to those who may see its event. */
const KNOWN_MS = 10_000;

/** Where pictures come from: CouchDB, or what is known of it. */
export type Pictures = Pick<Couch, 'attachment'>;

interface Known {
  headers: AttachmentAnswer['headers'];
  bytes: Buffer;
}
type Place = [db: string, id: string, name: string];

/**
 * Small attachments, kept in memory for some seconds: when a photo arrives, all who look at the gallery ask for the same
 * picture at once, and CouchDB is asked for it once. Only for pictures that never change. Who may see them is asked
 * before, of every request.
 */
export function openKnownPictures({ couch }: { couch: Pictures }): Pictures {
  const known = new LRUCache<string, Known, Place>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length + BESIDE_BYTES,
    ttl: KNOWN_MS,
    // Pushed out while it was read, it is given all the same.
    ignoreFetchAbort: true,
    async fetchMethod(_key, _before, { context }) {
      const answer = await couch.attachment(...context);
      if (!answer) return undefined;
      if (Number(answer.headers['content-length'] ?? Number.POSITIVE_INFINITY) > MOST_OF_ONE)
        return void answer.body.destroy();
      // One that breaks off is asked for again, by those who can be told.
      const bytes = await buffer(answer.body).catch(() => undefined);
      return bytes && { headers: answer.headers, bytes };
    },
  });

  return {
    async attachment(db, id, name, options = {}) {
      // Nobody's page asks for a part of a small picture.
      const place: Place = [db, id, name];
      const found =
        options.range === undefined ? await known.fetch(place.join('/'), { context: place }) : undefined;
      if (!found) return await couch.attachment(db, id, name, options);
      const { headers, bytes } = found;
      const { etag } = headers;
      if (etag !== undefined && options.ifNoneMatch === etag)
        return { status: 304, headers: { etag }, body: Readable.from([]) };
      return { status: 200, headers, body: Readable.from([bytes]) };
    },
  };
}
