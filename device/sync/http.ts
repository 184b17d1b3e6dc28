import { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';

/** A server that is not there; what comes after is watched by line.ts, so undici's own limits are off. */
const CONNECT_WITHIN_MS = 10_000;

const openAgent = () =>
  new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: CONNECT_WITHIN_MS } });
let agent = openAgent();

/**
 * As much of `fetch` as PouchDB and the sync use, on undici's `request`: a stream goes to the socket as it is, where
 * `fetch` copies every piece of it twice, and gives up on an answer after five minutes, which a large photo on a
 * thin line may take after its last byte was handed over. Redirects are not followed.
 */
export const httpFetch: typeof fetch = async (input, init = {}) => {
  const { method = 'GET', headers, body, signal } = init;
  const answer = await request(String(input), {
    dispatcher: agent,
    method: method as Dispatcher.HttpMethod,
    headers: Object.fromEntries(new Headers(headers)),
    body: (body ?? null) as string | Readable | null,
    signal: signal ?? null,
  });
  const { statusCode: status } = answer;
  // A CouchDB that refuses an upload before it has read all of it takes what comes next on that connection for the rest.
  if (status >= 400 && body instanceof Readable) leaveConnections();
  const answered = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) answered.set(name, String(value));
  const hasBody = status !== 204 && status !== 304;
  if (!hasBody) await answer.body.dump();
  const content = hasBody ? (Readable.toWeb(answer.body) as ReadableStream<Uint8Array>) : null;
  return new Response(content, { status, headers: answered });
};

/** They end with what is under way on them; who asks from now on has others. */
function leaveConnections(): void {
  void agent.close();
  agent = openAgent();
}
