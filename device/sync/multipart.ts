import { createHash } from 'node:crypto';
import { type Bytes, type DocToSend, multipartBody } from '@photomaton/couch/multipart-body';
import { digestOf } from '@photomaton/design-docs/docs';

/**
 * Replication to CouchDB with attachments as `multipart/related`: one PUT a document, several at a time, each
 * attachment read when its turn comes and sent as it is read. Stock PouchDB reads a whole batch of attachments
 * into memory and sends them as base64 in one JSON. Everything else stays PouchDB's own: changes, checkpoints,
 * `_revs_diff`, events. Documents end up with the same revisions and digests.
 *
 *     PouchDB.replicate(readLater(source), writeAsMultipart(target, { parallel: () => 4 }), options)
 *
 * Both halves hook into what PouchDB's replication calls: `getAttachment` of the source, `_bulkDocs` of the target,
 * where every adapter writes. The second is not part of the public API, so a test compares the outcome with stock
 * replication on the same server.
 */

/** How often an attachment has been asked for: what was sent at first was not what it should be. */
type Attempt = 1 | 2;

/** Where the bytes of an attachment are read. Undefined: they are not there, or not whole any more. */
export type ReadAttachment = (
  doc: { id: string; rev: string },
  name: string,
  attempt: Attempt,
) => Promise<{ bytes: Bytes; length: number } | undefined>;

/** An attachment on its way through PouchDB's replication, which takes what it does not know as it is. */
class AttachmentToRead {
  readonly read: (attempt: Attempt) => ReturnType<ReadAttachment>;
  constructor(read: (attempt: Attempt) => ReturnType<ReadAttachment>) {
    this.read = read;
  }
}

/**
 * The database as a source of replication of which attachments are not read until they are sent.
 *
 * @param read other places than the database to read from. The first attempt may give bytes unseen, since the
 *   server compares them with their digest; for the second they have to be checked
 */
export function readLater(db: PouchDB.Database, read: ReadAttachment = readFrom(db)): PouchDB.Database {
  const source = Object.create(db) as PouchDB.Database;
  const getAttachment = async (id: string, name: string, { rev }: { rev: string }) =>
    new AttachmentToRead((attempt) => read({ id, rev }, name, attempt));
  return Object.assign(source, { getAttachment });
}

const readFrom =
  (db: PouchDB.Database): ReadAttachment =>
  async ({ id, rev }, name) => {
    const bytes = (await db.getAttachment(id, name, { rev })) as Buffer;
    return { bytes, length: bytes.length };
  };

/** Makes a remote PouchDB write replicated documents with attachments as `multipart/related`. */
export function writeAsMultipart(
  remote: PouchDB.Database,
  {
    parallel,
    onStart,
    onEnd,
  }: {
    /** How many documents may travel at once, asked before each. */
    parallel(): number;
    /** A document begins to travel. */
    onStart?(id: string): void;
    /** It has arrived (so many bytes in so long), or was refused, or the line broke. */
    onEnd?(id: string, sent?: { bytes: number; ms: number }): void;
  },
): PouchDB.Database {
  const adapter = remote as unknown as Adapter;
  const inSlot = createSlots(parallel);
  const stockBulkDocs = adapter._bulkDocs.bind(adapter);

  async function put(doc: DocWithAttachments): Promise<Written> {
    onStart?.(doc._id);
    const started = performance.now();
    let sent: { bytes: number; ms: number } | undefined;
    try {
      // What is sent first was not looked at. If the server objects, it may have had its reason.
      for (const attempt of [1, 2] as const) {
        const request = await open(doc, attempt);
        if (!request) continue;
        const answer = await send(doc._id, request);
        if (answer === undefined || (attempt === 1 && isPerhapsDamage(answer.status))) continue;
        if (answer.status < 300) {
          sent = { bytes: Number(request.headers['content-length']), ms: performance.now() - started };
        }
        return written(doc._id, answer.status, (await answer.json()) as CouchAnswer);
      }
      return refusal(doc._id, 403, 'forbidden', 'damaged on the booth');
    } finally {
      onEnd?.(doc._id, sent);
    }
  }

  /** Undefined when the attachments broke off while they were read. */
  async function send(id: string, { headers, body }: MultipartRequest): Promise<Response | undefined> {
    const path = `${encodeURIComponent(id)}?new_edits=false`;
    try {
      return await adapter.fetch(path, {
        method: 'PUT',
        // PouchDB adds the credentials with Headers#set.
        headers: new Headers({ ...headers, accept: 'application/json' }),
        body,
        duplex: 'half', // as fetch demands of a streamed body
      });
    } catch (error) {
      if ((error as { code?: string }).code === 'BODY') return undefined;
      throw error;
    } finally {
      body.destroy(); // a server that does not want it answers before it is read to its end
    }
  }

  adapter._bulkDocs = (request, options, done) => {
    const isReplication = options.new_edits === false;
    const heavy = request.docs.filter((doc): doc is DocWithAttachments => isReplication && hasBytes(doc));
    const light = request.docs.filter((doc) => !heavy.includes(doc as DocWithAttachments));
    const writes = Promise.all([
      light.length === 0 ? [] : bulk({ ...request, docs: light }, options),
      inSlots(heavy),
    ]);
    writes.then(
      ([bulked, puts]) => done(null, [...bulked, ...puts]),
      (error: Error) => done(error),
    );
  };

  /** After a failure no more are begun, and those under way are waited for. */
  async function inSlots(docs: DocWithAttachments[]): Promise<Written[]> {
    const failures: unknown[] = [];
    const puts = docs.map((doc) =>
      inSlot(async () => (failures.length > 0 ? [] : [await put(doc)])).catch((error: unknown) => {
        failures.push(error);
        return [];
      }),
    );
    const results = await Promise.all(puts);
    if (failures.length > 0) throw failures[0];
    return results.flat();
  }

  function bulk(request: BulkRequest, options: BulkOptions): Promise<Written[]> {
    return new Promise((resolve, reject) => {
      stockBulkDocs(request, options, (error, results) => (error ? reject(error) : resolve(results ?? [])));
    });
  }

  return remote;
}

interface BulkRequest {
  docs: object[];
}
interface BulkOptions {
  new_edits?: boolean;
}
type Written = { ok: true; id: string; rev: string } | Refusal;
/** Of the form in which CouchDB's `_bulk_docs` reports one; PouchDB emits `denied` for a forbidden one. */
interface Refusal {
  error: true;
  id: string;
  name: string;
  status: number;
  reason: string;
}
interface CouchAnswer {
  rev?: string;
  error?: string;
  reason?: string;
}
/** What PouchDB's http adapter has beyond its public types. */
interface Adapter {
  fetch(path: string, init: object): Promise<Response>;
  _bulkDocs(
    request: BulkRequest,
    options: BulkOptions,
    done: (error: Error | null, results?: Written[]) => void,
  ): void;
}

/** As PouchDB's replication hands it to a target: each attachment as bytes, or as {@link readLater} gives it. */
interface DocWithAttachments {
  _id: string;
  _rev: string;
  _attachments: Record<
    string,
    { content_type: string; digest: string; revpos?: number; data: Uint8Array | AttachmentToRead }
  >;
}

function hasBytes(doc: object): doc is DocWithAttachments {
  const attachments = Object.values((doc as Partial<DocWithAttachments>)._attachments ?? {});
  return (
    attachments.length > 0 &&
    attachments.every(({ data }) => data instanceof Uint8Array || data instanceof AttachmentToRead)
  );
}

type MultipartRequest = ReturnType<typeof multipartBody>;

/** Undefined when an attachment is not to be had. */
async function open(doc: DocWithAttachments, attempt: Attempt): Promise<MultipartRequest | undefined> {
  const bytes: Record<string, Bytes> = {};
  const attachments: DocToSend['_attachments'] = {};
  for (const [name, { data, ...stub }] of Object.entries(doc._attachments)) {
    const read =
      data instanceof Uint8Array ? { bytes: data, length: data.byteLength } : await data.read(attempt);
    if (!read || (attempt === 2 && !isAsDigested(read.bytes, stub.digest))) return undefined;
    bytes[name] = read.bytes;
    attachments[name] = { ...stub, length: read.length };
  }
  return multipartBody({ ...doc, _attachments: attachments }, bytes);
}

/** What is read while it is sent is its giver's to check. */
function isAsDigested(bytes: Bytes, digest: string): boolean {
  return !(bytes instanceof Uint8Array) || digest === digestOf(createHash('md5').update(bytes).digest('hex'));
}

/** How servers answer bytes that have another digest than the document says: 500 by CouchDB 3.5.0, 400 by ours. */
const isPerhapsDamage = (status: number): boolean => status === 400 || status === 412 || status === 500;

const refusal = (id: string, status: number, name: string, reason: string): Refusal => ({
  ...{ error: true, id, name, status, reason },
});

/** A refusal of this document is a result; what would meet every document alike is an error. */
function written(id: string, status: number, { rev, error, reason }: CouchAnswer): Written {
  if (status < 300) return { ok: true, id, rev: rev ?? '' };
  const isItsOwnFault = status === 403 || status === 413;
  const name = isItsOwnFault ? 'forbidden' : (error ?? 'unknown');
  const why = reason ?? `the server answered ${status}`;
  if (isItsOwnFault) return refusal(id, status, name, why);
  throw Object.assign(new Error(why), { name, status });
}

/** Runs what it is given in the order given, so many at once; shared by all replications to one target. */
function createSlots(most: () => number): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let taken = 0;
  function fill(): void {
    while (queue.length > 0 && taken < most()) {
      taken += 1;
      queue.shift()?.();
    }
  }
  return async (work) => {
    await new Promise<void>((resolve) => {
      queue.push(resolve);
      fill();
    });
    try {
      return await work();
    } finally {
      taken -= 1;
      fill();
    }
  };
}
