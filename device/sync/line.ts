import { Readable } from 'node:stream';

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
  /** A page where CouchDB should be: the venue's login page, or a wrong address. */
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

/** The slowest uplink that counts as working: 64 kbit/s. */
const SLOWEST_BYTES_PER_MS = 8;
/** What the system may still be sending after it has taken the last byte from us. */
const SEND_BUFFER_BYTES = 4 * 2 ** 20;

/**
 * A line for one cycle, good until the first trouble. A request ends when nothing moves for `stallMs`; each piece of a streamed body that the
 * system takes counts as movement. Answers are read whole (they are small: a booth reads no photos back).
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
  const note = (seen: Trouble) => {
    trouble ??= seen;
  };

  async function request(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    if (trouble) throw new LineError(`the line is no good: ${trouble.kind}`); // PouchDB may try on
    const watchdog = startWatchdog(stallMs, signal);
    let broken: unknown;
    const onBroken = (error: unknown) => {
      broken = error;
    };
    try {
      const sent: unknown = init.body;
      const onMoved = (bytes: number) => {
        watchdog.moved(bytes);
        onSent?.(bytes);
      };
      const body = sent instanceof Readable ? { body: Readable.from(watched(sent, onMoved, onBroken)) } : {};
      const answer = await fetch(input, { ...init, ...body, signal: watchdog.signal } as RequestInit);
      watchdog.moved(0);
      const bytes = await answer.arrayBuffer();
      judge(answer);
      const time = answer.ok ? answer.headers.get('date') : null;
      if (time) onServerTime?.(new Date(time));
      const { status, statusText, headers } = answer;
      return new Response(bytes.byteLength > 0 ? bytes : null, { status, statusText, headers });
    } catch (error) {
      if (broken) throw new BodyError('the body broke off', { cause: broken }); // the line has no part in it
      if (!signal.aborted && !(error instanceof LineError)) {
        const reason = watchdog.signal.aborted ? 'no answer' : reasonOf(error);
        note({ kind: CERTIFICATE.test(reason) ? 'certificate' : 'offline', reason });
      }
      throw error;
    } finally {
      watchdog.stop();
    }
  }

  function judge({ status, headers, url }: Response): void {
    if (status === 401) note({ kind: 'unauthorized' });
    else if (status === 429 || status >= 502) {
      const retryAfterMs = parseRetryAfter(headers.get('retry-after'));
      note({ kind: 'busy', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    } else if (headers.get('content-type')?.startsWith('text/html')) {
      note({ kind: 'login-page', reason: `a web page answers at ${new URL(url).host || 'the server'}` });
    } else return;
    throw new LineError(`the line is no good: ${trouble?.kind}`);
  }

  return { fetch: request, trouble: () => trouble };
}

function startWatchdog(stallMs: number, outer: AbortSignal) {
  const stalled = new AbortController();
  const bark = () => stalled.abort(new Error('nothing moved'));
  let sentBytes = 0;
  let timer = setTimeout(bark, stallMs);
  const onOuter = () => stalled.abort(outer.reason);
  if (outer.aborted) onOuter();
  outer.addEventListener('abort', onOuter, { once: true });
  return {
    signal: stalled.signal,
    moved(bytes: number) {
      sentBytes += bytes;
      clearTimeout(timer);
      const buffered = bytes === 0 ? 0 : Math.min(sentBytes, SEND_BUFFER_BYTES);
      timer = setTimeout(bark, stallMs + buffered / SLOWEST_BYTES_PER_MS);
    },
    stop() {
      clearTimeout(timer);
      outer.removeEventListener('abort', onOuter);
    },
  };
}

async function* watched(
  body: Readable,
  moved: (bytes: number) => void,
  onBroken: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  const pieces = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        onBroken(error);
        throw error;
      });
      if (next.done) return;
      yield next.value;
      moved(next.value.byteLength);
    }
  } finally {
    await pieces.return?.();
  }
}

/** Seconds or a date; undefined when there is none. RFC 9110, 10.2.3. */
function parseRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code ?? message;
}
