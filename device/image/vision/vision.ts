import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { CASCADE } from './eyes.ts';
import type { Deed, Given, Seen, VisionAnswer, VisionJob } from './vision-worker.ts';

/** Everything goes on without it: what cannot be seen, or not in time, is undefined. */
export interface Vision {
  analyse(frame: Given<'analyse'>): Promise<Seen<'analyse'> | undefined>;
  /** Which of these frames is the right moment (choose.ts). */
  choose(frames: Given<'choose'>): Promise<number | undefined>;
  /** Where the heads are that a template's slot must not cut; undefined when they cannot be looked for. */
  facesIn(jpeg: Uint8Array): Promise<Seen<'facesIn'>>;
  stop(): Promise<void>;
}

/**
 * From the question to the answer, on a booth that has other things to do. A guest waits for the right moment; the
 * others are part of a picture's making.
 */
const DEADLINE_MS: Record<Deed, number> = { analyse: 1_500, choose: 500, facesIn: 3_000 };
/** The thread may be late (a slow booth); one that says nothing for so long hangs. */
const HANGS_AFTER_MS = 10_000;

interface Thread {
  worker: Worker;
  waiting: Map<number, (answer: VisionAnswer) => void>;
  hasAnswered: boolean;
}

/** Opens the thread at once: OpenCV takes its time to load. It is started again when it died, or hung. */
export function createVision({
  log,
  cascade = CASCADE,
  deadlineMs = DEADLINE_MS,
  hangsAfterMs = HANGS_AFTER_MS,
  thread = new URL('./vision-thread.js', import.meta.url),
}: {
  log: Logger;
  cascade?: string;
  deadlineMs?: Record<Deed, number>;
  hangsAfterMs?: number;
  /** Another thread than the one that comes with it: for tests of threads that hang or die. */
  thread?: URL;
}): Vision {
  let current: Thread | undefined;
  let lastJob = 0;
  let isStopped = false;

  function start(): Thread {
    const worker = new Worker(thread, { workerData: { cascade } });
    const started: Thread = { worker, waiting: new Map(), hasAnswered: false };
    worker.unref(); // jobs have deadlines that are waited for; the thread alone keeps no process alive
    worker.on('message', (answer: VisionAnswer) => {
      started.hasAnswered = true;
      started.waiting.get(answer.job)?.(answer);
    });
    worker.on('error', (error) => log.error({ err: error }, 'vision thread failed'));
    worker.on('exit', () => {
      for (const [job, settle] of started.waiting) settle({ job, failure: 'the vision thread ended' });
      if (current !== started) return;
      // One that cannot even begin is tried again with the next job only.
      current = started.hasAnswered && !isStopped ? start() : undefined;
    });
    return started;
  }

  function ask<D extends Deed>(deed: D, given: Given<D>): Promise<Seen<D> | undefined> {
    if (isStopped) return Promise.resolve(undefined);
    current ??= start();
    const { worker, waiting } = current;
    lastJob += 1;
    const job = lastJob;
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        log.warn({ deed, deadlineMs: deadlineMs[deed] }, 'vision is late');
        resolve(undefined);
      }, deadlineMs[deed]);
      const hangs = setTimeout(() => {
        log.error({ deed, hangsAfterMs }, 'vision thread hung and was ended');
        void worker.terminate(); // its exit settles every job that waits for it
      }, hangsAfterMs).unref();
      waiting.set(job, (answer) => {
        clearTimeout(late);
        clearTimeout(hangs);
        waiting.delete(job);
        if ('failure' in answer) log.warn({ deed, reason: answer.failure }, 'nothing seen');
        resolve('failure' in answer ? undefined : (answer.result as Seen<D>));
      });
      worker.postMessage({ job, deed, given } satisfies VisionJob);
    });
  }

  if (!existsSync(cascade))
    log.warn({ missing: cascade }, 'no faces are looked for: install them with apt-get install opencv-data');
  current = start();
  return {
    analyse: (frame) => ask('analyse', frame),
    choose: (frames) => ask('choose', frames),
    facesIn: (jpeg) => ask('facesIn', jpeg),
    async stop() {
      isStopped = true;
      await current?.worker.terminate();
    },
  };
}
