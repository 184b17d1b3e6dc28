import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { PreviewAnswer, PreviewJob } from './preview-worker.ts';

type PreviewOutcome =
  | { kind: 'made'; thumbnail: Buffer; screen: Buffer }
  /** The picture cannot be decoded, or the thread died or hung over it. */
  | { kind: 'failed'; reason: string };

/** Image work, in a thread of its own: a broken picture or a defect of a codec never stops the booth. */
export interface ImageWorker {
  previews(jpeg: Buffer): Promise<PreviewOutcome>;
  stop(): Promise<void>;
}

/** A 100 MP picture takes a few seconds on a Raspberry Pi 4; what takes longer hangs. */
const DEADLINE_MS = 30_000;

/** The thread is started with the first job, and again after it died or was ended over a job that hung. */
export function createImageWorker({
  log,
  deadlineMs = DEADLINE_MS,
  thread = new URL('./preview-thread.js', import.meta.url),
}: {
  log: Logger;
  deadlineMs?: number;
  /** Another thread than the one that comes with it: for tests of threads that hang or die. */
  thread?: URL;
}): ImageWorker {
  let current: { worker: Worker; waiting: Map<number, (answer: PreviewAnswer) => void> } | undefined;
  let lastJob = 0;

  function start(): NonNullable<typeof current> {
    const worker = new Worker(thread);
    const started = { worker, waiting: new Map<number, (answer: PreviewAnswer) => void>() };
    worker.unref(); // jobs have deadlines that are waited for; the thread alone keeps no process alive
    worker.on('message', (answer: PreviewAnswer) => started.waiting.get(answer.job)?.(answer));
    worker.on('error', (error) => log.error({ err: error }, 'image thread failed'));
    worker.on('exit', () => {
      if (current === started) current = undefined;
      for (const [job, settle] of started.waiting) settle({ job, failure: 'the image thread ended' });
    });
    return started;
  }

  async function end(): Promise<void> {
    const ended = current;
    current = undefined;
    await ended?.worker.terminate(); // its exit settles every job that waits for it
  }

  return {
    previews(jpeg) {
      current ??= start();
      const { worker, waiting } = current;
      lastJob += 1;
      const job: PreviewJob = { job: lastJob, jpeg: new Uint8Array(jpeg) };
      return new Promise((resolve) => {
        const deadline = setTimeout(() => {
          log.error({ deadlineMs }, 'image thread hung and was ended');
          void end();
        }, deadlineMs);
        waiting.set(job.job, (answer) => {
          clearTimeout(deadline);
          waiting.delete(job.job);
          if ('failure' in answer) resolve({ kind: 'failed', reason: answer.failure });
          else {
            const { thumbnail, screen } = answer;
            resolve({ kind: 'made', thumbnail: Buffer.from(thumbnail), screen: Buffer.from(screen) });
          }
        });
        worker.postMessage(job, [job.jpeg.buffer as ArrayBuffer]);
      });
    },
    stop: end,
  };
}
