import assert from 'node:assert/strict';
import test from 'node:test';
import { FIRST, type Layout, next, type Offer, type SessionEvent, type SessionState } from '../session.ts';
import { seeded } from './seeded.ts';

/**
 * Whatever guests, camera, disk and daemon do, in any order: the machine always waits for something that comes by
 * itself, ends at `attract` when it is left alone, and gives up no shot that the daemon has not answered.
 */

const WALKS = 400;
const STEPS = 120;
const photo = { id: 'photo:1', name: '14Jul2026_153012.jpg', shareUrl: 'http://localhost:8080/p/x' };
const LAYOUTS: Layout[] = [
  { name: 'one', title: { fr: '', en: '' }, mode: 'single', shots: 1, places: [], preview: '' },
  { name: 'four', title: { fr: '', en: '' }, mode: 'strip', shots: 4, places: [], preview: '' },
  { name: 'moves', title: { fr: '', en: '' }, mode: 'boomerang', shots: 1, places: [], preview: '' },
];
const OFFERS: Offer[] = [
  { layouts: [], filters: [] },
  { layouts: LAYOUTS.slice(1, 2), filters: ['none'] },
  { layouts: LAYOUTS, filters: ['none', 'sepia'] },
];

/** The machine with what surrounds it: which of its wishes are still to be fulfilled, which shots it holds. */
class Booth {
  state: SessionState = FIRST;
  ticks = false;
  capturing = false;
  sending = false;
  held = 0;
  readonly story: string[] = [];

  tell(event: SessionEvent): void {
    const { phase } = this.state;
    const step = next(this.state, event);
    this.story.push(`${phase.kind} ${event.type}`);
    if (event.type === 'shot' && phase.kind === 'shooting') this.held += 1;
    if ((event.type === 'saved' || event.type === 'refused') && phase.kind === 'sending') this.held = 0;
    if (step.state.phase !== phase) {
      this.ticks = false;
      this.capturing = step.state.phase.kind === 'shooting';
      this.sending = step.state.phase.kind === 'sending';
    }
    this.state = step.state;
    for (const effect of step.effects) {
      if (effect === 'tick-later') this.ticks = true;
      if (effect === 'begin' || effect === 'forget') {
        assert.equal(this.held, 0, `a shot was given up: ${this.tail()}`);
      }
      if (effect === 'capture') assert.equal(this.state.phase.kind, 'shooting');
      if (effect === 'send') assert.equal(this.state.phase.kind, 'sending');
    }
    this.check();
  }

  /** No phase waits only for a guest, and none between two guests holds a shot. */
  check(): void {
    const { kind } = this.state.phase;
    const isIdle = kind === 'attract' || kind === 'full' || kind === 'trouble';
    assert.ok(isIdle || kind === 'sending' || this.ticks, `stuck in ${kind}: ${this.tail()}`);
    if (isIdle) assert.equal(this.held, 0, `left alone with a shot: ${this.tail()}`);
  }

  tail = () => this.story.slice(-8).join(' → ');
}

function anything(random: () => number, booth: Booth): SessionEvent {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  return pick<() => SessionEvent>([
    () => ({ type: 'go', countdownS: pick([0, 1, 3]), offer: pick(OFFERS), scans: random() < 0.5 }),
    () => ({ type: 'choose', layout: pick(['one', 'four', 'moves', 'none such']) }),
    () => ({ type: 'filter', filter: pick(['none', 'sepia', 'noir'] as const) }),
    () => (booth.ticks ? { type: 'tick' } : { type: 'touch' }),
    () => (booth.ticks ? { type: 'tick' } : { type: 'touch' }),
    () => (booth.capturing ? { type: pick(['shot', 'shot', 'no-shot']) } : { type: 'keep' }),
    () => (booth.capturing ? { type: 'shot' } : { type: 'retake', shot: Math.floor(random() * 5) - 1 }),
    () => ({ type: pick(['keep', 'retake-all', 'pause', 'done', 'touch']) }),
    () => (booth.sending ? answer(pick(['saved', 'unanswered', 'refused'])) : { type: 'touch' }),
    () => ({ type: 'camera', live: random() < 0.7 }),
    () => ({ type: 'disk', full: random() < 0.2 }),
  ])();
}

function answer(type: 'saved' | 'unanswered' | 'refused'): SessionEvent {
  if (type === 'saved') return { type, photo };
  return type === 'refused' ? { type, full: false } : { type };
}

test('whatever happens, it comes back to attract by itself and gives up no shot', () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= WALKS; seed += 1) {
    const random = seeded(seed);
    const booth = new Booth();
    for (let i = 0; i < STEPS; i += 1) {
      booth.tell(anything(random, booth));
      seen.add(booth.state.phase.kind);
    }
    // Everybody leaves; there is room; the camera hangs, or answers, or is gone for good and comes back at last.
    booth.tell({ type: 'disk', full: false });
    for (let i = 0; booth.state.phase.kind !== 'attract'; i += 1) {
      assert.ok(i < 300, `seed ${seed} does not come back: ${booth.tail()}`);
      if (booth.sending) booth.tell(answer('saved'));
      else if (booth.capturing && seed % 2) booth.tell({ type: 'shot' });
      else if (booth.ticks) booth.tell({ type: 'tick' });
      else booth.tell({ type: 'camera', live: true });
    }
  }
  // A walk that never came to some phase would say nothing of it.
  for (const kind of ['choosing', 'showing', 'waiting', 'reviewing', 'sending', 'result', 'refused']) {
    assert.ok(seen.has(kind as never), `never in ${kind}`);
  }
});
