import assert from 'node:assert/strict';
import type { SyncOutcome } from '../sync/sync.ts';
import { type ChaosBooth, originalsOn } from './chaos-booth.ts';
import type { Chaos } from './chaos-proxy.ts';

export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not ended after ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Compares as much of the outcome as `ends` speaks of. */
export function endsAs(outcome: SyncOutcome | undefined, ends: object): void {
  const said = Object.entries(outcome ?? {}).filter(([key]) => key in ends);
  assert.deepEqual(Object.fromEntries(said), ends, JSON.stringify(outcome));
}

/** A photo that the booth holds for arrived is on the server, bit for bit; every other one is still on the booth. */
export async function nothingIsLost({ store, site, taken }: ChaosBooth): Promise<void> {
  const there = await originalsOn(site);
  const listed = await store.list();
  for (const [id, hash] of taken) {
    const state = listed.find((photo) => photo.id === id)?.state ?? 'in-cloud';
    if (state === 'in-cloud') assert.equal(there.get(id), hash, `${id} is on the server`);
    else assert.ok(await store.picture(id, 'original'), `${id} is on the booth`);
  }
}

/** Their event holds what they took, each once and bit for bit, and nothing else. */
export async function everythingArrived(booths: ChaosBooth[]): Promise<void> {
  const taken = new Map(booths.flatMap((booth) => [...booth.taken]));
  const sorted = (hashes: Map<string, string>) => [...hashes].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const { site, store } of booths) {
    assert.deepEqual(sorted(await originalsOn(site)), sorted(taken));
    assert.ok((await store.list()).every(({ state }) => state === 'in-cloud'));
  }
}

export function nothingWentTwice({ seen }: Chaos, ...booths: ChaosBooth[]): void {
  for (const id of booths.flatMap(({ taken }) => [...taken.keys()])) assert.equal(seen.stored.get(id), 1, id);
  assert.deepEqual(seen.sentAgain, []);
}
