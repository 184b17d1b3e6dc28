import { json } from 'node:stream/consumers';
import { request } from 'undici';
import type { AttachmentAnswer, CouchAddress, Door } from './couch.ts';
import { CouchError } from './errors.ts';
import { authorization, DEADLINE_MS, documentPath, errorOfStatus } from './request.ts';

const PASSED_ON = ['etag', 'content-type', 'content-length', 'content-range', 'accept-ranges'] as const;

export interface AttachmentOptions {
  range?: string | undefined;
  ifNoneMatch?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Streams an attachment. nano reads answers whole, so this goes to undici: headers within the deadline,
 * and no pause of the server longer than it (a reader may be as slow as it likes).
 */
export async function openAttachment(
  address: CouchAddress,
  db: string,
  id: string,
  name: string,
  { range, ifNoneMatch, signal }: AttachmentOptions,
): Promise<AttachmentAnswer | undefined> {
  const headers: Record<string, string> = { authorization: authorization(address) };
  if (range !== undefined) headers.range = range;
  if (ifNoneMatch !== undefined) headers['if-none-match'] = ifNoneMatch;
  const what = `GET ${address.url}/${db}`;
  const ask = address.door ?? overNetwork(address.url);
  const answer = await ask({ path: [db, id, name], headers, signal }).catch(
    (cause: Error & { code?: string }) => {
      if (signal?.aborted) throw cause;
      throw /TIMEOUT/.test(cause.code ?? '')
        ? new CouchError('TIMEOUT', `${what}: no answer within the deadline`, { cause })
        : new CouchError('UNREACHABLE', `${what}: nobody answers`, { cause });
    },
  );
  const { status, body } = answer;
  if ([200, 206, 304, 416].includes(status)) return { status, headers: pick(answer.headers), body };
  const said = (await json(body).catch(() => ({}))) as { reason?: string };
  if (status === 404) return undefined;
  throw errorOfStatus(status, said.reason ?? 'no reason given', what);
}

const overNetwork =
  (url: string): Door =>
  async ({ path: [db = '', id = '', name = ''], headers, signal = null }) => {
    const path = `${encodeURIComponent(db)}/${documentPath(id)}/${encodeURIComponent(name)}`;
    const deadlines = { headersTimeout: DEADLINE_MS, bodyTimeout: DEADLINE_MS };
    const answer = await request(`${url}/${path}`, { headers, signal, ...deadlines });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  };

function pick(headers: Awaited<ReturnType<Door>>['headers']): AttachmentAnswer['headers'] {
  const picked: AttachmentAnswer['headers'] = {};
  for (const name of PASSED_ON) {
    const value = headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}
