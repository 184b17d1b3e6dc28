import assert from 'node:assert/strict';
import test from 'node:test';
import { type BoothEffect, type BoothEvent, type BoothState, next, type Reach } from '../booth.ts';
import { seeded } from './seeded.ts';

const request = { kind: 'wifi', ssid: 'Salle des fêtes', password: 'lavande2026' } as const;
const attempt = { kind: 'wifi', ssid: request.ssid } as const;
const failure = { attempt, reason: 'wrong-password' } as const;

const on = (reach: Reach): BoothEvent => ({ type: 'network', reach });
const guest = (runs: boolean): BoothEvent => ({ type: 'session', runs });
const join: BoothEvent = { type: 'join', request };
const step: BoothEvent = { type: 'step', step: 'internet' };
const joined: BoothEvent = { type: 'joined' };
const joinFailed: BoothEvent = { type: 'join-failed', reason: 'wrong-password' };
const search: BoothEvent = { type: 'search' };
const giveWay: BoothEvent = { type: 'give-way' };
const patienceOver: BoothEvent = { type: 'patience-over' };
const paired: BoothEvent = { type: 'paired' };
const skip: BoothEvent = { type: 'skip' };
const pair: BoothEvent = { type: 'pair' };
const setup: BoothEvent = { type: 'setup' };

const unbound = { bound: false, session: false };
const bound = { bound: true, session: false };
const state = {
  starting: { kind: 'starting', ...unbound },
  startingWithGuest: { kind: 'starting', bound: true, session: true },
  startingBound: { kind: 'starting', ...bound },
  hotspot: { kind: 'hotspot', ...unbound, hotspot: 'open' },
  hotspotBound: { kind: 'hotspot', ...bound, hotspot: 'open' },
  hotspotWithGuest: { kind: 'hotspot', bound: true, session: true, hotspot: 'open' },
  hotspotHeld: { kind: 'hotspot', bound: true, session: true, hotspot: 'held' },
  hotspotHeldAgain: { kind: 'hotspot', bound: false, session: true, hotspot: 'held', failure },
  hotspotAgain: { kind: 'hotspot', ...unbound, hotspot: 'open', failure },
  hotspotAsked: { kind: 'hotspot', ...bound, hotspot: 'open', asked: true },
  hotspotAskedUnbound: { kind: 'hotspot', ...unbound, hotspot: 'open', asked: true },
  givingWay: { kind: 'hotspot', ...bound, hotspot: 'giving-way' },
  givingWayAgain: { kind: 'hotspot', ...unbound, hotspot: 'giving-way', failure },
  givingWayAsked: { kind: 'hotspot', ...bound, hotspot: 'giving-way', asked: true },
  joining: { kind: 'joining', ...unbound, attempt, step: 'associating' },
  joiningFurther: { kind: 'joining', ...unbound, attempt, step: 'internet' },
  joiningWithGuest: { kind: 'joining', bound: false, session: true, attempt, step: 'associating' },
  pairingOnline: { kind: 'pairing', ...unbound, reach: 'online' },
  pairingOffline: { kind: 'pairing', ...unbound, reach: 'offline' },
  pairingCaptive: { kind: 'pairing', ...unbound, reach: 'captive' },
  pairingNone: { kind: 'pairing', ...unbound, reach: 'none' },
  readyUnboundNone: { kind: 'ready', ...unbound, reach: 'none' },
  readyUnboundOffline: { kind: 'ready', ...unbound, reach: 'offline' },
  readyUnboundOnline: { kind: 'ready', ...unbound, reach: 'online' },
  readyNone: { kind: 'ready', ...bound, reach: 'none' },
  readyOffline: { kind: 'ready', ...bound, reach: 'offline' },
  readyCaptive: { kind: 'ready', ...bound, reach: 'captive' },
  readyOnline: { kind: 'ready', ...bound, reach: 'online' },
  readyWithGuest: { kind: 'ready', bound: true, session: true, reach: 'online' },
  restarting: { kind: 'restarting', ...unbound },
  restartingJoined: { kind: 'restarting', ...unbound, joined: attempt },
} satisfies Record<string, BoothState>;
type Name = keyof typeof state;

const LEGAL: [Name, BoothEvent, Name, BoothEffect['type'][]][] = [
  ['starting', on('none'), 'hotspot', ['open-hotspot']],
  ['starting', on('offline'), 'pairingOffline', []],
  ['starting', on('online'), 'pairingOnline', ['start-pairing']],
  ['startingBound', on('none'), 'hotspotBound', ['open-hotspot']],
  ['startingBound', on('offline'), 'readyOffline', []],
  ['startingBound', on('online'), 'readyOnline', ['wake-sync']],
  ['startingBound', on('captive'), 'readyCaptive', []],
  ['startingWithGuest', on('none'), 'hotspotHeld', []],
  ['hotspotHeld', guest(false), 'hotspotBound', ['open-hotspot']],
  ['hotspotHeld', on('online'), 'readyWithGuest', ['wake-sync']],
  ['hotspotBound', guest(true), 'hotspotWithGuest', []],
  ['hotspot', join, 'joining', ['join']],
  ['hotspot', search, 'hotspot', ['search']],
  ['hotspotBound', giveWay, 'givingWay', ['close-hotspot']],
  ['givingWay', on('offline'), 'readyOffline', []],
  ['givingWay', skip, 'readyNone', []],
  ['givingWay', patienceOver, 'hotspotBound', ['open-hotspot']],
  ['hotspotAgain', giveWay, 'givingWayAgain', ['close-hotspot']],
  ['givingWayAgain', patienceOver, 'hotspotAgain', ['open-hotspot']],
  ['givingWayAgain', on('online'), 'pairingOnline', ['start-pairing']],
  ['hotspotAsked', giveWay, 'givingWayAsked', ['close-hotspot']],
  ['givingWayAsked', on('online'), 'readyOnline', ['wake-sync']],
  ['hotspotAsked', skip, 'readyNone', ['close-hotspot']],
  ['readyNone', setup, 'hotspotAsked', ['open-hotspot']],
  ['readyOnline', setup, 'hotspotAsked', ['open-hotspot']],
  ['pairingOnline', setup, 'hotspotAskedUnbound', ['stop-pairing', 'open-hotspot']],
  ['hotspot', skip, 'readyUnboundNone', ['close-hotspot']],
  ['hotspot', on('offline'), 'pairingOffline', ['close-hotspot']],
  ['hotspot', on('online'), 'pairingOnline', ['close-hotspot', 'start-pairing']],
  ['hotspotBound', skip, 'readyNone', ['close-hotspot']],
  ['hotspotBound', on('online'), 'readyOnline', ['close-hotspot', 'wake-sync']],
  ['hotspotAgain', join, 'joining', ['join']],
  ['joining', step, 'joiningFurther', []],
  ['joining', joined, 'restartingJoined', ['restart']],
  ['joiningWithGuest', joinFailed, 'hotspotHeldAgain', []],
  ['hotspotHeldAgain', guest(false), 'hotspotAgain', ['open-hotspot']],
  ['joining', joinFailed, 'hotspotAgain', ['open-hotspot']],
  ['pairingOnline', paired, 'restarting', ['restart']],
  ['pairingOnline', skip, 'readyUnboundOnline', ['stop-pairing']],
  ['pairingOnline', on('offline'), 'pairingOffline', ['stop-pairing']],
  ['pairingOnline', on('none'), 'pairingNone', ['stop-pairing']],
  ['pairingOffline', on('captive'), 'pairingCaptive', ['stop-pairing']],
  ['pairingOffline', on('online'), 'pairingOnline', ['start-pairing']],
  ['pairingOffline', skip, 'readyUnboundOffline', ['stop-pairing']],
  ['readyUnboundNone', pair, 'hotspot', ['open-hotspot']],
  ['readyUnboundOffline', pair, 'pairingOffline', []],
  ['readyUnboundOnline', pair, 'pairingOnline', ['start-pairing']],
  ['readyUnboundOffline', on('online'), 'pairingOnline', ['start-pairing']],
  ['readyUnboundOnline', on('offline'), 'readyUnboundOffline', []],
  ['readyNone', on('online'), 'readyOnline', ['wake-sync']],
  ['readyOffline', on('none'), 'readyNone', []],
  ['readyOffline', on('online'), 'readyOnline', ['wake-sync']],
  ['readyOnline', on('offline'), 'readyOffline', []],
  ['readyOnline', on('none'), 'readyNone', []],
];

for (const [from, event, to, effects] of LEGAL) {
  test(`${from} + ${JSON.stringify(event)} → ${to}`, () => {
    const step = next(state[from], event);
    assert.deepEqual(step.state, state[to]);
    assert.deepEqual(
      step.effects.map(({ type }) => type),
      effects,
    );
  });
}

/** Everything that means nothing where it happens: late, doubled or out of place. It must change nothing. */
const ILLEGAL: [Name, BoothEvent[]][] = [
  ['starting', [join, step, joined, joinFailed, search, giveWay, patienceOver, paired, skip, pair, setup]],
  ['hotspot', [on('none'), step, joined, joinFailed, patienceOver, paired, pair, setup, guest(false)]],
  // A cable was in all the time: the network that is asked for is another one.
  ['hotspotAsked', [on('online'), on('offline')]],
  ['hotspotAgain', [on('online'), on('offline')]],
  ['hotspotHeld', [on('none'), giveWay, search, patienceOver]],
  ['givingWay', [on('none'), giveWay, search]],
  ['joining', [on('none'), on('online'), join, search, giveWay, patienceOver, paired, skip, pair, setup]],
  ['pairingOnline', [on('online'), join, step, joined, joinFailed, search, giveWay, patienceOver, pair]],
  ['readyOnline', [on('online'), join, step, joined, joinFailed, search, giveWay, paired, skip, pair]],
  ['readyUnboundNone', [on('none'), join, joined, joinFailed, paired, skip]],
  ['restarting', [on('online'), join, step, joined, joinFailed, giveWay, paired, skip, pair, setup]],
];

for (const [from, events] of ILLEGAL) {
  test(`${from} stays as it is on ${events.map(({ type }) => type).join(', ')}`, () => {
    for (const event of events) {
      const step = next(state[from], event);
      assert.equal(step.state, state[from], JSON.stringify(event));
      assert.deepEqual(step.effects, []);
    }
  });
}

test('the request travels with the effect that joins, and its password nowhere else', () => {
  const { state: after, effects } = next(state.hotspot, join);
  assert.deepEqual(effects, [{ type: 'join', request }]);
  assert.ok(!JSON.stringify(next(after, joinFailed).state).includes(request.password));
});

const ALL: BoothEvent[] = [
  ...(['none', 'offline', 'captive', 'online'] as const).map(on),
  ...[guest(true), guest(false), join, step, joined, joinFailed, search, giveWay, patienceOver],
  ...[paired, skip, pair, setup],
];

test('from any state, whatever happens, the booth gets to where it belongs, and opens no hotspot under a guest', () => {
  const random = seeded(20260714);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  for (let run = 0; run < 20_000; run++) {
    let now: BoothState = pick(Object.values(state));
    let isOpen = now.kind === 'hotspot' && now.hotspot === 'open';
    const told: string[] = [];
    const tell = (event: BoothEvent) => {
      told.push(event.type);
      const { state: after, effects } = next(now, event);
      for (const { type } of effects) {
        const where = () => `${JSON.stringify(now)} after ${told.join(', ')}`;
        if (type === 'open-hotspot') {
          assert.ok(!after.session, `opened under a guest: ${where()}`);
          isOpen = true;
        }
        // Joining closes it: that is the network's part of it.
        if (type === 'close-hotspot' || type === 'join') isOpen = false;
        if (type === 'search') assert.ok(isOpen, `searched for nobody: ${where()}`);
      }
      now = after;
      const claims = now.kind === 'hotspot' && now.hotspot === 'open';
      assert.equal(claims, isOpen, `${JSON.stringify(now)} after ${told.join(', ')}`);
      // Nobody waits for a restart longer than it takes: then it starts anew.
      if (now.kind === 'restarting') now = { kind: 'starting', bound: now.bound, session: now.session };
    };
    for (let n = 0; n < 30; n++) tell(pick(ALL));

    // What is under way ends: the guest goes, the network answers, patience runs out.
    tell(guest(false));
    if (now.kind === 'joining') tell(pick([joined, joinFailed]));
    if (now.kind === 'starting') tell(on(pick(['none', 'offline', 'captive', 'online'] as const)));
    if (now.kind === 'hotspot' && now.hotspot === 'giving-way') tell(patienceOver);
    const end: BoothState = now;
    const isWell =
      end.kind === 'ready' || end.kind === 'pairing' || (end.kind === 'hotspot' && end.hotspot === 'open');
    assert.ok(isWell, `stuck in ${JSON.stringify(end)} after ${told.join(', ')}`);
    // And with the internet back it is used, but where somebody has the hotspot in hand.
    tell(giveWay);
    tell(on('online'));
    assert.ok('reach' in now && now.reach === 'online', `not online: ${JSON.stringify(now)}`);
  }
});
