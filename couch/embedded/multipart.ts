import { badRequest, HttpError, parseJson } from './http.ts';
import { type Incoming, parseDocument } from './incoming.ts';
import { LIMITS } from './limits.ts';

/**
 * `multipart/related` as CouchDB takes documents with attachments: the JSON first, then the bytes of every
 * attachment with `follows: true`, named by `Content-Disposition` or else in the order of the JSON.
 */
export async function readMultipartDocument(
  chunks: AsyncIterable<Buffer>,
  contentType: string,
  id: string,
): Promise<Incoming> {
  const parts = readParts(chunks, boundaryOf(contentType));
  try {
    return await readDocument(parts, id);
  } finally {
    await parts.return(undefined); // a refusal half-way lets the request go too
  }
}

async function readDocument(parts: AsyncGenerator<Part>, id: string): Promise<Incoming> {
  const first = await parts.next();
  if (first.done) throw badRequest('The multipart request has no document');
  const doc = parseDocument(parseJson(first.value.body.toString('utf8')), id);
  const waiting = [...doc.attachments].flatMap(([name, a]) => (a.kind === 'follows' ? [name] : []));
  for await (const { headers, body } of parts) {
    const name = fileName(headers) ?? waiting[0];
    const attachment = name === undefined ? undefined : doc.attachments.get(name);
    if (name === undefined || attachment?.kind !== 'follows' || !waiting.includes(name)) {
      throw badRequest('The multipart request has a part that the document does not name');
    }
    if (attachment.length !== body.length) {
      const longer = body.length > (attachment.length ?? 0);
      throw badRequest(`attachment ${longer ? 'longer' : 'shorter'} than expected`);
    }
    waiting.splice(waiting.indexOf(name), 1);
    const { contentType: type, claimed, revpos } = attachment;
    doc.attachments.set(name, { kind: 'bytes', contentType: type, claimed, revpos, data: body });
  }
  if (waiting.length > 0) throw badRequest('attachment shorter than expected');
  return doc;
}

function boundaryOf(contentType: string): string {
  const m = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  const boundary = m?.[1] ?? m?.[2];
  if (boundary === undefined) throw badRequest('The multipart request has no boundary');
  return boundary;
}

function fileName(headers: string): string | undefined {
  const m = /^content-disposition:[^\r\n]*;\s*filename="([^"\r\n]*)"/im.exec(headers);
  return m?.[1];
}

interface Part {
  headers: string;
  body: Buffer;
}

const PART_HEADER_BYTES = 8_192;

/** The parts of a multipart body, each read while it arrives and held only until the next is asked for. */
async function* readParts(chunks: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Part> {
  const reader = createReader(chunks);
  try {
    const delimiter = Buffer.from(`\r\n--${boundary}`);
    reader.unread(Buffer.from('\r\n')); // the first delimiter may stand at the very beginning
    await reader.until(delimiter, PART_HEADER_BYTES);
    while (true) {
      const end = await reader.take(2);
      if (end.equals(Buffer.from('--'))) return await reader.drain();
      if (!end.equals(Buffer.from('\r\n'))) throw badRequest('Malformed multipart boundary');
      reader.unread(end);
      const headers = (await reader.until(Buffer.from('\r\n\r\n'), PART_HEADER_BYTES)).toString('utf8');
      yield { headers, body: await reader.until(delimiter, LIMITS.attachmentBytes) };
    }
  } finally {
    await reader.close();
  }
}

/** Reads up to a delimiter over the borders of chunks; 400 when the body ends before, 413 over the limit. */
function createReader(source: AsyncIterable<Buffer>) {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function more(keep: Buffer): Promise<void> {
    const next = await chunks.next();
    if (next.done) throw badRequest('The multipart request ends too early');
    rest = Buffer.concat([keep, next.value]);
  }

  return {
    unread(bytes: Buffer): void {
      rest = Buffer.concat([bytes, rest]);
    },
    async take(length: number): Promise<Buffer> {
      while (rest.length < length) await more(rest);
      const taken = rest.subarray(0, length);
      rest = rest.subarray(length);
      return taken;
    },
    async until(delimiter: Buffer, limit: number): Promise<Buffer> {
      const taken: Buffer[] = [];
      let size = 0;
      const add = (bytes: Buffer): void => {
        size += bytes.length;
        if (size > limit) {
          throw new HttpError(413, 'too_large', 'A part of the request is too large.', {
            Connection: 'close',
          });
        }
        taken.push(bytes);
      };
      for (let at = rest.indexOf(delimiter); ; at = rest.indexOf(delimiter)) {
        if (at >= 0) {
          add(rest.subarray(0, at));
          rest = rest.subarray(at + delimiter.length);
          return Buffer.concat(taken);
        }
        // What might be the beginning of a delimiter stays for the next look.
        const sure = Math.max(0, rest.length - delimiter.length + 1);
        add(rest.subarray(0, sure));
        await more(rest.subarray(sure));
      }
    },
    async close(): Promise<void> {
      await chunks.return?.();
    },
    /** Reads what follows the last delimiter, which means nothing. */
    async drain(): Promise<void> {
      while (!(await chunks.next()).done);
    },
  };
}
