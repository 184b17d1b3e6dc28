/** A node of a portal in a process of its own: started, asked for its memory, stopped. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CouchAddress } from '@photomaton/couch';

export interface BenchNode {
  url: string;
  process: ChildProcess;
  /** The administrator's CouchDB behind it, as the reference asks it. */
  admin: CouchAddress;
  /** The portal's own account there. */
  couch: CouchAddress;
  stop(): Promise<void>;
}

/** Starts a node on an empty folder. Nodes with the same `secret` and CouchDB are of one installation. */
export async function startNode(secret: string, admin?: CouchAddress): Promise<BenchNode> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-bench-'));
  const child = fork(fileURLToPath(new URL('portal-process.ts', import.meta.url)), [], {
    env: {
      ...{ ...process.env, DATA_DIR: dir, PORTAL_SECRET: secret, LOG_LEVEL: 'silent' },
      ...(admin && {
        ...{ COUCH_URL: admin.url, COUCH_USER: admin.username, COUCH_PASSWORD: admin.password },
      }),
    },
    execArgv: ['--expose-gc', '--import', 'tsx'],
  });
  const exited = once(child, 'exit');
  const started = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (!started) throw new Error('a portal did not start');
  const [where] = started as [Pick<BenchNode, 'url' | 'admin' | 'couch'>];
  return {
    ...where,
    process: child,
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
      await rm(dir, { recursive: true });
    },
  };
}

/** Megabytes that are the process's own, when nothing is left to collect. */
export async function memoryOf(node: ChildProcess): Promise<number> {
  node.send('memory');
  const [{ megabytes }] = (await once(node, 'message')) as [{ megabytes: number }];
  return megabytes;
}
