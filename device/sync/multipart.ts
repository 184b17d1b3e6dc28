import { createHash } from 'node:crypto';
import { digestOf } from '@photomaton/design-docs/docs';
import { type DocWithBytes, multipartBody } from './multipart-body.ts';

/**
 * Makes a remote PouchDB write replicated documents with attachments as `multipart/related`, one PUT each and
 * several at a time, instead of as base64 in one JSON. Everything else is PouchDB's own: changes, `_revs_diff`,
 * checkpoints. Documents end up with the same revisions and digests. Memory: one batch of attachments.
 *
 * `_bulkDocs` is where every adapter of PouchDB writes, and what its replication calls in the end; it is not part
 * of the public API, so a test compares this with stock replication on the same server.
 */
export function writeAsMultipart(
  remote: PouchDB.Database,
  {
    parallel,
    restore,
    onStart,
    onEnd,
  }: {
    parallel: number;
    /** Other bytes for the one attachment of a document, when the disk has changed those in the queue. */
    restore?(id: string): Promise<Uint8Array | undefined>;
    /** A document begins to travel. */
    onStart?(id: string): void;
    /** It has arrived, or was refused, or the line broke. */
    onEnd?(id: string): void;
  },
): PouchDB.Database {
  const adapter = remote as unknown as Adapter;
  const stockBulkDocs = adapter._bulkDocs.bind(adapter);

  async function put(asRead: DocWithBytes): Promise<Written> {
    const doc = isWhole(asRead) ? asRead : withBytes(asRead, await restore?.(asRead._id));
    // CouchDB answers a wrong digest as if it were out of order itself, and no other document would be sent.
    if (!isWhole(doc)) return refusal(doc._id, 403, 'forbidden', 'damaged on the booth');
    onStart?.(doc._id);
    try {
      const { headers, body } = multipartBody(doc);
      const path = `${encodeURIComponent(doc._id)}?new_edits=false`;
      const answer = await adapter.fetch(path, {
        method: 'PUT',
        // PouchDB adds the credentials with Headers#set.
        headers: new Headers({ ...headers, accept: 'application/json' }),
        body,
        duplex: 'half', // as fetch demands of a streamed body
      });
      return written(doc._id, answer.status, (await answer.json()) as CouchAnswer);
    } finally {
      onEnd?.(doc._id);
    }
  }

  adapter._bulkDocs = (request, options, done) => {
    const isReplication = options.new_edits === false;
    const heavy = request.docs.filter((doc): doc is DocWithBytes => isReplication && hasBytes(doc));
    const light = request.docs.filter((doc) => !heavy.includes(doc as DocWithBytes));
    const writes = Promise.all([
      light.length === 0 ? [] : bulk({ ...request, docs: light }, options),
      inParallel(heavy, parallel, put),
    ]);
    writes.then(
      ([bulked, puts]) => done(null, [...bulked, ...puts]),
      (error: Error) => done(error),
    );
  };

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

function hasBytes(doc: object): doc is DocWithBytes {
  const attachments = Object.values((doc as Partial<DocWithBytes>)._attachments ?? {});
  return attachments.length > 0 && attachments.every(({ data }) => data instanceof Uint8Array);
}

/** LevelDB gives bytes that the disk has changed as if nothing were wrong with them. */
function isWhole({ _attachments }: DocWithBytes): boolean {
  return Object.values(_attachments).every(
    ({ data, digest }) => digest === digestOf(createHash('md5').update(data).digest('hex')),
  );
}

function withBytes(doc: DocWithBytes, data: Uint8Array | undefined): DocWithBytes {
  const [first, ...more] = Object.entries(doc._attachments);
  if (!data || !first || more.length > 0) return doc;
  const [name, attachment] = first;
  return { ...doc, _attachments: { [name]: { ...attachment, data } } };
}

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

/** After a failure no more are begun, and those under way are waited for. */
async function inParallel<In, Out>(
  items: In[],
  parallel: number,
  work: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const failures: unknown[] = [];
  const left = items.values();
  async function lane(): Promise<void> {
    for (const item of left) {
      if (failures.length > 0) return;
      try {
        results.push(await work(item));
      } catch (error) {
        failures.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
