/** The thread's side of vision.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { openEyes } from './eyes.ts';
import { greyFrameOf } from './grey-frame.ts';

const { analyse, choose } = openEyes(workerData as { cascade: string });
const DEEDS = {
  analyse,
  choose,
  facesIn: async (jpeg: Uint8Array) => analyse(await greyFrameOf(jpeg)).faces,
};
type Deeds = typeof DEEDS;

/** What the thread is asked for, and what it answers. */
export type Deed = keyof Deeds;
export type Seen<D extends Deed> = Awaited<ReturnType<Deeds[D]>>;
export type Given<D extends Deed> = Parameters<Deeds[D]>[0];
export interface VisionJob {
  job: number;
  deed: Deed;
  given: unknown;
}
export type VisionAnswer = { job: number; result: unknown } | { job: number; failure: string };

async function answer({ job, deed, given }: VisionJob): Promise<VisionAnswer> {
  try {
    return { job, result: await (DEEDS[deed] as (given: unknown) => unknown)(given) };
  } catch (error) {
    // Aborted (text) or run into a wall, wasm is broken for good: this thread ends, and another is started.
    if (!(error instanceof Error) || error instanceof WebAssembly.RuntimeError) throw error;
    return { job, failure: error.message };
  }
}

parentPort?.on('message', (job: VisionJob) => {
  void answer(job).then((answered) => parentPort?.postMessage(answered));
});
