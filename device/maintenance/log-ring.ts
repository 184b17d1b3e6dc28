import { Writable } from 'node:stream';

/** What a log says to a person: never a secret, whatever a part may have written. */
export interface LogLine {
  /** ISO 8601, UTC. */
  at: string;
  level: string;
  part?: string;
  text: string;
}

export interface LogRing {
  /** For pino: takes its lines, keeps the latest. */
  stream: Writable;
  lines(): LogLine[];
}

const LINES = 200;
const MAX_LENGTH = 400;
const LEVELS: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
/** Said already, or of no use on a screen. */
const LEFT_OUT = new Set(['level', 'time', 'pid', 'hostname', 'part', 'msg']);
const SECRET_NAME = /pass|secret|key|token|pin\b|code|auth|cookie|credential/i;
/** Long random texts, as keys and the signatures of share links are, and passwords in addresses. */
const SECRET_TEXT = /\/\/[^/@\s]+:[^/@\s]+@|[A-Za-z0-9_-]{22,}/g;

/** The latest lines of the daemon's log, in memory only. */
export function createLogRing(): LogRing {
  const lines: LogLine[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      for (const line of String(chunk).split('\n')) {
        const read = line && readLine(line);
        if (read) lines.push(read);
      }
      lines.splice(0, lines.length - LINES);
      done();
    },
  });
  return { stream, lines: () => [...lines] };
}

function readLine(line: string): LogLine | undefined {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { level, time, part, msg } = entry;
  const fields = Object.entries(entry)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, value]) => `${name}=${SECRET_NAME.test(name) ? '…' : sayValue(value)}`);
  return {
    at: new Date(Number(time)).toISOString(),
    level: LEVELS[Number(level)] ?? String(level),
    ...(typeof part === 'string' && { part }),
    text: [String(msg ?? ''), ...fields].join(' ').replaceAll(SECRET_TEXT, '…').slice(0, MAX_LENGTH),
  };
}

/** Of an error its message: a stack is for the journal. */
function sayValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { message } = value as { message?: unknown };
  if (typeof message === 'string') return message;
  return JSON.stringify(value, (name, inner: unknown) => (SECRET_NAME.test(name) ? '…' : inner));
}
