import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { Couch } from '@photomaton/couch';
import express from 'express';
import { sendPicture } from '../gallery/send-picture.ts';
import { eventually } from './eventually.ts';

/** Serves one picture whose bytes come from this function. */
async function serve(t: TestContext, attachment: Couch['attachment'], downloadAs?: string): Promise<string> {
  const app = express().set('env', 'test');
  app.get('/', (req, res) =>
    sendPicture(
      { couch: { attachment }, req, res },
      { db: 'event', id: 'photo', attachment: 'photo.jpg', ...(downloadAs ? { downloadAs } : {}) },
    ),
  );
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('a reader who goes away ends the transfer from CouchDB', async (t) => {
  const source = new Readable({ read: () => {} });
  let isAborted = false;
  const url = await serve(t, async (_db, _id, _name, options) => {
    options?.signal?.addEventListener('abort', () => {
      isAborted = true;
    });
    source.push('the beginning');
    return { status: 200, headers: { 'content-length': '1000' }, body: source };
  });
  const reader = get(url);
  const [answer] = await once(reader, 'response');
  await once(answer, 'data');
  answer.destroy();
  await eventually('the end of the transfer', async () => isAborted && source.destroyed);
});

test('a transfer that breaks off is no whole picture', async (t) => {
  const source = new Readable({ read: () => {} });
  const url = await serve(t, async () => ({ status: 200, headers: {}, body: source }));
  const answer = fetch(url);
  source.push('the beginning');
  const { body } = await answer;
  source.destroy(new Error('CouchDB went away'));
  await assert.rejects(new Response(body).text());
});

test('odd characters in a name are safe, and a picture is never a page', async (t) => {
  const odd = 'a"b\r\nX-Evil: 1\\é€.html';
  const html = { 'content-type': 'text/html' };
  const url = await serve(t, async () => ({ status: 200, headers: html, body: Readable.from(['x']) }), odd);
  const { headers } = await fetch(url);
  assert.equal(headers.get('content-type'), 'image/jpeg');
  assert.equal(headers.get('x-evil'), null);
  assert.match(
    headers.get('content-disposition') ?? '',
    /^attachment; filename="[^\r\n]*"; filename\*=UTF-8''/,
  );
});
