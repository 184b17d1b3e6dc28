import { createWatch } from './watch.ts';

/**
 * The line to the server: `fetch` with a deadline, and in plain words what went wrong with it.
 *
 * PouchDB passes errors on through many hands and swallows some; what the line itself has seen (nobody there, a
 * wrong key, a server that is busy, a hotel's login page) is the truth about why a cycle ended.
 */
export type Trouble =
  | { kind: 'offline'; reason: string }
  | { kind: 'busy'; status: number; retryAfterMs?: number }
  | { kind: 'unauthorized' }
  /** A page where CouchDB should be, or the way to one: the venue's login page, or a wrong address. */
  | { kind: 'login-page'; reason: string }
  | { kind: 'certificate'; reason: string };

export interface Line {
  fetch: typeof fetch;
  /** The first trouble since the line was made. */
  trouble(): Trouble | undefined;
}

/** Codes of OpenSSL and Node for a certificate that does not prove what it should. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

class LineError extends Error {
  readonly code = 'LINE';
}

/** What was to be sent could not be read. */
class BodyError extends Error {
  readonly code = 'BODY';
}

/**
 * A line for one cycle, good until the first trouble. A request ends when nothing of it moves for `stallMs`: each
 * piece of a streamed body that the system takes counts, and each piece of an answer. Answers are read whole (they
 * are small: a booth reads no photos back).
 */
export function openLine({
  fetch,
  signal,
  stallMs,
  onServerTime,
  onSent,
}: {
  fetch: typeof globalThis.fetch;
  signal: AbortSignal;
  stallMs: number;
  /** What time it is, says a server that knows this booth. */
  onServerTime?(time: Date): void;
  /** The system has taken so many bytes of a streamed body. */
  onSent?(bytes: number): void;
}): Line {
  let trouble: Trouble | undefined;
  const watch = createWatch({ stallMs, signal, onSent });

  async function request(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    if (trouble) throw new LineError(`the line is no good: ${trouble.kind}`); // PouchDB may try on
    const watched = watch();
    let broken: unknown;
    const onBroken = (error: unknown) => {
      broken = error;
    };
    try {
      const answer = await fetch(input, {
        ...init,
        ...watched.body(init.body, onBroken),
        redirect: 'manual', // CouchDB sends nobody elsewhere; whoever does gets no documents from us
        signal: watched.signal,
      } as RequestInit);
      const bytes = await watched.readAll(answer);
      const seen = troubleIn(answer, bytes, input);
      if (seen) {
        trouble ??= seen;
        throw new LineError(`the line is no good: ${seen.kind}`);
      }
      const time = answer.ok ? answer.headers.get('date') : null;
      if (time) onServerTime?.(new Date(time));
      return forPouchDb(answer, bytes);
    } catch (error) {
      if (broken) throw new BodyError('the body broke off', { cause: broken }); // the line has no part in it
      if (!signal.aborted && !(error instanceof LineError)) {
        const reason = watched.signal.aborted ? 'no answer' : reasonOf(error);
        trouble ??= { kind: CERTIFICATE.test(reason) ? 'certificate' : 'offline', reason };
      }
      throw error;
    } finally {
      watched.stop();
    }
  }

  return { fetch: request, trouble: () => trouble };
}

/** What an answer says of the line; undefined when it is meant for whoever asked. */
function troubleIn(
  { status, headers }: Response,
  bytes: Uint8Array,
  input: RequestInfo | URL,
): Trouble | undefined {
  const isPage = isOfType(headers, 'text/html');
  if (status === 429 || (status >= (isPage ? 500 : 502) && status !== 511)) {
    const retryAfterMs = parseRetryAfter(headers.get('retry-after'));
    return { kind: 'busy', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const asked = input instanceof Request ? input.url : String(input);
  const location = status >= 300 && status < 400 ? headers.get('location') : null;
  if (location !== null) {
    const to = URL.canParse(location, asked) ? new URL(location, asked).host : location;
    return { kind: 'login-page', reason: `requests are sent elsewhere, to ${to}` };
  }
  // 511 is made for login pages (RFC 6585); a proxy's 413 is about one document, see below.
  if (status === 511 || (isPage && status !== 413)) {
    return { kind: 'login-page', reason: `a web page answers at ${new URL(asked).host}` };
  }
  if (status === 401) return { kind: 'unauthorized' };
  if (isOfType(headers, 'application/json') && !isWholeJson(bytes)) {
    return { kind: 'offline', reason: 'an answer was cut short' };
  }
  return undefined;
}

const isOfType = (headers: Headers, type: string): boolean =>
  headers.get('content-type')?.startsWith(type) === true;

/** Proxies of venues cut answers and correct the length that was announced. */
function isWholeJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}

function forPouchDb({ status, statusText, headers }: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  // A proxy's own limit comes as a page, and PouchDB reads nothing but JSON.
  if (status === 413 && isOfType(headers, 'text/html')) {
    return Response.json({ error: 'too_large', reason: 'larger than a proxy lets through' }, { status });
  }
  const whole = new Response(bytes.byteLength > 0 ? bytes : null, { status, statusText, headers });
  // PouchDB was written for node-fetch and takes an attachment from its `buffer()`; of anything else it makes a
  // Blob, on which LevelDB's adapter throws where nobody can catch it.
  return Object.assign(whole, { buffer: async () => Buffer.from(bytes) });
}

/** Seconds or a date; undefined when there is none. RFC 9110, 10.2.3. */
function parseRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function reasonOf(error: unknown): string {
  const { cause, code, message } = error as NodeJS.ErrnoException;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? code ?? message;
}
