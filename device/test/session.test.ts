import assert from 'node:assert/strict';
import test from 'node:test';
import {
  FIRST,
  next,
  type Phase,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
} from '../session.ts';

const photo = { id: 'photo:1', name: '14Jul2026_153012.jpg', shareUrl: 'http://localhost:8080/p/x' };
const at = (phase: Phase, rest: Partial<SessionState> = {}): SessionState => ({
  phase,
  full: false,
  live: true,
  ...rest,
});
const attract = at({ kind: 'attract' });
const go: SessionEvent = { type: 'go', countdownS: 3 };

const LEGAL: [string, SessionState, SessionEvent, Phase, SessionEffect[]][] = [
  ['a touch begins to count', attract, go, { kind: 'countdown', left: 3 }, ['beep', 'tick-later']],
  ['no countdown: at once', attract, { type: 'go', countdownS: 0 }, { kind: 'shooting' }, ['capture']],
  [
    'counting',
    at({ kind: 'countdown', left: 3 }),
    { type: 'tick' },
    { kind: 'countdown', left: 2 },
    ['beep', 'tick-later'],
  ],
  ['the last tick', at({ kind: 'countdown', left: 1 }), { type: 'tick' }, { kind: 'shooting' }, ['capture']],
  ['shot', at({ kind: 'shooting' }), { type: 'shot' }, { kind: 'sending', failures: 0 }, ['send']],
  ['no shot', at({ kind: 'shooting' }), { type: 'no-shot' }, { kind: 'trouble' }, ['restart-camera']],
  [
    'saved',
    at({ kind: 'sending', failures: 2 }),
    { type: 'saved', photo },
    { kind: 'result', photo },
    ['nobody-later'],
  ],
  [
    'no answer: the same again',
    at({ kind: 'sending', failures: 0 }),
    { type: 'unanswered' },
    { kind: 'sending', failures: 1 },
    ['send-later'],
  ],
  [
    'refused',
    at({ kind: 'sending', failures: 0 }),
    { type: 'refused', full: true },
    { kind: 'refused', full: true },
    ['forget', 'nobody-later'],
  ],
  ['done', at({ kind: 'result', photo }), { type: 'done' }, { kind: 'attract' }, ['forget']],
  ['nobody there', at({ kind: 'result', photo }), { type: 'nobody' }, { kind: 'attract' }, ['forget']],
  [
    'again',
    at({ kind: 'result', photo }),
    go,
    { kind: 'countdown', left: 3 },
    ['forget', 'beep', 'tick-later'],
  ],
  [
    'again, but the disk is full',
    at({ kind: 'result', photo }, { full: true }),
    go,
    { kind: 'full' },
    ['forget'],
  ],
  [
    'done without camera',
    at({ kind: 'result', photo }, { live: false }),
    { type: 'done' },
    { kind: 'trouble' },
    ['forget'],
  ],
  [
    'refused, seen',
    at({ kind: 'refused', full: true }, { full: true }),
    { type: 'nobody' },
    { kind: 'full' },
    ['forget'],
  ],
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
    'the camera goes while counting',
    at({ kind: 'countdown', left: 2 }),
    { type: 'camera', live: false },
    { kind: 'trouble' },
    [],
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
  const sending = at({ kind: 'sending', failures: 3 });
  const events: SessionEvent[] = [
    go,
    { type: 'done' },
    { type: 'nobody' },
    { type: 'tick' },
    { type: 'shot' },
  ];
  for (const event of events) assert.equal(next(sending, event).state, sending, event.type);
  const unplugged = next(sending, { type: 'camera', live: false });
  assert.equal(unplugged.state.phase, sending.phase);
  assert.deepEqual(unplugged.effects, []);
  assert.equal(next(sending, { type: 'disk', full: true }).state.phase, sending.phase);
});

const ILLEGAL: [Phase, SessionEvent['type'][]][] = [
  [{ kind: 'attract' }, ['tick', 'shot', 'no-shot', 'saved', 'unanswered', 'refused', 'done', 'nobody']],
  [
    { kind: 'countdown', left: 2 },
    ['go', 'shot', 'no-shot', 'saved', 'unanswered', 'refused', 'done', 'nobody'],
  ],
  [{ kind: 'shooting' }, ['go', 'tick', 'saved', 'unanswered', 'refused', 'done', 'nobody']],
  [{ kind: 'result', photo }, ['tick', 'shot', 'no-shot', 'saved', 'unanswered', 'refused']],
  [{ kind: 'refused', full: false }, ['tick', 'shot', 'no-shot', 'saved', 'unanswered', 'refused']],
  [{ kind: 'full' }, ['go', 'tick', 'shot', 'no-shot', 'saved', 'unanswered', 'refused', 'done', 'nobody']],
  [
    { kind: 'trouble' },
    ['go', 'tick', 'shot', 'no-shot', 'saved', 'unanswered', 'refused', 'done', 'nobody'],
  ],
];
const EVENTS: Record<SessionEvent['type'], SessionEvent> = {
  go,
  tick: { type: 'tick' },
  shot: { type: 'shot' },
  'no-shot': { type: 'no-shot' },
  saved: { type: 'saved', photo },
  unanswered: { type: 'unanswered' },
  refused: { type: 'refused', full: false },
  done: { type: 'done' },
  nobody: { type: 'nobody' },
  camera: { type: 'camera', live: true },
  disk: { type: 'disk', full: false },
};

for (const [phase, types] of ILLEGAL) {
  test(`${phase.kind} stays as it is on ${types.join(', ')}`, () => {
    const state = at(phase);
    for (const type of types) {
      const step = next(state, EVENTS[type]);
      assert.equal(step.state, state, type);
      assert.deepEqual(step.effects, []);
    }
  });
}
