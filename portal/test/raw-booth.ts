import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { type BoothKeys, makeBoothKeys, unseal } from '@photomaton/design-docs/booth-keys';
import {
  type BoothToServer,
  PAIRING_PATH,
  PAIRING_VERSION,
  type ServerToBooth,
} from '@photomaton/design-docs/pairing';
import { io, type Socket } from 'socket.io-client';

type Message = {
  [E in keyof ServerToBooth]: { event: E; message: Parameters<ServerToBooth[E]>[0] };
}[keyof ServerToBooth];

/** The booth's end of the protocol by hand, so that a test can do what no true booth would. */
export interface RawBooth {
  socket: Socket<ServerToBooth, BoothToServer>;
  keys: BoothKeys;
  /** The next message, which must be of this kind. Rejects after ten seconds. */
  next<E extends keyof ServerToBooth>(event: E): Promise<Parameters<ServerToBooth[E]>[0]>;
  /** The next message, which must be a code, opened. */
  nextCode(): Promise<string>;
  /** Says that the key is stored. Only after `next('paired')`. */
  stored(): void;
  gone: Promise<unknown>;
}

export async function connectRawBooth(
  t: Pick<TestContext, 'after'>,
  url: string,
  o: {
    keys?: BoothKeys;
    version?: number;
    publicKey?: string;
    answer?: string;
    headers?: Record<string, string>;
  } = {},
): Promise<RawBooth> {
  const keys = o.keys ?? (await makeBoothKeys());
  const socket: Socket<ServerToBooth, BoothToServer> = io(url, {
    path: PAIRING_PATH,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: o.headers ?? {},
    auth: { version: o.version ?? PAIRING_VERSION, publicKey: o.publicKey ?? keys.publicKey },
  });
  t.after(() => socket.disconnect());
  const inbox: Message[] = [];
  let arrived = () => {};
  let acknowledge = () => {};
  const take = (message: Message) => {
    inbox.push(message);
    arrived();
  };
  socket.on('challenge', async ({ sealed }, answer) =>
    answer(o.answer ?? (await unseal(sealed, keys)) ?? ''),
  );
  socket.on('code', (message) => take({ event: 'code', message }));
  socket.on('ask', (message) => take({ event: 'ask', message }));
  socket.on('refused', (message) => take({ event: 'refused', message }));
  socket.on('paired', (message, stored) => {
    acknowledge = stored;
    take({ event: 'paired', message });
  });

  async function next<E extends keyof ServerToBooth>(event: E): Promise<Parameters<ServerToBooth[E]>[0]> {
    const deadline = Date.now() + 10_000;
    while (inbox.length === 0) {
      await new Promise<void>((resolve, reject) => {
        arrived = resolve;
        setTimeout(() => reject(new Error(`no ${event} came`)), deadline - Date.now()).unref();
      });
    }
    const message = inbox.shift();
    if (message?.event !== event) throw new Error(`expected ${event}, came ${JSON.stringify(message)}`);
    return message.message as Parameters<ServerToBooth[E]>[0];
  }
  return {
    socket,
    keys,
    next,
    nextCode: async () => (await unseal((await next('code')).sealed, keys)) ?? '',
    stored: () => acknowledge(),
    gone: once(socket as unknown as EventTarget, 'disconnect'),
  };
}
