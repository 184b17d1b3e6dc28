import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imagesOf, parseTemplate, shotsOf, type Template } from '../template.ts';

const slot = (shot: number) => ({ shot, x: 10, y: 10, width: 100, height: 80 });
const template: Template = {
  ...{ name: 'four', version: 2, title: { fr: 'Quatre', en: 'Four' }, mode: 'strip' },
  size: { width: 600, height: 400 },
  background: { colour: 'accent', image: 'back.jpg' },
  slots: [slot(1), slot(0), slot(1)],
  overlays: [
    { image: 'front.png', x: -20, y: -20, width: 100, height: 100 },
    { image: 'back.jpg', x: 500, y: 300, width: 200, height: 200 },
  ],
  texts: [],
};
const problemsOf = (value: unknown) => {
  const parsed = parseTemplate(value);
  return parsed.kind === 'refused' ? parsed.problems : [];
};

test('a template is taken as it is, however far things hang over its edges', () => {
  assert.deepEqual(parseTemplate(template), { kind: 'template', template });
  assert.equal(shotsOf(template), 2);
  assert.deepEqual(imagesOf(template), ['back.jpg', 'front.png']);
});

test('what is wrong is said with where it is, all of it at once', () => {
  const wrong = { ...template, version: '2', size: { width: 20_000, height: 400 }, onload: 'x' };
  assert.deepEqual(problemsOf(wrong), [
    'version: Invalid input: expected number, received string',
    'size.width: Too big: expected number to be <=3600',
    'Unrecognized key: "onload"',
  ]);
  assert.deepEqual(problemsOf({ ...template, slots: [slot(0), slot(2)] }), ['slots: no slot shows shot 1']);
  assert.deepEqual(problemsOf({ ...template, background: { colour: 'red' } }), [
    'background.colour: a colour is #rrggbb or a role',
  ]);
  assert.equal(
    problemsOf({ ...template, texts: Array(16).fill({}) }).length,
    20,
    'no more than anybody reads',
  );
});

test('the mode agrees with the number of shots', () => {
  const one = { ...template, slots: [slot(0), slot(0)] };
  assert.deepEqual(problemsOf({ ...template, mode: 'single' }), ['mode: single cannot have 2 shots']);
  assert.deepEqual(problemsOf({ ...template, mode: 'boomerang' }), ['mode: boomerang cannot have 2 shots']);
  assert.deepEqual(problemsOf({ ...one, mode: 'strip' }), ['mode: strip cannot have 1 shot']);
  assert.deepEqual(problemsOf({ ...one, mode: 'single' }), []);
});
