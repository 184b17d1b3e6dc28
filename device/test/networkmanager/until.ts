import type { Network, NetworkState } from '../../network/network.ts';

/** Waits for a state, and says which one it was instead. */
export async function until(network: Network, isIt: (state: NetworkState) => boolean, withinMs = 30_000) {
  const deadline = AbortSignal.timeout(withinMs);
  while (!isIt(network.state())) {
    await new Promise<void>((resolve, reject) => {
      const unsubscribe = network.onChange(() => {
        unsubscribe();
        resolve();
      });
      deadline.addEventListener('abort', () => reject(new Error(`still ${JSON.stringify(network.state())}`)));
    });
  }
  return network.state();
}
