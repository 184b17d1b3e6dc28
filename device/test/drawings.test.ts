import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RenderJob } from '../image/index.ts';
import { createDrawings } from '../visits/drawings.ts';
import { quiet } from './context.ts';
import { layout } from './templates-made.ts';

test('a slot is drawn knowing where the faces of its own shot are', async () => {
  const drawn: { slot: number; faces: RenderJob['faces'] }[] = [];
  const drawings = createDrawings({
    renderer: {
      async slot(job, slot) {
        drawn.push({ slot, faces: job.faces });
        return { kind: 'failed', reason: 'nothing is drawn here' };
      },
      compose: async () => ({ kind: 'failed', reason: 'nor here' }),
      film: async () => ({ kind: 'failed', reason: 'nor here' }),
    },
    facesIn: async (jpeg) => [{ x: jpeg[0] ?? 0, y: 0, width: 0.1, height: 0.1 }],
    makeFilm: async () => ({ kind: 'failed', reason: 'nor a film' }),
    log: quiet,
  });
  const job: RenderJob = {
    template: layout('strip', { shots: 2 }),
    images: new Map(),
    occasion: { title: 'Party', date: new Date(0), language: 'en' },
    dpi: 300,
  };
  await drawings.finish(
    'a visit',
    { ...job, template: { ...job.template, slots: job.template.slots.slice(1) } },
    [Buffer.from([7]), Buffer.from([9])],
  );
  const [one] = drawn;
  assert.equal(one?.slot, 0);
  assert.equal(one?.faces?.[0], undefined, 'of the other shot nothing is said');
  assert.equal(one?.faces?.[1]?.[0]?.x, 9);
});
