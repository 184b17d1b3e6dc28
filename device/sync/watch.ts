import { Readable } from 'node:stream';

/** The slowest uplink that counts as working: 64 kbit/s. */
const SLOWEST_BYTES_PER_MS = 8;
/** What the system may still be sending after it has taken the last byte from us, over all connections. */
const SEND_BUFFER_BYTES = 4 * 2 ** 20;
/** A request that gets a byte now and then would never end: it is given so many stalls, and for each byte that … */
const MOST_STALLS = 4;
/** … moves on the line, its own or another's, the time that one takes at 8 kbit/s. */
const WORST_BYTES_PER_MS = 1;

/** One request under watch. */
interface Watched {
  /** Aborted when it takes too long, or by who stops the whole line. */
  signal: AbortSignal;
  /** The body, counted while it goes out; `onBroken` hears that it could not be read. */
  body(body: unknown, onBroken: (error: unknown) => void): { body?: unknown };
  readAll(answer: Response): Promise<Uint8Array<ArrayBuffer>>;
  stop(): void;
}

/**
 * Watches over the requests of one line: each ends when nothing of it moves for `stallMs`. What counts is each piece
 * of a streamed body that the system takes, and each piece of an answer.
 *
 * They share the uplink. The last byte of a photo waits for everything that the system has taken from all of them,
 * and nothing tells how far that is: so much time is given on top.
 */
export function createWatch({
  stallMs,
  signal: outer,
  onSent = () => undefined,
}: {
  stallMs: number;
  signal: AbortSignal;
  /** The system has taken so many bytes of a streamed body. */
  onSent?: ((bytes: number) => void) | undefined;
}): () => Watched {
  const unanswered = new Set<{ sentBytes: number }>();
  let movedBytes = 0;

  function bufferedMs(): number {
    let bytes = 0;
    for (const { sentBytes } of unanswered) bytes += sentBytes;
    return Math.min(bytes, SEND_BUFFER_BYTES) / SLOWEST_BYTES_PER_MS;
  }

  return function watch() {
    const mine = { sentBytes: 0 };
    unanswered.add(mine);
    const startedAt = performance.now();
    const movedBefore = movedBytes;
    let movedAt = startedAt;

    function moved(bytes: number): void {
      movedBytes += bytes;
      movedAt = performance.now();
    }
    function sent(bytes: number): void {
      mine.sentBytes += bytes;
      moved(bytes);
    }

    const ended = new AbortController();
    function look(): void {
      const stalledAt = movedAt + stallMs + (unanswered.has(mine) ? bufferedMs() : 0);
      const tooLongAt = startedAt + MOST_STALLS * stallMs + (movedBytes - movedBefore) / WORST_BYTES_PER_MS;
      const leftMs = Math.min(stalledAt, tooLongAt) - performance.now();
      if (leftMs <= 0) ended.abort(new Error('nothing moved'));
      else timer = setTimeout(look, leftMs);
    }
    let timer = setTimeout(look, stallMs);
    const onOuter = () => ended.abort(outer.reason);
    if (outer.aborted) onOuter();
    outer.addEventListener('abort', onOuter, { once: true });

    return {
      signal: ended.signal,
      body(body, onBroken) {
        if (typeof body === 'string') sent(Buffer.byteLength(body));
        if (!(body instanceof Readable)) return {};
        const onPiece = (bytes: number) => {
          sent(bytes);
          onSent(bytes);
        };
        return { body: Readable.from(counted(body, onPiece, onBroken)) };
      },
      async readAll(answer) {
        unanswered.delete(mine); // all that was sent has arrived
        moved(0);
        const chunks: Uint8Array[] = [];
        for await (const chunk of answer.body ?? []) {
          chunks.push(chunk);
          moved(chunk.byteLength);
        }
        return Buffer.concat(chunks);
      },
      stop() {
        unanswered.delete(mine);
        clearTimeout(timer);
        outer.removeEventListener('abort', onOuter);
      },
    };
  };
}

async function* counted(
  body: Readable,
  onPiece: (bytes: number) => void,
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
      onPiece(next.value.byteLength);
    }
  } finally {
    await pieces.return?.();
  }
}
