import assert from 'node:assert/strict';
import test from 'node:test';
import { accentColours, contrastOf } from '../kiosk/page/accent.ts';

const PAPERS = { light: '#fbf7f0', dark: '#1d1a20' };

test('whatever colour an event has, text on it and in it can be read on both themes', () => {
  const steps = [0, 51, 102, 128, 153, 204, 255];
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  for (const paper of Object.values(PAPERS)) {
    for (const r of steps) {
      for (const g of steps) {
        for (const b of steps) {
          const accent = `#${hex(r)}${hex(g)}${hex(b)}`;
          const { onAccent, accentText } = accentColours(accent, paper);
          assert.ok(contrastOf(onAccent, accent) >= 4.5, `${onAccent} on ${accent}`);
          assert.ok(contrastOf(accentText, paper) >= 4.5, `${accentText} on ${paper}`);
        }
      }
    }
  }
});

test('a colour that can be read already stays as it is', () => {
  assert.deepEqual(accentColours('#b3261e', PAPERS.light), {
    accent: '#b3261e',
    onAccent: '#ffffff',
    accentText: '#b3261e',
  });
  assert.equal(accentColours('#ffd166', PAPERS.light).onAccent, '#1d1a20');
});

test('contrast is that of WCAG', () => {
  assert.equal(contrastOf('#000000', '#ffffff'), 21);
  assert.equal(contrastOf('#777777', '#ffffff').toFixed(2), '4.48');
});
