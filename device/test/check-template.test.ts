import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate, type Template } from '@photomaton/design-docs/template';
import { createImageWorker } from '../image/index.ts';
import { quiet } from './context.ts';
import { aJob, fourShots } from './drawing.ts';
import { goodTemplate, malformedTemplates } from './malformed-templates.ts';

test('malformed templates, 100 and more, are each refused with the reason; the worker goes on', async (t) => {
  const worker = createImageWorker({ log: quiet, deadlineMs: 20_000 });
  t.after(() => worker.stop());
  const malformed = await malformedTemplates();
  assert.ok(malformed.length >= 100, `${malformed.length}`);
  const { template, images } = await goodTemplate();
  for (const { what, value, images: pictures, reason } of malformed) {
    const answer = await worker.check(value, pictures);
    assert.ok(answer.kind === 'refused', `${what}: ${JSON.stringify(answer)}`);
    assert.match(answer.problems.join('\n'), reason, what);
    assert.ok(answer.problems.length <= 20, what);
  }
  assert.deepEqual(await worker.check(structuredClone(template), images), { kind: 'template', template });
  assert.equal((await worker.render(aJob({ template, images }), fourShots())).kind, 'made');
  assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
});

test('a picture that is not one never reaches a page, even when nobody checked the template', async (t) => {
  const worker = createImageWorker({ log: quiet, deadlineMs: 20_000 });
  t.after(() => worker.stop());
  const { template, images } = await goodTemplate();
  const onlyPictures = (await malformedTemplates()).filter(
    ({ value }) => parseTemplate(value).kind === 'template',
  );
  assert.ok(onlyPictures.length > 30);
  for (const { what, value, images: pictures } of onlyPictures) {
    const answer = await worker.render(aJob({ template: value as Template, images: pictures }), fourShots());
    assert.equal(answer.kind, 'failed', what);
  }
  assert.equal((await worker.render(aJob({ template, images }), fourShots())).kind, 'made');
});
