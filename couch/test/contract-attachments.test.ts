import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { contract } from './contract-server.ts';

const digest = (bytes: Buffer): string => `md5-${createHash('md5').update(bytes).digest('base64')}`;

/** Types that CouchDB compresses (text) get a digest of their own; photos do not. */
const JPEG = 'image/jpeg';

function multipart(doc: object, parts: { name?: string; bytes: Buffer }[], boundary = 'b0und'): Buffer {
  const pieces: (Buffer | string)[] = [
    `--${boundary}\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(doc)}`,
  ];
  for (const { name, bytes } of parts) {
    const disposition = name ? `Content-Disposition: attachment; filename="${name}"\r\n` : '';
    pieces.push(`\r\n--${boundary}\r\n${disposition}Content-Type: ${JPEG}\r\n\r\n`, bytes);
  }
  pieces.push(`\r\n--${boundary}--`);
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
}

const RELATED = { 'content-type': 'multipart/related; boundary="b0und"' };
const follows = (bytes: Buffer, facts: object = {}) => ({
  follows: true,
  content_type: JPEG,
  length: bytes.length,
  digest: digest(bytes),
  ...facts,
});

contract('multipart/related stores a replicated revision with its attachments', async (server, t) => {
  const db = await server.database(t);
  const [photo, thumb] = [randomBytes(700_000), randomBytes(3_000)];
  const doc = {
    _id: 'p',
    _rev: '1-abc',
    _revisions: { start: 1, ids: ['abc'] },
    n: 1,
    _attachments: { 'photo.jpg': follows(photo, { revpos: 1 }), 'thumb.jpg': follows(thumb, { revpos: 1 }) },
  };
  const body = multipart(doc, [
    { name: 'photo.jpg', bytes: photo },
    { name: 'thumb.jpg', bytes: thumb },
  ]);
  const put = await server.request('PUT', `/${db}/p?new_edits=false`, { body, headers: RELATED });
  assert.deepEqual([put.status, put.json], [201, { ok: true, id: 'p', rev: '1-abc' }]);
  const { json } = await server.request('GET', `/${db}/p`);
  assert.equal(json.n, 1);
  assert.deepEqual(json._attachments['photo.jpg'], {
    content_type: JPEG,
    revpos: 1,
    digest: digest(photo),
    length: photo.length,
    stub: true,
  });
  assert.ok((await server.request('GET', `/${db}/p/photo.jpg`)).bytes.equals(photo));
  assert.ok((await server.request('GET', `/${db}/p/thumb.jpg`)).bytes.equals(thumb));
  // Sent again, as after a lost answer: no harm.
  assert.equal(
    (await server.request('PUT', `/${db}/p?new_edits=false`, { body, headers: RELATED })).status,
    201,
  );
  const { rows } = (await server.request('GET', `/${db}/_all_docs`)).json;
  assert.deepEqual(
    rows.map((row: { value: { rev: string } }) => row.value.rev),
    ['1-abc'],
  );
});

contract('bytes that have not the digest claimed are refused and nothing is stored', async (server, t) => {
  const db = await server.database(t);
  const [bytes, others] = [randomBytes(5_000), randomBytes(5_000)];
  const doc = { _id: 'p', _rev: '1-abc', _attachments: { 'photo.jpg': follows(others) } };
  const put = await server.request('PUT', `/${db}/p?new_edits=false`, {
    body: multipart(doc, [{ name: 'photo.jpg', bytes }]),
    headers: RELATED,
  });
  assert.ok(put.status >= 400, String(put.status));
  assert.equal((await server.request('GET', `/${db}/p`)).status, 404);
  assert.equal((await server.request('GET', `/${db}`)).json.doc_count, 0);
});

contract('malformed multipart stores nothing and the server goes on', async (server, t) => {
  const db = await server.database(t);
  const bytes = randomBytes(1_000);
  const doc = (facts: object) => ({
    _id: 'p',
    _rev: '1-abc',
    _attachments: { 'photo.jpg': follows(bytes, facts) },
  });
  const whole = multipart(doc({}), [{ name: 'photo.jpg', bytes }]);
  const bodies: [string, Buffer, Record<string, string>?][] = [
    ['no boundary in the type', whole, { 'content-type': 'multipart/related' }],
    ['not multipart at all', Buffer.from('garbage')],
    ['cut within the attachment', whole.subarray(0, whole.length - 600)],
    ['length too long', multipart(doc({ length: 1_001 }), [{ name: 'photo.jpg', bytes }])],
    ['length too short', multipart(doc({ length: 999 }), [{ name: 'photo.jpg', bytes }])],
    ['length that is no count', multipart(doc({ length: 999.5 }), [{ name: 'photo.jpg', bytes }])],
    ['no length', multipart(doc({ length: undefined }), [{ name: 'photo.jpg', bytes }])],
    [
      'document is no JSON',
      Buffer.from('--b0und\r\nContent-Type: application/json\r\n\r\n{bad\r\n--b0und--'),
    ],
    ['an attachment is missing', multipart(doc({}), [])],
  ];
  for (const [what, body, headers = RELATED] of bodies) {
    // CouchDB lets some of them hang or breaks off: no answer is a refusal too.
    const options = { body, headers, signal: AbortSignal.timeout(server.isEmbedded ? 5_000 : 1_500) };
    const reply = await server.request('PUT', `/${db}/p?new_edits=false`, options).catch(() => undefined);
    if (server.isEmbedded) assert.ok(reply && reply.status >= 400 && reply.status < 500, what);
    else assert.ok(!reply || reply.status >= 400, what);
    assert.equal((await server.request('GET', `/${db}/p`)).status, 404, what);
  }
});

contract('an attachment is sent whole, in part, or not at all', async (server, t) => {
  const db = await server.database(t);
  const bytes = randomBytes(10_000);
  const put = await server.request('PUT', `/${db}/p/a%2Fb.jpg`, {
    body: bytes,
    headers: { 'content-type': JPEG },
  });
  assert.equal(put.status, 201);
  const path = `/${db}/p/a%2Fb.jpg`;
  const etag = `"${digest(bytes).slice('md5-'.length)}"`;
  const whole = await server.request('GET', path);
  assert.deepEqual(
    ['etag', 'content-type', 'content-length', 'accept-ranges'].map((name) => whole.headers.get(name)),
    [etag, JPEG, '10000', 'bytes'],
  );
  assert.ok(whole.bytes.equals(bytes));
  const head = await server.request('HEAD', path);
  assert.deepEqual([head.status, head.headers.get('content-length'), head.bytes.length], [200, '10000', 0]);
  assert.ok((await server.request('GET', `/${db}/p/a/b.jpg`)).bytes.equals(bytes));

  for (const [range, from, to] of [
    ['bytes=0-0', 0, 0],
    ['bytes=100-199', 100, 199],
    ['bytes=9990-', 9990, 9999],
    ['bytes=-10', 9990, 9999],
    ['bytes=9000-20000', 9000, 9999],
  ] as const) {
    const part = await server.request('GET', path, { headers: { range } });
    assert.deepEqual(
      [range, part.status, part.headers.get('content-range')],
      [range, 206, `bytes ${from}-${to}/10000`],
    );
    assert.ok(part.bytes.equals(bytes.subarray(from, to + 1)), range);
  }
  assert.equal((await server.request('GET', path, { headers: { range: 'bytes=10000-' } })).status, 416);
  assert.equal((await server.request('GET', path, { headers: { range: 'junk' } })).status, 200);
  const known = await server.request('GET', path, { headers: { 'if-none-match': etag } });
  assert.deepEqual([known.status, known.bytes.length], [304, 0]);
  const missing = await server.request('GET', `/${db}/p/none.jpg`);
  assert.deepEqual([missing.status, missing.json.reason], [404, 'Document is missing attachment']);
  for (const name of ['constructor', '__proto__']) {
    assert.equal((await server.request('GET', `/${db}/p/${name}`)).status, 404);
  }
});

contract('attachments are added and taken away one by one', async (server, t) => {
  const db = await server.database(t);
  const headers = { 'content-type': JPEG };
  const first = (await server.request('PUT', `/${db}/p/one`, { body: 'one', headers })).json;
  assert.equal((await server.request('PUT', `/${db}/p/two`, { body: 'two', headers })).status, 409);
  const second = (await server.request('PUT', `/${db}/p/two?rev=${first.rev}`, { body: 'two', headers }))
    .json;
  const { _attachments } = (await server.request('GET', `/${db}/p`)).json;
  assert.deepEqual([_attachments.one.revpos, _attachments.two.revpos], [1, 2]);
  // A stub keeps what the revision before has; what is not named goes.
  const stub = { _rev: second.rev, n: 1, _attachments: { two: { stub: true } } };
  const third = (await server.request('PUT', `/${db}/p`, { json: stub })).json;
  assert.equal((await server.request('GET', `/${db}/p/two`)).text, 'two');
  assert.equal((await server.request('GET', `/${db}/p/one`)).status, 404);
  assert.equal((await server.request('DELETE', `/${db}/p/two?rev=${third.rev}`)).status, 200);
  assert.deepEqual((await server.request('GET', `/${db}/p`)).json._attachments, undefined);
});

contract('a stub cannot fetch what another document has', async (server, t) => {
  const db = await server.database(t);
  const bytes = randomBytes(100);
  await server.request('PUT', `/${db}/mine/x`, { body: bytes, headers: { 'content-type': JPEG } });
  const stub = { stub: true, content_type: JPEG, length: 100, revpos: 1, digest: digest(bytes) };
  const doc = { _id: 'thief', _attachments: { x: stub } };
  assert.equal((await server.request('PUT', `/${db}/thief`, { json: doc })).status, 412);
  const docs = [{ ...doc, _rev: '1-aa' }];
  const bulk = await server.request('POST', `/${db}/_bulk_docs`, { json: { new_edits: false, docs } });
  assert.deepEqual([bulk.status, bulk.json.error], [412, 'missing_stub']);
  assert.equal((await server.request('GET', `/${db}/thief`)).status, 404);
});

contract('attachments come inline or as multipart, as is asked', async (server, t) => {
  const db = await server.database(t);
  const data = Buffer.from('inline').toString('base64');
  const json = { _attachments: { 'x.jpg': { content_type: JPEG, data } } };
  const { rev } = (await server.request('PUT', `/${db}/p`, { json })).json;
  const path = `/${db}/p?attachments=true`;
  const inline = await server.request('GET', path, { headers: { accept: 'application/json' } });
  assert.equal(inline.json._attachments['x.jpg'].data, data);
  for (const [query, type] of [
    ['attachments=true', /^multipart\/related; boundary="([^"]+)"/],
    ['open_revs=all', /^multipart\/mixed; boundary="([^"]+)"/],
    [
      `attachments=true&open_revs=${encodeURIComponent(JSON.stringify([rev]))}`,
      /^multipart\/mixed; boundary="([^"]+)"/,
    ],
  ] as const) {
    const reply = await server.request('GET', `/${db}/p?${query}`, { headers: { accept: '*/*' } });
    const boundary = type.exec(reply.headers.get('content-type') ?? '')?.[1];
    assert.ok(boundary, query);
    assert.ok(reply.text.startsWith(`--${boundary}\r\nContent-Type: `), query);
    assert.ok(reply.text.endsWith(`--${boundary}--`), query);
    assert.match(reply.text, /"follows":true/);
    assert.match(reply.text, /filename="x\.jpg"[\s\S]*\r\n\r\ninline\r\n--/);
  }
});
