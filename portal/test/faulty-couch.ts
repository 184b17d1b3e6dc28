import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * What is wrong with it: nothing, its disk is full, it takes requests for a database and says nothing, or (no fault of
 * its own) whoever sends one like this, `PUT /fleet/booth`, is killed before it arrives.
 */
type Fault =
  | { kind: 'none' }
  | { kind: 'read-only' }
  | { kind: 'stalled'; db: string }
  | { kind: 'deadly'; request: RegExp; kill: () => void };

/** A CouchDB with a fault, made of one that has none. Feeds go on. */
export async function faultyCouch(t: TestContext, target: string) {
  let fault: Fault = { kind: 'none' };
  const { hostname, port } = new URL(target);
  const server = createServer((req, res) => {
    const isWrite = req.method === 'PUT' || req.method === 'DELETE' || /_bulk_docs/.test(req.url ?? '');
    if (fault.kind === 'stalled' && req.url?.startsWith(`/${fault.db}`)) return void req.resume();
    if (fault.kind === 'read-only' && isWrite) {
      req.resume();
      // As CouchDB says it when there is no room left.
      res.writeHead(507, { 'content-type': 'application/json' });
      return void res.end('{"error":"insufficient_storage","reason":"Insufficient storage"}');
    }
    const { method, url, headers } = req;
    if (fault.kind === 'deadly' && fault.request.test(`${method} ${decodeURIComponent(url ?? '')}`)) {
      fault.kill();
      return void res.destroy();
    }
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      res.flushHeaders();
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    res.on('close', () => onward.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    has: (next: Fault) => {
      fault = next;
    },
  };
}
