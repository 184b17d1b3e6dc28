import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from '../context.ts';

/** A photo or a shot that the server has answered for. */
export interface Stored {
  id: string;
  rev: string;
  /** Seconds, by the clock of the trace; not before it was stored, and before the booth knew. */
  time: number;
}

/** Stands between booth and server, and writes down which photo or shot was stored when, before it passes the answer on. */
export async function startNotary(
  t: TestContext,
  server: string,
): Promise<{ url: string; stored: Stored[] }> {
  const stored: Stored[] = [];
  const notary = createServer((req, res) => {
    const { method, headers, url = '' } = req;
    const onward = request(server + url, { method, headers }, (answer) => {
      buffer(answer).then(
        (body) => {
          if (method === 'PUT' && answer.statusCode === 201 && /\/(photo|shot)%3A/.test(url)) {
            const { id, rev } = JSON.parse(body.toString()) as { id: string; rev: string };
            stored.push({ id, rev, time: (Date.now() + 1) / 1000 });
          }
          res.writeHead(answer.statusCode ?? 502, answer.headers).end(body);
        },
        () => res.destroy(),
      );
    });
    onward.on('error', () => res.destroy());
    res.on('close', () => onward.destroy());
    req.pipe(onward);
  });
  notary.listen(0, '127.0.0.1');
  await once(notary, 'listening');
  t.after(() => {
    notary.close();
    notary.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(notary.address() as AddressInfo).port}`, stored };
}
