import assert from 'node:assert/strict';
import test from 'node:test';
import {
  FIRST,
  type Layout,
  next,
  type Offer,
  type Phase,
  type Plan,
  SECONDS,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  shotsOf,
  type Turn,
} from '../session.ts';

const photo = { id: 'photo:1', name: '14Jul2026_153012.jpg', shareUrl: 'http://localhost:8080/p/x' };
const layout = (name: string, mode: Layout['mode'], shots: number): Layout => ({
  name,
  title: { fr: name, en: name },
  mode,
  shots,
  places: [],
  preview: `/${name}.png`,
});
const single = layout('full-bleed', 'single', 1);
const strip = layout('classic-strip', 'strip', 3);
const boomerang = layout('boomerang', 'boomerang', 1);

const NOTHING: Offer = { layouts: [], filters: [] };
const CHOICE: Offer = { layouts: [single, strip, boomerang], filters: ['none', 'sepia'] };
const go = (offer: Offer, countdownS = 3, scans = false): SessionEvent => ({
  type: 'go',
  countdownS,
  offer,
  scans,
});

const plain: Plan = { filter: 'none', countdownS: 3 };
const one: Plan = { layout: single, filter: 'none', countdownS: 3 };
const three: Plan = { layout: strip, filter: 'none', countdownS: 3 };
const clip: Plan = { layout: boomerang, filter: 'none', countdownS: 3 };
const first: Turn = { shot: 0, rest: [], taken: 0 };
const firstOf3: Turn = { shot: 0, rest: [1, 2], taken: 0 };
const lastOf3: Turn = { shot: 2, rest: [], taken: 2 };
const retake2: Turn = { shot: 1, rest: [], taken: 3 };

const at = (phase: Phase, rest: Partial<SessionState> = {}): SessionState => ({
  phase,
  full: false,
  live: true,
  ...rest,
});
const attract = at({ kind: 'attract' });
const choosing: Phase = {
  kind: 'choosing',
  offer: CHOICE,
  filter: 'none',
  countdownS: 3,
  scans: false,
  marked: 0,
  left: SECONDS.choosing,
};
const reviewing: Phase = { kind: 'reviewing', plan: three, left: SECONDS.reviewing, paused: false };
const result: Phase = { kind: 'result', plan: three, photo, left: SECONDS.result, paused: false };
const refused: Phase = { kind: 'refused', full: false, left: SECONDS.refused };
const countdown = (plan: Plan, turn: Turn, left = 3): Phase => ({ kind: 'countdown', plan, turn, left });
const shooting = (plan: Plan, turn: Turn, left = SECONDS.shooting): Phase => ({
  kind: 'shooting',
  plan,
  turn,
  left,
});
const sending = (plan: Plan, loose: boolean, failures = 0): Phase => ({
  kind: 'sending',
  plan,
  loose,
  failures,
});
const waiting = (plan: Plan, turn: Turn, left = SECONDS.waiting): Phase => ({
  kind: 'waiting',
  plan,
  turn,
  left,
});
const showing = (left: number): Phase => ({
  kind: 'showing',
  plan: three,
  turn: { shot: 1, rest: [2], taken: 1 },
  left,
});

const tick: SessionEvent = { type: 'tick' };
const COUNT: SessionEffect[] = ['beep', 'tick-later'];
const LEGAL: [string, SessionState, SessionEvent, Phase, SessionEffect[]][] = [
  ['nothing to choose: counts', attract, go(NOTHING), countdown(plain, first), ['begin', ...COUNT]],
  [
    'no countdown: at once',
    attract,
    go(NOTHING, 0),
    shooting({ ...plain, countdownS: 0 }, first),
    ['begin', 'capture', 'tick-later'],
  ],
  [
    'one layout: no question',
    attract,
    go({ layouts: [strip], filters: ['none'] }),
    countdown(three, firstOf3),
    ['begin', ...COUNT],
  ],
  [
    'one layout, two filters: a question',
    attract,
    go({ layouts: [single], filters: ['none', 'sepia'] }),
    { ...choosing, offer: { layouts: [single], filters: ['none', 'sepia'] } },
    ['tick-later'],
  ],
  ['several layouts: a question', attract, go(CHOICE), choosing, ['tick-later']],
  [
    'a layout is chosen',
    at(choosing),
    { type: 'choose', layout: 'classic-strip' },
    countdown(three, firstOf3),
    ['begin', ...COUNT],
  ],
  [
    'a boomerang is one shot',
    at(choosing),
    { type: 'choose', layout: 'boomerang' },
    countdown(clip, first),
    ['begin', ...COUNT],
  ],
  [
    'a filter is chosen',
    at({ ...choosing, left: 4 }),
    { type: 'filter', filter: 'sepia' },
    { ...choosing, filter: 'sepia' },
    ['tick-later'],
  ],
  [
    'the filter goes with the layout',
    at({ ...choosing, filter: 'sepia' }),
    { type: 'choose', layout: 'full-bleed' },
    countdown({ ...one, filter: 'sepia' }, first),
    ['begin', ...COUNT],
  ],
  ['a touch gives time to choose', at({ ...choosing, left: 4 }), { type: 'touch' }, choosing, ['tick-later']],
  ['back', at(choosing), { type: 'done' }, { kind: 'attract' }, []],
  ['nobody chooses', at({ ...choosing, left: 1 }), tick, { kind: 'attract' }, []],
  [
    'the mark stands still by touch',
    at({ ...choosing, left: 28 }),
    tick,
    { ...choosing, left: 27 },
    ['tick-later'],
  ],
  [
    'the mark moves on for the one button',
    at({ ...choosing, scans: true, left: 28 }),
    tick,
    { ...choosing, scans: true, marked: 1, left: 27 },
    ['tick-later'],
  ],
  [
    'and begins anew',
    at({ ...choosing, scans: true, marked: 2, left: 7 }),
    tick,
    { ...choosing, scans: true, marked: 0, left: 6 },
    ['tick-later'],
  ],
  ['counting', at(countdown(plain, first, 3)), tick, countdown(plain, first, 2), COUNT],
  ['the last tick', at(countdown(plain, first, 1)), tick, shooting(plain, first), ['capture', 'tick-later']],
  [
    'a plain shot is sent as it is',
    at(shooting(plain, first)),
    { type: 'shot' },
    sending(plain, true),
    ['send'],
  ],
  [
    'the first of three is seen',
    at(shooting(three, firstOf3)),
    { type: 'shot' },
    showing(SECONDS.showing),
    ['send-shots', 'tick-later'],
  ],
  ['seen', at(showing(2)), tick, showing(1), ['tick-later']],
  ['and the next', at(showing(1)), tick, countdown(three, { shot: 1, rest: [2], taken: 1 }), COUNT],
  [
    'the last is looked at',
    at(shooting(three, lastOf3)),
    { type: 'shot' },
    reviewing,
    ['send-shots', 'tick-later'],
  ],
  ['no shot', at(shooting(plain, first)), { type: 'no-shot' }, { kind: 'trouble' }, ['restart-camera']],
  ['a camera that hangs', at(shooting(plain, first, 1)), tick, { kind: 'trouble' }, ['restart-camera']],
  ['a camera is given time', at(shooting(plain, first, 5)), tick, shooting(plain, first, 4), ['tick-later']],
  [
    'no second shot: the first is kept',
    at(shooting(three, lastOf3)),
    { type: 'no-shot' },
    waiting(three, lastOf3),
    ['restart-camera', 'tick-later'],
  ],
  [
    'waiting for the camera',
    at(waiting(three, lastOf3, 9), { live: false }),
    tick,
    waiting(three, lastOf3, 8),
    ['tick-later'],
  ],
  [
    'it comes back',
    at(waiting(three, lastOf3), { live: false }),
    { type: 'camera', live: true },
    countdown(three, lastOf3),
    COUNT,
  ],
  [
    'it does not: what there is is sent',
    at(waiting(three, lastOf3, 1), { live: false }),
    tick,
    sending(three, true),
    ['send'],
  ],
  [
    'no retake: the shots of before',
    at(waiting(three, retake2, 1), { live: false }),
    tick,
    reviewing,
    ['tick-later'],
  ],
  ['kept', at(reviewing), { type: 'keep' }, sending(three, false), ['send']],
  ['kept, as nobody says no', at({ ...reviewing, left: 1 }), tick, sending(three, false), ['send']],
  ['time goes', at(reviewing), tick, { ...reviewing, left: SECONDS.reviewing - 1 }, ['tick-later']],
  ['one is retaken', at(reviewing), { type: 'retake', shot: 1 }, countdown(three, retake2), COUNT],
  ['and looked at', at(shooting(three, retake2)), { type: 'shot' }, reviewing, ['send-shots', 'tick-later']],
  [
    'all are retaken',
    at(reviewing),
    { type: 'retake-all' },
    countdown(three, { shot: 0, rest: [1, 2], taken: 3 }),
    COUNT,
  ],
  [
    'the clock stops',
    at(reviewing),
    { type: 'pause' },
    { ...reviewing, paused: true, left: SECONDS.paused },
    ['tick-later'],
  ],
  ['and goes on', at({ ...reviewing, paused: true, left: 50 }), { type: 'pause' }, reviewing, ['tick-later']],
  ['who touches has time', at({ ...reviewing, left: 3 }), { type: 'touch' }, reviewing, ['tick-later']],
  ['saved', at(sending(three, false, 2)), { type: 'saved', photo }, result, ['tick-later']],
  [
    'no answer: the same again',
    at(sending(one, false)),
    { type: 'unanswered' },
    sending(one, false, 1),
    ['send-later'],
  ],
  ['refused', at(sending(one, false)), { type: 'refused', full: false }, refused, ['forget', 'tick-later']],
  ['done', at(result), { type: 'done' }, { kind: 'attract' }, ['forget']],
  ['nobody there', at({ ...result, left: 1 }), tick, { kind: 'attract' }, ['forget']],
  [
    'looking at the code stops the clock',
    at(result),
    { type: 'pause' },
    { ...result, paused: true, left: SECONDS.paused },
    ['tick-later'],
  ],
  ['again', at(result), go(CHOICE), choosing, ['forget', 'tick-later']],
  ['again, but the disk is full', at(result, { full: true }), go(CHOICE), { kind: 'full' }, ['forget']],
  ['done without camera', at(result, { live: false }), { type: 'done' }, { kind: 'trouble' }, ['forget']],
  ['refused, seen', at({ ...refused, left: 1 }, { full: true }), tick, { kind: 'full' }, ['forget']],
  ['the disk fills up', attract, { type: 'disk', full: true }, { kind: 'full' }, []],
  [
    'room again',
    at({ kind: 'full' }, { full: true }),
    { type: 'disk', full: false },
    { kind: 'attract' },
    [],
  ],
  ['the camera goes', attract, { type: 'camera', live: false }, { kind: 'trouble' }, []],
  ['the camera comes', FIRST, { type: 'camera', live: true }, { kind: 'attract' }, []],
  [
    'the camera comes to a full disk',
    { ...FIRST, full: true },
    { type: 'camera', live: true },
    { kind: 'full' },
    [],
  ],
  [
    'the camera goes while somebody chooses',
    at(choosing),
    { type: 'camera', live: false },
    { kind: 'trouble' },
    [],
  ],
  [
    'the camera goes while counting',
    at(countdown(plain, first, 2)),
    { type: 'camera', live: false },
    { kind: 'trouble' },
    [],
  ],
  [
    'the camera goes after the first shot',
    at(countdown(three, lastOf3, 2)),
    { type: 'camera', live: false },
    waiting(three, lastOf3),
    ['tick-later'],
  ],
];

for (const [name, from, event, phase, effects] of LEGAL) {
  test(name, () => {
    const step = next(from, event);
    assert.deepEqual(step.state.phase, phase);
    assert.deepEqual(step.effects, effects);
  });
}

test('while a shot is being sent nothing ends the visit', () => {
  const state = at(sending(three, false, 3));
  const ends = ['go', 'choose', 'tick', 'keep', 'retake', 'retake-all', 'pause', 'done', 'touch'] as const;
  for (const type of ends) assert.equal(next(state, EVENTS[type]).state, state, type);
  const unplugged = next(state, { type: 'camera', live: false });
  assert.equal(unplugged.state.phase, state.phase);
  assert.deepEqual(unplugged.effects, []);
  assert.equal(next(state, { type: 'disk', full: true }).state.phase, state.phase);
});

const EVENTS: Record<SessionEvent['type'], SessionEvent> = {
  go: go(CHOICE),
  choose: { type: 'choose', layout: 'classic-strip' },
  filter: { type: 'filter', filter: 'sepia' },
  tick,
  shot: { type: 'shot' },
  'no-shot': { type: 'no-shot' },
  keep: { type: 'keep' },
  retake: { type: 'retake', shot: 1 },
  'retake-all': { type: 'retake-all' },
  pause: { type: 'pause' },
  saved: { type: 'saved', photo },
  unanswered: { type: 'unanswered' },
  refused: { type: 'refused', full: false },
  done: { type: 'done' },
  touch: { type: 'touch' },
  camera: { type: 'camera', live: true },
  disk: { type: 'disk', full: false },
};

/** What means something in a phase; all else leaves that very state. */
const MEANS: [Phase, SessionEvent['type'][]][] = [
  [{ kind: 'attract' }, ['go']],
  [{ kind: 'full' }, []],
  [{ kind: 'trouble' }, []],
  [choosing, ['choose', 'filter', 'tick', 'done', 'touch']],
  [countdown(three, firstOf3), ['tick']],
  [shooting(three, firstOf3), ['shot', 'no-shot', 'tick']],
  [showing(2), ['tick']],
  [waiting(three, lastOf3), ['tick']],
  [reviewing, ['keep', 'retake', 'retake-all', 'pause', 'tick', 'touch']],
  [sending(three, false), ['saved', 'unanswered', 'refused']],
  [result, ['go', 'done', 'pause', 'tick', 'touch']],
  [refused, ['go', 'done', 'tick', 'touch']],
];

for (const [phase, types] of MEANS) {
  test(`${phase.kind} minds ${types.join(', ') || 'nothing'} and stays as it is on all else`, () => {
    const state = at(phase);
    for (const [type, event] of Object.entries(EVENTS)) {
      const step = next(state, event);
      const isMinded = types.includes(event.type);
      assert.equal(step.state !== state, isMinded, type);
      if (!isMinded) assert.deepEqual(step.effects, [], type);
    }
  });
}

test('what is not offered is not chosen, and no shot is retaken that there is not', () => {
  for (const event of [
    { type: 'choose', layout: 'other' },
    { type: 'filter', filter: 'noir' },
  ] as const) {
    assert.equal(next(at(choosing), event).state.phase, choosing);
  }
  for (const shot of [-1, 3, 0.5, Number.NaN]) {
    assert.equal(next(at(reviewing), { type: 'retake', shot }).state.phase, reviewing, String(shot));
  }
  assert.equal(next(at(reviewing, { live: false }), { type: 'retake', shot: 0 }).state.phase, reviewing);
  assert.equal(shotsOf(three), 3);
});
