import assert from 'node:assert/strict';
import test from 'node:test';
import { type BoothEffect, type BoothEvent, type BoothState, next } from '../booth.ts';

const request = { kind: 'wifi', ssid: 'Salle des fêtes', password: 'lavande2026' } as const;
const failure = { ssid: request.ssid, reason: 'wrong-password' } as const;

const on = (reach: 'none' | 'offline' | 'online'): BoothEvent => ({ type: 'network', reach });
const join: BoothEvent = { type: 'join', request };
const joined: BoothEvent = { type: 'joined' };
const joinFailed: BoothEvent = { type: 'join-failed', reason: 'wrong-password' };
const paired: BoothEvent = { type: 'paired' };
const skip: BoothEvent = { type: 'skip' };
const pair: BoothEvent = { type: 'pair' };

const state = {
  starting: { kind: 'starting', bound: false },
  startingBound: { kind: 'starting', bound: true },
  hotspot: { kind: 'hotspot', bound: false },
  hotspotBound: { kind: 'hotspot', bound: true },
  hotspotAgain: { kind: 'hotspot', bound: false, failure },
  joining: { kind: 'joining', bound: false, ssid: request.ssid },
  pairingOnline: { kind: 'pairing', bound: false, reach: 'online' },
  pairingOffline: { kind: 'pairing', bound: false, reach: 'offline' },
  pairingNone: { kind: 'pairing', bound: false, reach: 'none' },
  readyUnboundNone: { kind: 'ready', bound: false, reach: 'none' },
  readyUnboundOffline: { kind: 'ready', bound: false, reach: 'offline' },
  readyUnboundOnline: { kind: 'ready', bound: false, reach: 'online' },
  readyNone: { kind: 'ready', bound: true, reach: 'none' },
  readyOffline: { kind: 'ready', bound: true, reach: 'offline' },
  readyOnline: { kind: 'ready', bound: true, reach: 'online' },
  restarting: { kind: 'restarting', bound: false },
} satisfies Record<string, BoothState>;
type Name = keyof typeof state;

const LEGAL: [Name, BoothEvent, Name, BoothEffect['type'][]][] = [
  ['starting', on('none'), 'hotspot', ['open-hotspot']],
  ['starting', on('offline'), 'pairingOffline', []],
  ['starting', on('online'), 'pairingOnline', ['start-pairing']],
  ['startingBound', on('none'), 'hotspotBound', ['open-hotspot']],
  ['startingBound', on('offline'), 'readyOffline', []],
  ['startingBound', on('online'), 'readyOnline', ['wake-sync']],
  ['hotspot', join, 'joining', ['join']],
  ['hotspot', skip, 'readyUnboundNone', ['close-hotspot']],
  ['hotspot', on('offline'), 'pairingOffline', ['close-hotspot']],
  ['hotspot', on('online'), 'pairingOnline', ['close-hotspot', 'start-pairing']],
  ['hotspotBound', skip, 'readyNone', ['close-hotspot']],
  ['hotspotBound', on('online'), 'readyOnline', ['close-hotspot', 'wake-sync']],
  ['hotspotAgain', join, 'joining', ['join']],
  ['joining', joined, 'restarting', ['restart']],
  ['joining', joinFailed, 'hotspotAgain', ['open-hotspot']],
  ['pairingOnline', paired, 'restarting', ['restart']],
  ['pairingOnline', skip, 'readyUnboundOnline', ['stop-pairing']],
  ['pairingOnline', on('offline'), 'pairingOffline', ['stop-pairing']],
  ['pairingOnline', on('none'), 'pairingNone', ['stop-pairing']],
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
  ['starting', [join, joined, joinFailed, paired, skip, pair]],
  ['hotspot', [on('none'), joined, joinFailed, paired, pair]],
  ['joining', [on('none'), on('offline'), on('online'), join, paired, skip, pair]],
  ['pairingOnline', [on('online'), join, joined, joinFailed, pair]],
  ['readyOnline', [on('online'), join, joined, joinFailed, paired, skip, pair]],
  ['readyUnboundNone', [on('none'), join, joined, joinFailed, paired, skip]],
  ['restarting', [on('none'), on('offline'), on('online'), join, joined, joinFailed, paired, skip, pair]],
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

test('the request travels with the effect that joins', () => {
  assert.deepEqual(next(state.hotspot, join).effects, [{ type: 'join', request }]);
});
