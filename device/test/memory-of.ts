import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { WebSocket } from 'undici';

const MB = 2 ** 20;

/** In MB, after the garbage was collected. */
export interface Memory {
  /** What the process has of the machine: threads and libraries too, but no files. */
  process: number;
  /** What JavaScript holds in the main thread: objects and buffers. */
  held: number;
}

/** A port that is free now: for a process that is told to let itself be inspected at it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Looks into a Node process, started with `--inspect` at this port, by https://chromedevtools.github.io/devtools-protocol */
export async function openMemory(pid: number, port: number) {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  let asked = 0;

  function ask<T>(method: string, params = {}): Promise<T> {
    asked += 1;
    const id = asked;
    return new Promise((resolve) => {
      const listen = ({ data }: { data: unknown }) => {
        const answer = JSON.parse(String(data)) as { id: number; result: T };
        if (answer.id !== id) return;
        socket.removeEventListener('message', listen);
        resolve(answer.result);
      };
      socket.addEventListener('message', listen);
      socket.send(JSON.stringify({ id, method, params }));
    });
  }

  return {
    async now(): Promise<Memory> {
      await ask('HeapProfiler.collectGarbage');
      const expression = 'process.memoryUsage()';
      const { result } = await ask<{ result: { value: NodeJS.MemoryUsage } }>('Runtime.evaluate', {
        ...{ expression, returnByValue: true },
      });
      const { heapUsed, external } = result.value;
      const [, kilobytes] = /RssAnon:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
      return { process: Number(kilobytes) / 1024, held: (heapUsed + external) / MB };
    },
    close: () => socket.close(),
  };
}
