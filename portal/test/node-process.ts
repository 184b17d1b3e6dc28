import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CouchAddress } from '@photomaton/couch';
import { runProgram } from './processes.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { couchEnv } from './test-couch.ts';

/** A node of a portal as a process of its own, which can be killed. */
export interface NodeProcess {
  port: number;
  url: string;
  kill(): void;
  ended: Promise<unknown>;
}

/** Starts one before this CouchDB. Nodes with the same secret are of one installation. */
export async function startNode(
  t: TestContext,
  o: { admin: CouchAddress; secret: Uint8Array; portalUrl?: string },
): Promise<NodeProcess> {
  const program = runProgram(t, {
    file: 'main.ts',
    env: {
      DATA_DIR: join(await temporaryFolder(t), 'portal'),
      PORTAL_PORT: '0',
      ...(o.portalUrl && { PORTAL_URL: o.portalUrl }),
      PORTAL_SECRET: Buffer.from(o.secret).toString('base64'),
      ...couchEnv({ kind: 'server', admin: o.admin }),
    },
  });
  const [, port] = await program.says(/"port":(\d+).*"portal ready"/);
  return {
    port: Number(port),
    url: `http://localhost:${port}`,
    kill: () => program.process.kill('SIGKILL'),
    ended: program.ended,
  };
}
