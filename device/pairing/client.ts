import { setTimeout as sleep } from 'node:timers/promises';
import { unseal } from '@photomaton/design-docs/booth-keys';
import {
  type BoothToServer,
  bindingSchema,
  PAIRING_PATH,
  PAIRING_VERSION,
  type Refusal,
  type ServerToBooth,
  type Words,
  wordsOf,
} from '@photomaton/design-docs/pairing';
import type { Logger } from 'pino';
import { io, type Socket } from 'socket.io-client';
import type { OpenIdentity } from './identity.ts';

/**
 * Pairing as the booth's screen shows it:
 *
 *     connecting → code → confirm → paired
 *         ↑↓         ↑_______|  (declined, or not tapped in time)
 *     unreachable | refused: tried again by itself
 */
export type PairingState =
  | { kind: 'connecting' }
  /** Log in at the portal and type this. `expiresAt` is by this booth's own clock. */
  | { kind: 'code'; code: string; words: Words; expiresAt: Date }
  /** This customer typed the code: is it you? */
  | { kind: 'confirm'; customer: string; code: string; words: Words }
  | { kind: 'paired' }
  | { kind: 'unreachable' }
  | { kind: 'refused'; reason: Refusal };

export interface Pairing {
  start(): void;
  /** The tap. Does nothing unless the state is `confirm`. */
  confirm(): void;
  decline(): void;
  stop(): Promise<void>;
}

/** The first wait after a failure and the longest; half of it is random, so that booths come back spread. */
const RECONNECT_MS = 1_000;
const RECONNECT_MAX_MS = 30_000;
/** How long the portal has to take note that the key is stored before the booth restarts all the same. */
const GOODBYE_MS = 3_000;

/** Connects while the booth is bound to nobody; `restart` is called once its binding is stored. */
export function createPairing({
  portalUrl,
  identity,
  log,
  onState,
  restart,
}: {
  portalUrl: string;
  identity: OpenIdentity;
  log: Logger;
  onState(state: PairingState): void;
  restart(): void;
}): Pairing {
  const me = identity.current();
  const stopped = new AbortController();
  let question: string | undefined;
  let work: Promise<void> = Promise.resolve();

  const socket: Socket<ServerToBooth, BoothToServer> = io(portalUrl, {
    path: PAIRING_PATH,
    transports: ['websocket'],
    autoConnect: false,
    forceNew: true,
    auth: { version: PAIRING_VERSION, publicKey: me.publicKey },
    reconnectionDelay: RECONNECT_MS,
    reconnectionDelayMax: RECONNECT_MAX_MS,
    randomizationFactor: 0.5,
  });

  /** After the portal ended the connection itself, Socket.io leaves it to us. */
  const comeBack = (afterMs: number): void => {
    socket.disconnect();
    void sleep(afterMs * (1 + Math.random() / 2), undefined, { signal: stopped.signal }).then(
      () => socket.connect(),
      () => {},
    );
  };

  /** Messages are handled one after the other, in the order they came. */
  const inTurn = (task: () => Promise<void>): void => {
    work = work
      .then(async () => {
        if (!stopped.signal.aborted) await task();
      })
      .catch((err: unknown) => {
        // Such as a disk that refuses the binding: the portal keeps the key and will give it again.
        log.error({ err }, 'pairing failed');
        comeBack(RECONNECT_MAX_MS);
      });
  };

  async function showCode(sealed: string, show: (code: string, words: Words) => void): Promise<void> {
    const code = await unseal(sealed, me);
    if (code === undefined) log.error('a code that is not for this booth');
    else show(code, wordsOf(me.publicKey, code));
  }

  socket.on('connect', () => log.info('connected to the portal for pairing'));
  socket.on('connect_error', () => {
    question = undefined;
    onState({ kind: 'unreachable' });
  });
  socket.on('disconnect', (reason) => {
    question = undefined;
    if (reason === 'io server disconnect') comeBack(RECONNECT_MS);
  });
  socket.on('challenge', ({ sealed }, answer) =>
    inTurn(async () => answer((await unseal(sealed, me)) ?? '')),
  );
  socket.on('code', ({ sealed, validMs }) =>
    inTurn(() =>
      showCode(sealed, (code, words) => {
        question = undefined;
        onState({ kind: 'code', code, words, expiresAt: new Date(Date.now() + validMs) });
      }),
    ),
  );
  socket.on('ask', (asked) =>
    inTurn(() =>
      showCode(asked.sealed, (code, words) => {
        question = asked.question;
        onState({ kind: 'confirm', customer: asked.customer, code, words });
      }),
    ),
  );
  socket.on('refused', ({ reason, retryMs }) => {
    log.warn({ reason, retryMs }, 'the portal refused to pair');
    onState({ kind: 'refused', reason });
    comeBack(retryMs);
  });
  socket.on('paired', ({ sealed }, stored) =>
    inTurn(async () => {
      const text = await unseal(sealed, me);
      if (text === undefined) {
        log.error('a key that is not for this booth');
        return;
      }
      await identity.bind(bindingSchema.parse(JSON.parse(text)));
      // Bound: from here on a reconnection would ask for another code.
      stopped.abort();
      socket.io.reconnection(false);
      stored();
      log.info('paired');
      onState({ kind: 'paired' });
      await goodbye(socket);
      restart();
    }),
  );

  const answer = (send: (question: string) => void): void => {
    // Only now: what is sent while disconnected would be kept and answer a later question.
    if (question === undefined || !socket.connected) return;
    send(question);
    question = undefined;
  };

  return {
    start() {
      onState({ kind: 'connecting' });
      socket.connect();
    },
    confirm: () =>
      answer((asked) => socket.emit('confirm', { question: asked, shareSecret: me.shareSecret })),
    decline: () => answer((asked) => socket.emit('decline', { question: asked })),
    async stop() {
      stopped.abort();
      socket.disconnect();
      await work;
    },
  };
}

/** Resolves when the portal has ended the connection, as it does when it heard that all is stored. */
async function goodbye(socket: Socket<ServerToBooth, BoothToServer>): Promise<void> {
  if (!socket.connected) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, GOODBYE_MS);
    socket.once('disconnect', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
