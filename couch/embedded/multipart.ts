import { badRequest, HttpError, parseJson } from './http.ts';
import { type Incoming, parseDocument } from './incoming.ts';
import { LIMITS } from './limits.ts';

const CRLF = Buffer.from('\r\n');
const PART_HEADER_BYTES = 8_192;

/**
 * `multipart/related` as CouchDB takes documents with attachments: the JSON first, then the bytes of every
 * attachment with `follows: true`, named by `Content-Disposition` or else in the order of the JSON, and as long as
 * it says.
 */
export async function readMultipartDocument(
  chunks: AsyncIterable<Buffer>,
  contentType: string,
  id: string,
): Promise<Incoming> {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const reader = createReader(chunks);
  try {
    reader.unread(CRLF); // the first delimiter may stand at the very beginning
    await reader.until(delimiter, PART_HEADER_BYTES);
    if (!(await readHeaders(reader))) throw badRequest('The multipart request has no document');
    const json = await reader.until(delimiter, LIMITS.attachmentBytes);
    const doc = parseDocument(parseJson(json.toString('utf8')), id);
    await readAttachments(reader, delimiter, doc);
    await reader.drain();
    return doc;
  } finally {
    await reader.close(); // a refusal half-way lets the request go too
  }
}

async function readAttachments(reader: Reader, delimiter: Buffer, doc: Incoming): Promise<void> {
  const waiting = [...doc.attachments].flatMap(([name, a]) => (a.kind === 'follows' ? [name] : []));
  for (let part = await readHeaders(reader); part; part = await readHeaders(reader)) {
    const name = fileName(part.headers) ?? waiting[0];
    const attachment = name === undefined ? undefined : doc.attachments.get(name);
    if (name === undefined || attachment?.kind !== 'follows' || !waiting.includes(name)) {
      throw badRequest('The multipart request has a part that the document does not name');
    }
    const { contentType, claimed, revpos, length = 0 } = attachment;
    if (length > LIMITS.attachmentBytes) throw tooLarge();
    const data = await reader.take(length);
    if (!(await reader.take(delimiter.length)).equals(delimiter)) {
      throw badRequest('attachment longer or shorter than expected');
    }
    waiting.splice(waiting.indexOf(name), 1);
    doc.attachments.set(name, { kind: 'bytes', contentType, claimed, revpos, data });
  }
  if (waiting.length > 0) throw badRequest('attachment shorter than expected');
}

/** What stands between a delimiter and the part that it begins; undefined after the last one. */
async function readHeaders(reader: Reader): Promise<{ headers: string } | undefined> {
  const end = await reader.take(2);
  if (end.equals(Buffer.from('--'))) return undefined;
  if (!end.equals(CRLF)) throw badRequest('Malformed multipart boundary');
  reader.unread(end);
  return { headers: (await reader.until(Buffer.from('\r\n\r\n'), PART_HEADER_BYTES)).toString('utf8') };
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

type Reader = ReturnType<typeof createReader>;

/** Reads over the borders of chunks; 400 when the body ends before, 413 over the limit. */
function createReader(source: AsyncIterable<Buffer>) {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<Buffer> {
    const next = await chunks.next();
    if (next.done) throw badRequest('The multipart request ends too early');
    return next.value;
  }

  return {
    unread(bytes: Buffer): void {
      rest = Buffer.concat([bytes, rest]);
    },
    /** So many bytes. They are copied once: to copy a photograph costs as much as to hash it. */
    async take(length: number): Promise<Buffer> {
      const taken: Buffer[] = [];
      for (let missing = length; missing > 0; ) {
        if (rest.length === 0) rest = await more();
        const piece = rest.subarray(0, missing);
        taken.push(piece);
        missing -= piece.length;
        rest = rest.subarray(piece.length);
      }
      return Buffer.concat(taken);
    },
    /** What stands before the next delimiter: headers and JSON, not for what is large. */
    async until(delimiter: Buffer, limit: number): Promise<Buffer> {
      const taken: Buffer[] = [];
      let size = 0;
      const add = (bytes: Buffer): void => {
        size += bytes.length;
        if (size > limit) throw tooLarge();
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
        rest = Buffer.concat([rest.subarray(sure), await more()]);
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

const tooLarge = (): HttpError =>
  new HttpError(413, 'too_large', 'A part of the request is too large.', { Connection: 'close' });
