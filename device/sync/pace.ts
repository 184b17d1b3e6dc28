/**
 * How many photos travel at once, and how fast they go.
 *
 * The time that one photo takes says enough: where it is short, the line waits for answers and has room for another;
 * where it is long, the line is thin, and photos that share it only arrive later (and are all lost when it breaks).
 */
export interface Pace {
  parallel(): number;
  /** A photo arrived, after so long. */
  arrived(ms: number): void;
  /** Bytes that the line took just now. */
  moved(bytes: number): void;
  /** Over the last seconds. */
  bytesPerSecond(): number;
}

const FIRST = 2;
/** More only takes memory: four connections fill what a server on the same machine takes. */
const MOST = 4;
const SHORT_MS = 1_000;
const LONG_MS = 4_000;
/** Long enough to be calm on a screen, short enough to notice that a line became slow. */
const WINDOW_MS = 15_000;

export function createPace(now: () => number = () => performance.now()): Pace {
  let parallel = FIRST;
  let moves: { at: number; bytes: number }[] = [];

  return {
    parallel: () => parallel,
    arrived(ms) {
      if (ms < SHORT_MS) parallel = Math.min(MOST, parallel + 1);
      else if (ms > LONG_MS) parallel = Math.max(1, parallel - 1);
    },
    moved(bytes) {
      const last = moves.at(-1);
      // A tenth of a second is one entry: pieces come by the thousand.
      if (last && now() - last.at < 100) last.bytes += bytes;
      else moves.push({ at: now(), bytes });
    },
    bytesPerSecond() {
      moves = moves.filter(({ at }) => now() - at < WINDOW_MS);
      const [first] = moves;
      if (!first) return 0;
      const seconds = Math.max(1, (now() - first.at) / 1000);
      return Math.round(moves.reduce((sum, { bytes }) => sum + bytes, 0) / seconds);
    },
  };
}
