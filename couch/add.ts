import type { Readable } from 'node:stream';
import { request } from 'undici';
import type { CouchAddress, Stored } from './couch.ts';
import { CouchError } from './errors.ts';
import { multipartBody } from './multipart-body.ts';
import { authorization, DEADLINE_MS, documentPath, errorOfStatus } from './request.ts';

/** 64 MB on a line of two megabits. */
const WHOLE_MS = 5 * 60_000;

/** Streams a document with its attachments to a database as one first revision; see {@link Couch.add}. */
export async function addWhole(
  address: CouchAddress,
  db: string,
  doc: Stored,
  bytesOf: Record<string, Readable>,
): Promise<void> {
  const what = `PUT ${address.url}/${db}`;
  const { headers, body } = multipartBody(
    {
      ...doc,
      ...{ _revisions: { start: 1, ids: [doc._rev.slice('1-'.length)] } },
      _attachments: doc._attachments ?? {},
    },
    bytesOf,
  );
  try {
    const answer = await request(
      `${address.url}/${encodeURIComponent(db)}/${documentPath(doc._id)}?new_edits=false`,
      {
        method: 'PUT',
        headers: { ...headers, authorization: authorization(address), accept: 'application/json' },
        ...{ body, headersTimeout: DEADLINE_MS, bodyTimeout: DEADLINE_MS },
        // A CouchDB that refuses before it has read all takes the next request on this connection for the rest of this one.
        reset: true,
        signal: AbortSignal.timeout(WHOLE_MS),
      },
    );
    const said = (await answer.body.json().catch(() => ({}))) as { reason?: string };
    if (answer.statusCode >= 400)
      throw errorOfStatus(answer.statusCode, said.reason ?? 'no reason given', what);
  } catch (cause) {
    if (cause instanceof CouchError) throw cause;
    throw /TIMEOUT/.test(String((cause as { code?: unknown }).code ?? (cause as Error).name).toUpperCase())
      ? new CouchError('TIMEOUT', `${what}: not written within the deadline`, { cause })
      : new CouchError('UNREACHABLE', `${what}: the bytes broke off on one side`, { cause });
  } finally {
    // A server that does not want them answers before they are read to their end.
    body.destroy();
    for (const bytes of Object.values(bytesOf)) bytes.destroy();
  }
}
