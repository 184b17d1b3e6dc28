/** What can be wrong with a line, below HTTP. Each fault decides on one packet at a time. */
import { setTimeout as sleep } from 'node:timers/promises';

/** From the booth to the server, or back. */
export type Way = 'up' | 'down';

export interface Packet {
  way: Way;
  bytes: Uint8Array;
  /** As `performance.now()`. */
  arrivedAt: number;
}

export interface Connection {
  /** That came so far, with those of the packet in hand. */
  bytes: Record<Way, number>;
  /** Aborted when the booth's end is closed. */
  closed: AbortSignal;
  /** Both ends get a reset (RST). */
  reset(): void;
  /** The server's end is gone, and the booth is not told: no FIN, no RST. */
  loseServer(): void;
}

/** When its promise resolves the packet goes on; with false it never does, nor anything after it. */
export type WireFault = (packet: Packet, connection: Connection) => boolean | Promise<boolean>;

export const healthyWire: WireFault = () => true;

/** Each way takes so long; what follows close behind arrives close behind. */
export const latency =
  (ms: number): WireFault =>
  async ({ arrivedAt }, { closed }) => {
    const left = arrivedAt + ms - performance.now();
    if (left > 0) await sleep(left, undefined, { signal: closed });
    return true;
  };

/** A line of so many bytes a second, which all connections share; each way has its own. */
export function rate(bytesPerSecond: number, ways: Way[] = ['up', 'down']): WireFault {
  const freeAt = { up: 0, down: 0 };
  return async ({ way, bytes }, { closed }) => {
    if (!ways.includes(way)) return true;
    const now = performance.now();
    freeAt[way] = Math.max(now, freeAt[way]) + (bytes.length * 1000) / bytesPerSecond;
    await sleep(freeAt[way] - now, undefined, { signal: closed });
    return true;
  };
}

/** Each connection is reset when more than so many bytes have gone this way. */
export const resetAfter =
  (bytes: number, way: Way): WireFault =>
  (packet, connection) => {
    if (packet.way !== way || connection.bytes[way] <= bytes) return true;
    connection.reset();
    return false;
  };

/** The server dies without a word, as behind a router that has forgotten the connection. */
export const halfOpen: WireFault = (_packet, connection) => {
  connection.loseServer();
  return false;
};

/** Whatever is sent is gone, both ways, on connections old and new. */
export const blackHole: WireFault = () => false;

/** The booth is heard, its answers are lost. */
export const deafBooth: WireFault = ({ way }) => way === 'up';
