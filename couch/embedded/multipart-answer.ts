import { randomBytes } from 'node:crypto';
import type { Answer } from './http.ts';
import type { OpenRevision, Storage, StoredAttachment, StoredDoc } from './storage.ts';

/** A document with the bytes of its attachments as `multipart/related`. */
export function relatedAnswer(storage: Storage, doc: StoredDoc): Answer {
  const boundary = randomBytes(16).toString('hex');
  return {
    status: 200,
    headers: { 'Content-Type': `multipart/related; boundary="${boundary}"` },
    body: related(storage, doc, boundary),
  };
}

/** Several revisions as `multipart/mixed`: the answer to `open_revs` for who does not ask for JSON. */
export function mixedAnswer(storage: Storage, revisions: OpenRevision[]): Answer {
  const boundary = randomBytes(16).toString('hex');
  async function* body(): AsyncGenerator<string | Buffer> {
    for (const revision of revisions) {
      yield `--${boundary}\r\n`;
      if ('missing' in revision) {
        yield `Content-Type: application/json; error="true"\r\n\r\n${JSON.stringify(revision)}\r\n`;
      } else if (revision.ok._attachments) {
        const inner = randomBytes(16).toString('hex');
        yield `Content-Type: multipart/related; boundary="${inner}"\r\n\r\n`;
        yield* related(storage, revision.ok, inner);
        yield '\r\n';
      } else {
        yield `Content-Type: application/json\r\n\r\n${JSON.stringify(revision.ok)}\r\n`;
      }
    }
    yield `--${boundary}--`;
  }
  return {
    status: 200,
    headers: { 'Content-Type': `multipart/mixed; boundary="${boundary}"` },
    body: body(),
  };
}

async function* related(storage: Storage, doc: StoredDoc, boundary: string): AsyncGenerator<string | Buffer> {
  const attachments = Object.entries(doc._attachments ?? {});
  const following = attachments.map(([name, attachment]) => [name, followsOf(attachment)]);
  const shown = { ...doc, _attachments: Object.fromEntries(following) };
  yield `--${boundary}\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(shown)}`;
  for (const [name, attachment] of attachments) {
    const { content_type, length } = attachment;
    const file = name.replaceAll(/["\r\n]/g, encodeURIComponent);
    yield `\r\n--${boundary}\r\nContent-Disposition: attachment; filename="${file}"\r\n`;
    yield `Content-Type: ${content_type}\r\nContent-Length: ${length}\r\n\r\n`;
    yield await storage.attachment(attachment);
  }
  yield `\r\n--${boundary}--`;
}

function followsOf({ content_type, revpos, digest, length }: StoredAttachment): object {
  return { content_type, revpos, digest, length, follows: true };
}
