import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { boothDatabase, type SettingsDoc } from '@photomaton/design-docs/docs';
import { io, type Socket } from 'socket.io-client';
import type { NewsMessage } from '../gallery/news.ts';
import { givenBooth } from './booth-with-photos.ts';
import type { Visitor } from './browser.ts';
import { eventually } from './eventually.ts';
import { type Stack, startStack } from './stack.ts';

const SOON_MS = 5_000;

function connect(
  t: TestContext,
  stack: Stack,
  headers: Record<string, string>,
  transport = 'websocket',
): Socket {
  const socket = io(stack.url, {
    path: '/io',
    transports: [transport],
    forceNew: true,
    reconnection: false,
    extraHeaders: headers,
  });
  t.after(() => socket.disconnect());
  return socket;
}
const as = (stack: Stack, visitor: Visitor) => ({ cookie: visitor.cookies(), origin: stack.portal.url });

const connected = async (socket: Socket): Promise<boolean> => {
  const outcome = await Promise.race([
    once(socket as unknown as EventTarget, 'connect', { signal: AbortSignal.timeout(SOON_MS) }).then(
      () => true,
    ),
    once(socket as unknown as EventTarget, 'connect_error', { signal: AbortSignal.timeout(SOON_MS) }).then(
      () => false,
    ),
  ]);
  return outcome;
};
const next = (socket: Socket, event: string) =>
  once(socket as unknown as EventTarget, event, { signal: AbortSignal.timeout(SOON_MS) });
const watch = (socket: Socket, event: unknown, lang = 'en'): Promise<{ ok: boolean }> =>
  socket.timeout(SOON_MS).emitWithAck('watch', event, lang);

test('open pages are told what changed', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const visitor = await stack.visitor(customer);
  // Made first: CouchDB gathers what it tells, so the word of its making comes a little later.
  const other = await givenBooth(stack, customer.id);
  const booth = await givenBooth(stack, customer.id);

  await t.test('by a new photo, by another after it, and by the booth’s status', async (t) => {
    const socket = connect(t, stack, as(stack, visitor));
    assert.ok(await connected(socket));
    assert.deepEqual(await watch(socket, booth.event), { ok: true });
    const told: NewsMessage[] = [];
    socket.on('news', (message: NewsMessage) => void told.push(message));
    const items = () => told.flatMap(({ items }) => items);
    for (const photos of [1, 2]) {
      const [photo] = await booth.add(1);
      await eventually('the photo', async () => items().some(({ key }) => key === photo?.key));
      assert.equal(new Set(items().map(({ key }) => key)).size, photos);
    }
    assert.match(items()[0]?.html ?? '', /class="tag.*>New</);
    await booth.report(7);
    await eventually('the status', async () => told.at(-1)?.standing.includes('<strong>7</strong> still on'));
  });

  await t.test('each in its own language', async (t) => {
    const sockets = [connect(t, stack, as(stack, visitor)), connect(t, stack, as(stack, visitor))];
    for (const socket of sockets) assert.ok(await connected(socket));
    const [english, french] = sockets as [Socket, Socket];
    await watch(english, booth.event);
    await watch(french, booth.event, 'fr');
    const news = Promise.all(sockets.map((socket) => next(socket, 'news')));
    await booth.report(8);
    const [[one], [other]] = (await news) as [[NewsMessage], [NewsMessage]];
    assert.match(one.standing, /still on the booth/);
    assert.match(other.standing, /encore dans le photomaton/);
  });

  await t.test('and of a photo that is hidden or deleted they hear the key alone', async (t) => {
    const socket = connect(t, stack, as(stack, visitor));
    assert.ok(await connected(socket));
    await watch(socket, booth.event);
    const [photo] = await booth.add(1);
    const told: NewsMessage[] = [];
    socket.on('news', (message: NewsMessage) => void told.push(message));
    const of = (act: string) =>
      visitor.post(`/events/${booth.event}/marks`, { act, photo: photo?.key ?? '' });
    const isTold = (what: (message: NewsMessage) => boolean) =>
      eventually('the news', async () => told.splice(0).some(what));
    for (const [act, back] of [
      ['hide', 'show'],
      ['delete', 'restore'],
    ] as const) {
      await of(act);
      await isTold(({ gone, items }) => gone.includes(photo?.key ?? '') && items.length === 0);
      await of(back);
      await isTold(({ items }) => items.some(({ key, isNew }) => key === photo?.key && !isNew));
    }
  });

  await t.test('by many at once only a few times', async (t) => {
    const socket = connect(t, stack, as(stack, visitor));
    await connected(socket);
    await watch(socket, booth.event);
    let words = 0;
    socket.on('news', () => {
      words += 1;
    });
    const start = Date.now();
    const last = next(socket, 'news');
    for (let i = 0; i < 10; i++) await booth.sendPreview(await booth.take());
    await last;
    assert.ok(words <= 2 + (Date.now() - start) / 300, `${words} words`);
  });

  await t.test('but never into a room that is not theirs, or is none', async (t) => {
    const stranger = await stack.visitor(await stack.account());
    const socket = connect(t, stack, as(stack, stranger));
    await connected(socket);
    let isWoken = false;
    socket.on('news', () => {
      isWoken = true;
    });
    for (const event of [
      booth.event,
      randomBytes(12).toString('hex'),
      '',
      null,
      { event: booth.event },
      [booth.event],
    ]) {
      assert.deepEqual(await watch(socket, event), { ok: false });
    }
    const mine = connect(t, stack, as(stack, visitor));
    await connected(mine);
    await watch(mine, booth.event);
    const woken = next(mine, 'news');
    await booth.add(1);
    await woken;
    assert.deepEqual(await watch(socket, booth.event), { ok: false }); // after whatever was sent to it
    assert.equal(isWoken, false);
  });

  await t.test('and not by a change elsewhere', async (t) => {
    const socket = connect(t, stack, as(stack, visitor));
    await connected(socket);
    await watch(socket, other.event);
    let isWoken = false;
    socket.on('news', () => {
      isWoken = true;
    });
    const both = connect(t, stack, as(stack, visitor));
    await connected(both);
    await watch(both, booth.event);
    const woken = next(both, 'news');
    await stack.couch.put<SettingsDoc>(boothDatabase(booth.booth), {
      _id: 'settings',
      type: 'settings',
      event: { id: booth.event, title: 'x' },
      language: 'fr',
      countdownS: 3,
    });
    await woken;
    assert.deepEqual(await watch(socket, other.event), { ok: true });
    assert.equal(isWoken, false);
  });
});

test('who gets a socket', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const visitor = await stack.visitor(customer);
  const { cookie, origin } = as(stack, visitor);

  await t.test('only a page of ours, with a login', async (t) => {
    assert.equal(await connected(connect(t, stack, { cookie, origin })), true);
    assert.equal(await connected(connect(t, stack, { cookie })), false, 'no Origin');
    assert.equal(await connected(connect(t, stack, { cookie, origin: 'https://evil.example' })), false);
    assert.equal(await connected(connect(t, stack, { cookie, origin: 'null' })), false);
    assert.equal(await connected(connect(t, stack, { origin })), false, 'no cookie');
    assert.equal(await connected(connect(t, stack, { origin, cookie: 'photomaton=s%3Aforged.x' })), false);
    assert.equal(await connected(connect(t, stack, { cookie, origin }, 'polling')), false, 'not by polling');
  });

  await t.test('and loses it with the session, at once', async (t) => {
    const socket = connect(t, stack, { cookie, origin });
    await connected(socket);
    const other = connect(t, stack, as(stack, await stack.visitor(customer)));
    await connected(other);
    const gone = next(socket, 'disconnect');
    await visitor.post('/logout');
    await gone;
    assert.equal(other.connected, true);
  });

  await t.test('or with the password', async (t) => {
    const again = await stack.visitor(customer);
    const socket = connect(t, stack, as(stack, again));
    await connected(socket);
    const gone = next(socket, 'disconnect');
    await stack.accounts.setPassword(customer.id, 'another password');
    await gone;
  });

  await t.test('or with the account, when it is suspended', async (t) => {
    const other = await stack.account();
    const socket = connect(t, stack, as(stack, await stack.visitor(other)));
    await connected(socket);
    const gone = next(socket, 'disconnect');
    await stack.accounts.setSuspended(other.id, true);
    await gone;
  });
});
