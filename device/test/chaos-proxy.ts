import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { type AnswerFault, healthyAnswers } from './answer-faults.ts';
import type { TestContext } from './context.ts';
import { type Connection, healthyWire, type Way, type WireFault } from './wire-faults.ts';

/**
 * A bad line between a booth and the real server, in two layers whose faults can be changed while it runs:
 *
 *   booth ── wire (TCP or TLS: packets) ── front (HTTP: answers) ── server
 *
 * It also keeps the books of what went through, for "no finished photo is sent again".
 */
export interface Chaos {
  url: string;
  faults: { wire: WireFault; answer: AnswerFault };
  /** From now on nothing is wrong, for connections that are open too unless a fault broke them for good. */
  heal(): void;
  seen: {
    /** Requests that reached the front, whatever came of them. */
    requests: number;
    /** Of each document sent by PUT, how often the server said that it has stored it. */
    stored: Map<string, number>;
    /** Documents that were being sent although the server had said that it has stored them. */
    sentAgain: string[];
  };
  /** TLS only: what the server proves itself with from now on. */
  setCertificate(certificate: TlsOptions): void;
}

/** A fault meets small pieces, so that a slow line trickles and a cut comes where it was told to. */
const PACKET_BYTES = 1_400;
/** As much as a direction holds back before it stops reading. */
const WINDOW_BYTES = 64 * 1024;

/** `certificate` makes the booth's end of it TLS, for `localhost`. */
export async function startChaos(
  t: TestContext,
  server: string,
  { certificate }: { certificate?: TlsOptions } = {},
): Promise<Chaos> {
  const faults = { wire: healthyWire, answer: healthyAnswers };
  const seen: Chaos['seen'] = { requests: 0, stored: new Map(), sentAgain: [] };
  const front = createFront({ server, seen, fault: () => faults.answer });
  const frontPort = await listen(t, front);

  const accept = (client: Socket) => {
    const upstream = connect({ port: frontPort, host: '127.0.0.1', allowHalfOpen: true });
    client.once('close', () => upstream.destroy());
    carryBothWays(client, upstream, () => faults.wire);
  };
  const tls = certificate && createTlsServer({ ...certificate, allowHalfOpen: true }, accept);
  const listener = tls ?? createTcpServer({ allowHalfOpen: true }, accept);
  const port = await listen(t, listener);
  const open = new Set<Socket>();
  listener.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  t.after(() => {
    for (const socket of open) socket.destroy();
    front.closeAllConnections();
  });

  return {
    url: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    faults,
    heal() {
      faults.wire = healthyWire;
      faults.answer = healthyAnswers;
    },
    seen,
    setCertificate: (next) => tls?.setSecureContext(next),
  };
}

async function listen(t: TestContext, server: ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Carries packets both ways, each when the fault lets it go. */
function carryBothWays(client: Socket, server: Socket, fault: () => WireFault): void {
  const closed = new AbortController();
  /** A packet is lost for good: nothing that comes after it can arrive either, not even the end. */
  let isDead = false;
  const connection: Connection = {
    bytes: { up: 0, down: 0 },
    closed: closed.signal,
    reset() {
      client.resetAndDestroy();
      server.resetAndDestroy();
    },
    loseServer() {
      isDead = true;
      server.destroy();
    },
  };

  function carry(from: Socket, to: Socket, way: Way): void {
    let turn: Promise<void> = Promise.resolve();
    let held = 0;
    const inTurn = (deed: () => void | Promise<void>) => {
      turn = turn.then(deed).catch(() => undefined); // the wait was broken off: the connection is gone
    };
    from.on('data', (chunk: Buffer) => {
      const arrivedAt = performance.now();
      for (let at = 0; at < chunk.length; at += PACKET_BYTES) {
        const bytes = chunk.subarray(at, at + PACKET_BYTES);
        held += bytes.length;
        inTurn(async () => {
          connection.bytes[way] += bytes.length;
          const passes = !isDead && (await fault()({ way, bytes, arrivedAt }, connection));
          if (passes && !isDead) to.write(bytes);
          else isDead = true;
          held -= bytes.length;
          if (held < WINDOW_BYTES) from.resume();
        });
      }
      if (held >= WINDOW_BYTES) from.pause();
    });
    from.on('end', () => inTurn(() => void (isDead || to.end())));
    from.on('error', () => undefined); // 'close' follows
  }
  carry(client, server, 'up');
  carry(server, client, 'down');
  client.on('close', () => closed.abort());
  server.on('close', (hadError) => {
    if (hadError && !isDead) client.resetAndDestroy();
  });
}

/** The HTTP layer: what it forwards is what the server answers, unless the fault has other ideas. */
function createFront({
  server,
  seen,
  fault,
}: {
  server: string;
  seen: Chaos['seen'];
  fault: () => AnswerFault;
}): Server {
  const agent = new Agent({ keepAlive: true });

  const front = createServer((request, response) => {
    const id = documentIn(request);
    seen.requests += 1;
    if (id && seen.stored.has(id)) seen.sentAgain.push(id);
    const forward = async () => {
      const { hostname, port } = new URL(server);
      const { method, url, headers } = request;
      const outgoing = httpRequest({
        ...{ agent, hostname, port, method, path: url },
        headers: { ...headers, host: `${hostname}:${port}` },
      });
      pipeline(request, outgoing, () => undefined); // what goes wrong shows at the answer
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      const body = Buffer.concat((await incoming.toArray()) as Buffer[]);
      const status = incoming.statusCode ?? 0;
      if (id && status < 300) seen.stored.set(id, (seen.stored.get(id) ?? 0) + 1);
      return { status, headers: ownHeaders(incoming, body), body };
    };
    const { socket } = request;
    const answer = async () => fault()({ request, response, socket, document: id, forward });
    answer().catch(() => socket.destroy()); // the server is gone, or the booth: it ends here as without us
  });
  // Only the booth ends connections that are idle: with latency, a request would meet the end of one.
  front.keepAliveTimeout = 0;
  front.requestTimeout = 0;
  front.once('close', () => agent.destroy());
  return front;
}

/** The document that a request would write, photos and previews only. */
function documentIn({ method, url }: IncomingMessage): string | undefined {
  const id = decodeURIComponent(/^\/[^/]+\/([^?]+)/.exec(url ?? '')?.[1] ?? '');
  return method === 'PUT' && /^(photo|preview):/.test(id) ? id : undefined;
}

/** Those of the answer itself; how it travels is each connection's own matter. */
function ownHeaders({ headers }: IncomingMessage, body: Buffer): Record<string, string> {
  const { connection, 'keep-alive': _, 'transfer-encoding': __, ...own } = headers;
  return { ...(own as Record<string, string>), 'content-length': String(body.length) };
}
