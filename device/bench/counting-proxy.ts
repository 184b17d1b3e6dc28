import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A door to another server that counts what goes through it, both ways, as TCP carries it. */
export interface CountingProxy {
  url: string;
  /** Bytes so far, up and down together. */
  bytes(): number;
  close(): Promise<void>;
}

export async function openCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
  };
  const server = createServer((booth) => {
    const remote = connect(Number(port), hostname);
    const pair = [booth, remote] as const;
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('data', count);
      socket.on('error', () => undefined); // each end sees the other close
      socket.once('close', () => {
        sockets.delete(socket);
        for (const one of pair) one.destroy();
      });
    }
    booth.pipe(remote).pipe(booth);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
