import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { boothIdOf } from '@photomaton/design-docs/booth-keys';
import { PAIRING_PATH } from '@photomaton/design-docs/pairing';
import { Server } from 'socket.io';
import { type BoothSocket, createBoothSession } from '../pairing/booth-session.ts';
import { pairingKeys } from '../pairing/pairing-keys.ts';
import { openPairingRequests, type Request } from '../pairing/requests.ts';
import { connectRawBooth } from './raw-booth.ts';
import { startStack } from './stack.ts';

test('of two changes in one moment the later is what the booth hears of', async (t) => {
  const { couch } = await startStack(t);
  const now = () => new Date();
  const requests = openPairingRequests({ couch, keys: pairingKeys(Buffer.alloc(32)), now });
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const io = new Server(http, { path: PAIRING_PATH, transports: ['websocket'] });
  t.after(() => io.close());
  const connected = once(io, 'connection') as Promise<[BoothSocket]>;
  const booth = await connectRawBooth(t, `http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const [socket] = await connected;
  const { publicKey } = booth.keys;
  const session = createBoothSession(
    socket,
    { booth: boothIdOf(publicKey), publicKey },
    {
      ...{ requests, now, encryptSecret: (text) => text, mustWait: async () => undefined },
      ...{ setUp: async () => 'A'.repeat(111), audit: async () => undefined },
    },
  );
  t.after(session.end);
  const over = session.run();
  await booth.nextCode();

  // Nobody tells the session of these, until both are there.
  const waiting = (await requests.current(boothIdOf(publicKey))) as Request;
  await requests.claim(waiting._id, { account: 'camille', name: 'Camille' });
  const claimed = (await requests.get(waiting._id)) as Request;
  await requests.confirm(claimed.booth, { id: claimed._id, rev: claimed._rev }, 'A'.repeat(111));
  const confirmed = (await requests.get(waiting._id)) as Request;
  assert.deepEqual([claimed.state, confirmed.state], ['claimed', 'confirmed']);
  session.wake(claimed);
  session.wake(confirmed);
  // Asked for a claim that was answered already, the booth would wait for a tap that changes nothing.
  await booth.next('paired');
  booth.stored();
  await over;
});
