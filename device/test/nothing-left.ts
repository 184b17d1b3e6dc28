import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TestContext } from './context.ts';

/** Bytes outside of JavaScript's heap; a case's photos are several times this, so one kept batch shows. */
const BUFFERS_TOLERANCE = 64 * 1024;
/**
 * Coarse: V8 keeps what it has compiled and learned when a path runs for the first times (TLS, an error never met
 * before), up to 1.5 MB seen. The fine measure is what many cycles leave, in `chaos-stories.test.ts`.
 */
const HEAP_TOLERANCE = 3 * 2 ** 20;

/** A test's own life: what was opened is closed in reverse, and then it is asked what is left. */
type Scope = TestContext & { end(): Promise<void> };

export function openScope(): Scope {
  const ends: (() => unknown)[] = [];
  return {
    after: (end) => void ends.push(end),
    async end() {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
}

/** Runs it, closes all that it opened, and demands that memory and open handles are what they were. */
export async function leavingNothing(
  t: { diagnostic(message: string): void },
  run: (scope: TestContext) => Promise<void>,
): Promise<void> {
  const before = { ...(await memory()), handles: handles() };
  const scope = openScope();
  try {
    await run(scope);
  } finally {
    await scope.end();
  }
  await until(
    () => handles() === before.handles,
    () => `open: ${handles()}; before: ${before.handles}`,
  );
  const now = await memory();
  const heap = now.heap - before.heap;
  const buffers = now.buffers - before.buffers;
  t.diagnostic(
    `more in memory: ${Math.round(heap / 1024)} kB of heap, ${Math.round(buffers / 1024)} kB beside it`,
  );
  assert.ok(buffers <= BUFFERS_TOLERANCE, `${buffers} bytes more beside the heap`);
  assert.ok(heap <= HEAP_TOLERANCE, `${heap} bytes more in the heap`);
}

/** Sorted, for comparison. Timers are left out: those of connection pools come and go by themselves. */
const handles = (): string =>
  process
    .getActiveResourcesInfo()
    .filter((name) => name !== 'Timeout' && name !== 'Immediate')
    .sort()
    .join(' ');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that somebody still holds. */
export async function memory(): Promise<{ heap: number; buffers: number }> {
  for (let round = 0; round < 2; round += 1) {
    collectGarbage();
    await new Promise(setImmediate); // finalizers of what was collected
  }
  const { heapUsed, external } = process.memoryUsage(); // `external` has the array buffers in it
  return { heap: heapUsed, buffers: external };
}

/** Waits for the condition; polled, as what it waits for tells nobody. */
export async function until(condition: () => unknown, what: () => string): Promise<void> {
  for (const end = Date.now() + 10_000; !(await condition()); await new Promise((r) => setTimeout(r, 20))) {
    assert.ok(Date.now() < end, what());
  }
}
