import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type AccountDoc, accountId } from '@photomaton/design-docs/docs';
import { io, type Socket } from 'socket.io-client';
import type { NewsMessage } from '../gallery/news.ts';
import { givenBooth } from './booth-with-photos.ts';
import type { Visitor } from './browser.ts';
import { eventually } from './eventually.ts';
import { type Stack, startNodes } from './stack.ts';

/** A page's socket at a node. */
async function openSocket(t: TestContext, { url, portal }: Stack, cookie: string): Promise<Socket> {
  const socket = io(url, {
    ...{ path: '/io', transports: ['websocket'], forceNew: true, reconnection: false },
    extraHeaders: { cookie, origin: portal.url },
  });
  t.after(() => socket.disconnect());
  await once(socket as unknown as EventTarget, 'connect');
  return socket;
}

/** The next word of this kind that it hears. */
const next = (socket: Socket, word: string): Promise<unknown[]> =>
  once(socket as unknown as EventTarget, word, { signal: AbortSignal.timeout(10_000) });

test('a login ends on every node, with its sockets, whatever that node knew of it', async (t) => {
  const nodes = await startNodes(t);
  const [one, two] = nodes;
  const customer = await one.account();

  /** Logged in on one node; on the other a page is read, and read again, and on both a socket is open. */
  async function atBoth(): Promise<{ here: Visitor; isGone: () => Promise<void> }> {
    const here = await one.visitor(customer);
    const cookie = here.cookies();
    const read = async () =>
      (await fetch(`${two.url}/events`, { headers: { cookie }, redirect: 'manual' })).status;
    for (let i = 0; i < 3; i++) assert.equal(await read(), 200);
    const sockets = await Promise.all(nodes.map((node) => openSocket(t, node, cookie)));
    const disconnected = Promise.all(sockets.map((socket) => next(socket, 'disconnect')));
    return {
      here,
      async isGone() {
        await disconnected;
        // Told of the same change as the sockets were.
        assert.equal(await read(), 303);
      },
    };
  }

  const loggedOut = await atBoth();
  await loggedOut.here.post('/logout');
  await loggedOut.isGone();

  const elsewhere = await atBoth();
  const other = await one.visitor(customer);
  await other.post('/account/sessions');
  await elsewhere.isGone();
  assert.equal((await other.get('/events')).status, 200, 'all but the one that ends them');

  const changed = await atBoth();
  await one.accounts.setPassword(customer.id, customer.password);
  await changed.isGone();

  const disabled = await atBoth();
  await one.couch.update<AccountDoc>('accounts', accountId(customer.id), (doc) =>
    doc ? { ...doc, disabled: true } : undefined,
  );
  await disabled.isGone();
  await eventually(
    'its end on the first node',
    async () => (await disabled.here.get('/events')).status === 303,
  );
});

test('what arrives through one node is seen on pages of every node', async (t) => {
  const nodes = await startNodes(t);
  const [one] = nodes;
  const customer = await one.account();
  const booth = await givenBooth(one, customer.id);
  const cookie = (await one.visitor(customer)).cookies();
  const sockets = await Promise.all(nodes.map((node) => openSocket(t, node, cookie)));
  for (const socket of sockets)
    assert.deepEqual(await socket.timeout(10_000).emitWithAck('watch', booth.event, 'en'), { ok: true });
  const heard = Promise.all(sockets.map((socket) => next(socket, 'news')));
  const photo = await booth.take();
  await booth.sendPreview(photo);
  for (const [news] of (await heard) as [NewsMessage][])
    assert.deepEqual(
      news.items.map(({ key }) => key),
      [photo.key],
    );
});
