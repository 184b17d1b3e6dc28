import { once } from 'node:events';
import { io, type Socket } from 'socket.io-client';
import type { BenchPortal } from './site.ts';

const DEADLINE_MS = 20_000;

/** The socket of an open gallery: let in, and in the room of its event. */
export async function openGallery({ url, visitor, event }: BenchPortal): Promise<Socket> {
  const extraHeaders = { cookie: visitor.cookies(), origin: url };
  const socket = io(url, { path: '/io', transports: ['websocket'], forceNew: true, extraHeaders });
  await once(socket as unknown as EventTarget, 'connect', { signal: AbortSignal.timeout(DEADLINE_MS) });
  await socket.timeout(DEADLINE_MS).emitWithAck('watch', event, 'en');
  return socket;
}
