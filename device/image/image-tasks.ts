/** The thread's side of image-worker.ts. */
import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { makePreviews } from './previews.ts';
import { checkTemplate, problemOf } from './render/check-template.ts';
import { compose, render } from './render/compose.ts';
import { renderFilm } from './render/film.ts';
import { renderSlot } from './render/slot.ts';

const TASKS = {
  previews: makePreviews,
  check: checkTemplate,
  checkPicture: problemOf,
  slot: renderSlot,
  compose,
  render,
  film: renderFilm,
};
type Tasks = typeof TASKS;
export type TaskName = keyof Tasks;
export type TaskInput<N extends TaskName> = Parameters<Tasks[N]>;
export type TaskResult<N extends TaskName> = Awaited<ReturnType<Tasks[N]>>;

export interface Question {
  job: number;
  task: TaskName;
  input: unknown[];
}
export type Answer = { job: number; result: unknown } | { job: number; failure: string };

// One thread of libvips a picture: the booth has other things to do.
sharp.concurrency(1);
// Nothing is drawn twice, so what sharp would remember is only memory.
sharp.cache(false);

async function answer({ job, task, input }: Question): Promise<Answer> {
  try {
    const work = TASKS[task] as (...input: unknown[]) => Promise<unknown>;
    return { job, result: await work(...input) };
  } catch (error) {
    return { job, failure: (error as Error).message };
  }
}

parentPort?.on('message', (question: Question) => {
  void answer(question).then((answered) => {
    parentPort?.postMessage(answered, 'failure' in answered ? [] : buffersOf(answered.result));
  });
});

/** The pictures in a result: they are moved to the other side, not copied. */
function buffersOf(result: unknown): ArrayBuffer[] {
  const values = Object.values(Object(result));
  // A small Buffer is a piece of one that others use too, and is copied.
  return values
    .filter(
      (value): value is Uint8Array =>
        value instanceof Uint8Array && value.byteLength === value.buffer.byteLength,
    )
    .map(({ buffer }) => buffer as ArrayBuffer);
}
