/** Opens the store of a booth and saves a photo, in a process of its own; tells when each was done, in ms. */

import { timed } from '@photomaton/design-docs/measuring';
import { openBenchStore, save } from './booth.ts';
import { makePhotos } from './photos.ts';

const [dir, booth] = process.argv.slice(2);
if (!dir || !booth) throw new Error('which folder, of which booth?');
const jpeg = (await makePhotos(250_000))();
let store: Awaited<ReturnType<typeof openBenchStore>> | undefined;
const openMs = await timed(async () => {
  store = await openBenchStore(dir, booth);
});
const saveMs = await timed(async () => store && save(store, jpeg));
process.send?.({ openMs, firstSaveMs: openMs + saveMs });
await store?.close();
process.disconnect?.();
