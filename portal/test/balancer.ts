import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** What stands before several nodes: a connection goes to the first that takes it. */
export async function startBalancer(t: TestContext) {
  let nodes: number[] = [];
  const open = new Set<Socket>();
  const server = createServer(async (near) => {
    open.add(near.on('error', () => undefined));
    const far = await firstOf(nodes);
    if (!far) return void near.destroy();
    far.on('error', () => undefined).on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    /** Ports of the nodes, the one to be asked first before the others. */
    to(...ports: number[]): void {
      nodes = ports;
    },
  };
}

async function firstOf(ports: number[]): Promise<Socket | undefined> {
  for (const port of ports) {
    const socket = connect(port, '127.0.0.1');
    const isTaken = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (isTaken) return socket;
  }
  return undefined;
}
