import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BoothDoc, STATUS_AGAIN_MS, type StatusDoc } from '@photomaton/design-docs/docs';
import { presenceOf } from '../fleet/presence.ts';

const CYCLE_MS = 5 * 60_000;

test('a booth that is on and has nothing new to say is not called off, though a cycle fails; a silent one is', () => {
  const said = new Date('2026-07-14T15:00:00.000Z');
  const booth = { pairedAt: '2026-07-01T00:00:00.000Z', event: 'e' } as BoothDoc;
  const kindAfter = (ms: number) =>
    presenceOf(booth, { at: said.toISOString() } as StatusDoc, new Date(said.getTime() + ms)).kind;
  assert.equal(kindAfter(STATUS_AGAIN_MS + 2 * CYCLE_MS), 'online');
  assert.equal(kindAfter(STATUS_AGAIN_MS + 3 * CYCLE_MS), 'away');
});
