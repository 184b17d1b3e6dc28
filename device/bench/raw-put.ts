import { createHash, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { multipartBody } from '@photomaton/couch/multipart-body';
import { digestOf } from '@photomaton/design-docs/docs';
import { authorization, hex24, type Site } from './site.ts';

/** One PUT: what it is called, and its body, out of memory. */
interface Put {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** `PUT /db/doc/photo.jpg`: as little as HTTP needs. */
export const asAttachment = (jpeg: Buffer): Put => ({
  path: `${hex24()}/photo.jpg`,
  headers: { 'content-type': 'image/jpeg' },
  body: jpeg,
});

/** `PUT /db/doc?new_edits=false` as multipart/related: as little as a replicated document needs. */
export async function asDocument(jpeg: Buffer): Promise<Put> {
  const digest = digestOf(createHash('md5').update(jpeg).digest('hex'));
  const stub = { content_type: 'image/jpeg', digest, length: jpeg.length };
  const doc = { _id: hex24(), _rev: `1-${randomBytes(16).toString('hex')}`, _attachments: { x: stub } };
  const { headers, body } = multipartBody(doc, { x: jpeg });
  const path = `${doc._id}?new_edits=false`;
  return {
    path,
    headers: { 'content-type': headers['content-type'] },
    body: Buffer.concat(await body.toArray()),
  };
}

/** Does these PUTs into a database, so many at once, over kept connections. */
export async function putRaw(
  { admin }: Site,
  database: string,
  puts: Iterable<Put>,
  parallel: number,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  const left = puts[Symbol.iterator]();
  const put = (one: Put) =>
    new Promise<void>((resolve, reject) => {
      const headers = {
        ...{ ...one.headers, authorization: authorization(admin) },
        'content-length': one.body.length,
      };
      const url = `${admin.url}/${database}/${one.path}`;
      const sent = request(url, { method: 'PUT', agent, headers }, (answer) => {
        answer.resume().once('end', () => {
          if (answer.statusCode === 201) resolve();
          else reject(new Error(`the server answered a raw PUT with ${answer.statusCode}`));
        });
      });
      sent.once('error', reject).end(one.body);
    });
  const lane = async () => {
    for (let next = left.next(); !next.done; next = left.next()) await put(next.value);
  };
  try {
    await Promise.all(Array.from({ length: parallel }, lane));
  } finally {
    agent.destroy();
  }
}
