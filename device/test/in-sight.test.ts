import assert from 'node:assert/strict';
import test from 'node:test';
import { MAX_NETWORKS } from '../network/network.ts';
import { listOf, type SeenAccessPoint, securityOf } from '../network/networkmanager/in-sight.ts';

const point = (ssid: string | Buffer, more: Partial<SeenAccessPoint> = {}): SeenAccessPoint => ({
  Ssid: Buffer.from(ssid),
  ...{ Strength: 50, Flags: 0, WpaFlags: 0, RsnFlags: 0, Frequency: 2437 },
  ...more,
});

test('a network of several access points is one, as strong as the nearest', () => {
  const points = [
    point('Salle', { Strength: 30 }),
    point('Bar', { Strength: 60, Frequency: 5180, Flags: 1, RsnFlags: 0x188 }),
    point('Salle', { Strength: 80 }),
    point('', { Strength: 99 }),
    point(Buffer.alloc(8), { Strength: 98 }),
  ];
  assert.deepEqual(listOf(points), [
    { ssid: 'Salle', strength: 80, secured: false, band: '2.4' },
    { ssid: 'Bar', strength: 60, secured: true, band: '5' },
  ]);
});

test('a name that is no text keeps its bytes', () => {
  const bytes = Buffer.from([0xe9, 0x74, 0xe9]); // "été" of another century
  assert.deepEqual(listOf([point(bytes)]), [
    { ssid: '\ufffdt\ufffd', bytes: 'e974e9', strength: 50, secured: false, band: '2.4' },
  ]);
});

test('the list has an end', () => {
  const many = Array.from({ length: MAX_NETWORKS + 5 }, (_, n) => point(`net ${n}`));
  assert.equal(listOf(many).length, MAX_NETWORKS);
});

test('how a network wants to be talked to', () => {
  const table: [flags: Partial<SeenAccessPoint>, security: string][] = [
    [{}, 'none'],
    [{ Flags: 1, RsnFlags: 0x188 }, 'wpa-psk'],
    [{ Flags: 1, WpaFlags: 0x144 }, 'wpa-psk'],
    [{ Flags: 1, RsnFlags: 0x588 }, 'wpa-psk'], // WPA2 and WPA3
    [{ Flags: 1, RsnFlags: 0x488 }, 'sae'],
    [{ Flags: 1, RsnFlags: 0x288 }, 'wpa-eap'],
    [{ Flags: 1 }, 'wpa-psk'], // WEP: a lock, and no way in
    [{ RsnFlags: 0x1000 }, 'none'], // the open half of an encrypted open network
  ];
  for (const [flags, security] of table) {
    assert.equal(securityOf(point('x', flags)), security, JSON.stringify(flags));
  }
  assert.equal(listOf([point('Bureau', { Flags: 1, RsnFlags: 0x288 })])[0]?.enterprise, true);
});
