import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { builtInTemplates, createImageWorker, render } from '../image/index.ts';
import { quiet, type TestContext } from './context.ts';
import { aJob, fourShots } from './drawing.ts';

function openWorker(t: TestContext) {
  const worker = createImageWorker({ log: quiet });
  t.after(() => worker.stop());
  return worker;
}

const grid = () => {
  const found = builtInTemplates().find(({ template }) => template.name === 'grid');
  assert.ok(found);
  return aJob(found);
};

test('slot by slot or all at once, in the thread or outside: the same bytes', async (t) => {
  const worker = openWorker(t);
  const job = grid();
  const shots = fourShots();
  const here = await render(job, shots);
  const atOnce = await worker.render(job, shots);
  assert.deepEqual(atOnce, { kind: 'made', ...here });

  const pictures = [];
  for (const [slot, jpeg] of shots.entries()) {
    const made = await worker.slot(job, slot, jpeg);
    assert.ok(made.kind === 'made');
    pictures.push(made.picture);
  }
  assert.deepEqual(await worker.compose(job, pictures.toReversed()), { kind: 'made', ...here });
  // What was handed over is still there: the last shot may be taken again.
  assert.deepEqual(await worker.compose(job, pictures), { kind: 'made', ...here });
  assert.deepEqual(shots, fourShots());
});

test('the door leads to nothing else of the booth', () => {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const code = readFileSync(new URL(file, import.meta.url), 'utf8');
    for (const [, from = ''] of code.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)) {
      visit(new URL(from, new URL(file, 'file:///device/test/')).pathname.replace('/device/', '../'));
    }
  };
  visit('../image/index.ts');
  visit('../image/image-tasks.ts'); // the thread's
  assert.ok(seen.size > 15);
  assert.deepEqual(
    [...seen].filter((file) => !file.startsWith('../image/')),
    [],
  );
});

test('a shot that cannot be decoded fails with the reason, and the next is drawn', async (t) => {
  const worker = openWorker(t);
  const [first = Buffer.alloc(0), ...others] = fourShots();
  const broken = [first.subarray(0, first.length >> 1), ...others];
  const answer = await worker.render(grid(), broken);
  assert.ok(answer.kind === 'failed');
  assert.match(answer.reason, /JPEG|Jpeg|premature/i);
  assert.ok((await worker.compose(grid(), [])).kind === 'failed');
  assert.equal((await worker.render(grid(), fourShots())).kind, 'made');
});

test('stopped, it begins nothing more; and a thread without work keeps no process alive', async (t) => {
  const worker = openWorker(t);
  assert.equal((await worker.render(grid(), fourShots())).kind, 'made');
  await worker.stop();
  assert.equal((await worker.render(grid(), fourShots())).kind, 'failed');

  const program = `import('./device/image/index.ts')
    .then(({ createImageWorker }) => createImageWorker({ log: console }).checkPicture(new Uint8Array(9), 'x'))
    .then(({ kind }) => console.log(kind))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--eval', program], {
    ...{ cwd: new URL('../../', import.meta.url), timeout: 60_000 },
  });
  assert.equal(stdout, 'refused\n');
});

test('picture after picture, the memory stays what it was', async (t) => {
  const worker = openWorker(t);
  const draw = async (times: number) => {
    for (let i = 0; i < times; i += 1) {
      const job = grid();
      const occasion = { ...job.occasion, title: `Camille & Noé, ${i}` };
      assert.equal((await worker.render({ ...job, occasion }, fourShots())).kind, 'made');
    }
    return process.memoryUsage.rss() / 2 ** 20;
  };
  const before = await draw(12);
  const after = await draw(20);
  // Each is 13 MB of pixels: 20 that stayed would be 260.
  assert.ok(after - before < 100, `${before} MB, then ${after} MB`);
});
