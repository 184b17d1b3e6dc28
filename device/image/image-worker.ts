import { Worker } from 'node:worker_threads';
import type { ParsedTemplate } from '@photomaton/design-docs/template';
import type { Logger } from 'pino';
import type { Answer, Question, TaskInput, TaskName, TaskResult } from './image-tasks.ts';
import type { Previews } from './previews.ts';
import type { FinishedPicture } from './render/compose.ts';
import type { RenderJob, SlotPicture } from './render/job.ts';

/** A picture cannot be decoded or drawn, or the thread died or hung over it. */
export interface ImageFailure {
  kind: 'failed';
  reason: string;
}

/**
 * Image work, in a thread of its own: a broken picture or a defect of a codec never stops the booth, and drawing
 * never holds up the screen.
 */
export interface ImageWorker {
  previews(jpeg: Buffer): Promise<({ kind: 'made' } & Previews) | ImageFailure>;
  /** Can this template, with these pictures, be drawn? Everything that comes from elsewhere is asked about first. */
  check(value: unknown, images: ReadonlyMap<string, Uint8Array>): Promise<ParsedTemplate | ImageFailure>;
  /** Can this picture be drawn? Its name is for the reason. */
  checkPicture(
    bytes: Uint8Array,
    name: string,
  ): Promise<{ kind: 'whole' } | { kind: 'refused'; problem: string } | ImageFailure>;
  /** When its shot is there; what is left to do after the last shot is less. */
  slot(
    job: RenderJob,
    slot: number,
    jpeg: Uint8Array,
  ): Promise<{ kind: 'made'; picture: SlotPicture } | ImageFailure>;
  compose(
    job: RenderJob,
    slots: readonly SlotPicture[],
  ): Promise<({ kind: 'made' } & FinishedPicture) | ImageFailure>;
  /** All at once, from the shots. */
  render(
    job: RenderJob,
    shots: readonly Uint8Array[],
  ): Promise<({ kind: 'made' } & FinishedPicture) | ImageFailure>;
  /** Each frame of a film on the page of its template. */
  film(
    job: RenderJob,
    frames: readonly Uint8Array[],
  ): Promise<{ kind: 'made'; jpegs: Buffer[] } | ImageFailure>;
  /** What waits fails, and so does what is asked from then on. */
  stop(): Promise<void>;
}

/** A 100 MP picture takes a few seconds on a Raspberry Pi 4; what takes longer hangs. */
const DEADLINE_MS = 30_000;
/** Pixels go with the small objects that hold them: those are looked through often. */
const YOUNG_MB = 4;

/** The thread is started with the first job, and again after it died or was ended over a job that hung; never after `stop`. */
export function createImageWorker({
  log,
  deadlineMs = DEADLINE_MS,
  thread = new URL('./image-thread.js', import.meta.url),
}: {
  log: Pick<Logger, 'error'>;
  deadlineMs?: number;
  /** Another thread than the one that comes with it: for tests of threads that hang or die. */
  thread?: URL;
}): ImageWorker {
  let current: { worker: Worker; waiting: Map<number, (answer: Answer) => void> } | undefined;
  let lastJob = 0;
  let isStopped = false;

  function start(): NonNullable<typeof current> {
    const worker = new Worker(thread, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    const started = { worker, waiting: new Map<number, (answer: Answer) => void>() };
    worker.on('message', (answer: Answer) => started.waiting.get(answer.job)?.(answer));
    worker.on('error', (error) => log.error({ err: error }, 'image thread failed'));
    worker.on('exit', () => {
      if (current === started) current = undefined;
      for (const [job, settle] of started.waiting) settle({ job, failure: 'the image thread ended' });
    });
    // Jobs have deadlines that are waited for; the thread alone keeps no process alive. A listener would undo it.
    worker.unref();
    return started;
  }

  async function end(): Promise<void> {
    const ended = current;
    current = undefined;
    await ended?.worker.terminate(); // its exit settles every job that waits for it
  }

  function ask<N extends TaskName>(
    task: N,
    input: TaskInput<N>,
    /** Of the input, what is given away: cloning would copy it twice. */
    moved: Uint8Array<ArrayBuffer>[] = [],
  ): Promise<{ kind: 'made'; result: TaskResult<N> } | ImageFailure> {
    // Whoever asks while the process ends: a thread that is started now would be nobody's to end.
    if (isStopped) return Promise.resolve({ kind: 'failed', reason: 'the image thread was stopped' });
    current ??= start();
    const { worker, waiting } = current;
    lastJob += 1;
    const question: Question = { job: lastJob, task, input };
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        log.error({ task, deadlineMs }, 'image thread hung and was ended');
        void end();
      }, deadlineMs);
      waiting.set(question.job, (answer) => {
        clearTimeout(deadline);
        waiting.delete(question.job);
        if ('failure' in answer) resolve({ kind: 'failed', reason: answer.failure });
        else resolve({ kind: 'made', result: answer.result as TaskResult<N> });
      });
      worker.postMessage(
        question,
        moved.map(({ buffer }) => buffer),
      );
    });
  }

  return {
    async previews(jpeg) {
      const copy = new Uint8Array(jpeg);
      const answer = await ask('previews', [copy], [copy]);
      if (answer.kind === 'failed') return answer;
      const { thumbnail, screen } = answer.result;
      return { kind: 'made', thumbnail: Buffer.from(thumbnail), screen: Buffer.from(screen) };
    },
    async check(value, images) {
      const answer = await ask('check', [value, images]);
      return answer.kind === 'failed' ? answer : answer.result;
    },
    async checkPicture(bytes, name) {
      const answer = await ask('checkPicture', [bytes, name]);
      if (answer.kind === 'failed') return answer;
      return answer.result === undefined ? { kind: 'whole' } : { kind: 'refused', problem: answer.result };
    },
    async slot(job, slot, jpeg) {
      const copy = new Uint8Array(jpeg);
      const answer = await ask('slot', [job, slot, copy], [copy]);
      return answer.kind === 'failed' ? answer : { kind: 'made', picture: answer.result };
    },
    async compose(job, slots) {
      const copies = slots.map((slot) => ({ ...slot, data: new Uint8Array(slot.data) }));
      const moved = copies.map(({ data }) => data);
      return finished(await ask('compose', [job, copies], moved));
    },
    async render(job, shots) {
      const copies = shots.map((shot) => new Uint8Array(shot));
      return finished(await ask('render', [job, copies], copies));
    },
    async film(job, frames) {
      const copies = frames.map((frame) => new Uint8Array(frame));
      const answer = await ask('film', [job, copies], copies);
      if (answer.kind === 'failed') return answer;
      return { kind: 'made', jpegs: answer.result.map((jpeg) => Buffer.from(jpeg)) };
    },
    stop() {
      isStopped = true;
      return end();
    },
  };
}

/** Buffers arrive as plain bytes. */
function finished(
  answer: { kind: 'made'; result: FinishedPicture } | ImageFailure,
): ({ kind: 'made' } & FinishedPicture) | ImageFailure {
  if (answer.kind === 'failed') return answer;
  return { kind: 'made', ...answer.result, jpeg: Buffer.from(answer.result.jpeg) };
}
