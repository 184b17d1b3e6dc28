import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { type AccountDoc, accountId } from '@photomaton/design-docs/docs';
import { io } from 'socket.io-client';
import type { Visitor } from './browser.ts';
import { eventually } from './eventually.ts';
import { startStack } from './stack.ts';

test('a login ends on every node, with its sockets, whatever that node knew of it', async (t) => {
  const secret = randomBytes(32);
  const one = await startStack(t, { secret });
  const two = await startStack(t, { secret, couch: { kind: 'server', admin: one.portal.admin } });
  const customer = await one.account();

  /** Logged in on one node; on the other a page is read, and read again, and a socket is open. */
  async function atBoth(): Promise<{ here: Visitor; isGone: () => Promise<void> }> {
    const here = await one.visitor(customer);
    const cookie = here.cookies();
    const read = async () =>
      (await fetch(`${two.url}/events`, { headers: { cookie }, redirect: 'manual' })).status;
    for (let i = 0; i < 3; i++) assert.equal(await read(), 200);
    const socket = io(two.url, {
      ...{ path: '/io', transports: ['websocket'], forceNew: true, reconnection: false },
      extraHeaders: { cookie, origin: two.portal.url },
    });
    t.after(() => socket.disconnect());
    const events = socket as unknown as EventTarget;
    await once(events, 'connect');
    const disconnected = once(events, 'disconnect', { signal: AbortSignal.timeout(10_000) });
    return {
      here,
      async isGone() {
        await disconnected;
        // Told of the same change as the socket was.
        assert.equal(await read(), 303);
      },
    };
  }

  const loggedOut = await atBoth();
  await loggedOut.here.post('/logout');
  await loggedOut.isGone();

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
