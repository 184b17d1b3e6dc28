import type { Network } from './network.ts';

/**
 * A `fetch` that obeys the network part: without internet it fails at once, and requests under way, their
 * bodies included, fail when the internet goes. So the simulated `offline` is a real one for everything that
 * leaves the booth.
 */
export function gateFetch({
  network,
  fetch,
}: {
  network: Pick<Network, 'state' | 'onChange'>;
  fetch: typeof globalThis.fetch;
}): typeof globalThis.fetch {
  const unreachable = () =>
    new TypeError('fetch failed', {
      cause: Object.assign(new Error('no internet'), { code: 'ENETUNREACH' }),
    });
  let cut = new AbortController();
  network.onChange(() => {
    if (network.state().reach === 'online') return;
    cut.abort(unreachable());
    cut = new AbortController();
  });
  return async (input, init) => {
    if (network.state().reach !== 'online') throw unreachable();
    const given = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const signal = given ? AbortSignal.any([given, cut.signal]) : cut.signal;
    return fetch(input, { ...init, signal });
  };
}
