import type { OfferedEvent } from '../../../chosen-event.ts';
import type { BoothFacts } from '../../../maintenance/api.ts';
import type { LogLine } from '../../../maintenance/log-ring.ts';

/** Longer than the 10 s that a shut-down may take to be refused. */
const DEADLINE_MS = 15_000;

type Opening =
  | { kind: 'open' }
  | { kind: 'wrong' | 'wait'; waitS: number }
  | { kind: 'closed' }
  /** The daemon is not there. */
  | { kind: 'unanswered' };

export interface MaintenanceClient {
  /** What has to be given to come in, and how long until it is looked at. */
  look(): Promise<{ pin: 'pin' | 'none' | 'closed'; waitS: number } | undefined>;
  open(pin: string): Promise<Opening>;
  facts(): Promise<BoothFacts | undefined>;
  logs(): Promise<LogLine[] | undefined>;
  /** Between which somebody may choose. */
  events(): Promise<OfferedEvent[] | undefined>;
  /** `done`, or why not. */
  post(path: string, body?: object): Promise<{ kind: 'done' } | { kind: 'not-done'; reason: string }>;
  close(): void;
}

export function createMaintenanceClient(): MaintenanceClient {
  let token: string | undefined;

  async function ask(path: string, init: RequestInit = {}): Promise<Response | undefined> {
    try {
      return await fetch(`/api/maintenance${path}`, {
        ...init,
        headers: {
          ...(init.body && { 'Content-Type': 'application/json' }),
          ...(token && { Authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
    } catch {
      return undefined;
    }
  }
  async function read<T>(path: string): Promise<T | undefined> {
    const answer = await ask(path);
    return answer?.ok ? ((await answer.json()) as T) : undefined;
  }
  const post = (path: string, body: object = {}) => ask(path, { method: 'POST', body: JSON.stringify(body) });

  return {
    look: () => read('/'),
    async open(pin) {
      const answer = await post('/open', { pin });
      const said = (await answer?.json().catch(() => undefined)) as
        | { token?: string; error?: string; waitS?: number }
        | undefined;
      if (said?.token) {
        token = said.token;
        return { kind: 'open' };
      }
      if (said?.error === 'closed') return { kind: 'closed' };
      if (said?.error === 'wrong' || said?.error === 'wait')
        return { kind: said.error, waitS: said.waitS ?? 0 };
      return { kind: 'unanswered' };
    },
    facts: () => read('/facts'),
    events: async () => (await read<{ events: OfferedEvent[] }>('/events'))?.events,
    logs: async () => (await read<{ lines: LogLine[] }>('/logs'))?.lines,
    async post(path, body) {
      const answer = await post(path, body);
      if (answer?.ok) return { kind: 'done' };
      const said = (await answer?.json().catch(() => undefined)) as { reason?: string } | undefined;
      return { kind: 'not-done', reason: said?.reason ?? '' };
    },
    close() {
      if (token) void post('/close');
      token = undefined;
    },
  };
}
