import assert from 'node:assert/strict';
import test from 'node:test';
import { readForm, typedIn } from '../setup/form.ts';
import { seeded } from './seeded.ts';

const GOOD: [Record<string, string>, object][] = [
  [{ ssid: 'Mairie' }, { kind: 'wifi', ssid: 'Mairie' }],
  [
    { ssid: 'Mairie', password: '12345678' },
    { kind: 'wifi', ssid: 'Mairie', password: '12345678' },
  ],
  [
    { ssid: 'M', password: 'x', identity: 'léa' },
    { kind: 'wifi', ssid: 'M', password: 'x', identity: 'léa' },
  ],
  [
    { ssid: 'M', password: 'f'.repeat(64), hidden: '1' },
    { kind: 'wifi', ssid: 'M', password: 'f'.repeat(64), hidden: true },
  ],
  [
    { ssid: '\uFFFD', bytes: 'ff' },
    { kind: 'wifi', ssid: '\uFFFD', bytes: 'ff' },
  ],
  [{ kind: 'cable', mask: '255.255.255.0' }, { kind: 'cable' }],
  [
    { kind: 'cable', address: '10.0.0.5', mask: '255.255.252.0', gateway: '10.0.0.1' },
    { kind: 'cable', fixed: { address: '10.0.0.5/22', gateway: '10.0.0.1', dns: ['10.0.0.1'] } },
  ],
  [
    { kind: 'cable', address: '10.0.0.5', mask: '24', gateway: '10.0.0.1', dns: '1.1.1.1, 9.9.9.9' },
    { kind: 'cable', fixed: { address: '10.0.0.5/24', gateway: '10.0.0.1', dns: ['1.1.1.1', '9.9.9.9'] } },
  ],
];
for (const [body, request] of GOOD) {
  test(`taken: ${JSON.stringify(body)}`, () => {
    assert.deepEqual(readForm(body), { kind: 'good', request });
  });
}

const address = { kind: 'cable', address: '10.0.0.5', mask: '24', gateway: '10.0.0.1' };
const BAD: [unknown, string][] = [
  [undefined, 'noName'],
  [{ ssid: ['a', 'b'] }, 'noName'],
  [{ ssid: '🎉'.repeat(9) }, 'noName'],
  [{ ssid: 'M', secured: '1' }, 'noPassword'],
  [{ ssid: 'M', identity: 'léa' }, 'noPassword'],
  [{ ssid: 'M', enterprise: '1', password: '12345678' }, 'noIdentity'],
  [{ ssid: 'M', password: '1234567' }, 'badPassword'],
  [{ ssid: 'M', password: 'g'.repeat(64) }, 'badPassword'],
  [{ ...address, address: '10.0.0.256' }, 'badAddress'],
  [{ ...address, gateway: '' }, 'badAddress'],
  [{ ...address, mask: '255.0.255.0' }, 'badAddress'],
  [{ ...address, mask: '33' }, 'badAddress'],
  [{ ...address, dns: 'box' }, 'badAddress'],
];
for (const [body, problem] of BAD) {
  test(`to be mended, ${problem}: ${JSON.stringify(body)}`, () => {
    assert.deepEqual(readForm(body), { kind: 'bad', problem });
  });
}

test('what was typed is shown again, but the password', () => {
  const wifi = { ssid: '\uFFFD', bytes: 'ff', password: 'short', identity: 'léa', hidden: '1' };
  assert.deepEqual(typedIn(wifi), {
    kind: 'wifi',
    ssid: '\uFFFD',
    bytes: 'ff',
    identity: 'léa',
    hidden: true,
  });
  const cable = { kind: 'cable', address: '10.0.0.5', mask: '33', gateway: 'box', dns: '1.1.1.1, x' };
  const fixed = { address: '10.0.0.5/33', gateway: 'box', dns: ['1.1.1.1, x'] };
  assert.deepEqual(typedIn(cable), { kind: 'cable', fixed });
  assert.deepEqual(typedIn(undefined), { kind: 'wifi', ssid: '' });
});

test('names and passwords of any characters come through unchanged', () => {
  const random = seeded(7);
  const signs = [...`aZ9 '"&\\;:,<>%$!é漢🎉\u00a0\u202e\t`];
  for (let n = 0; n < 500; n++) {
    const make = (bytes: number) => {
      let text = '';
      while (text === '' || random() < 0.9) {
        const sign = signs[Math.floor(random() * signs.length)] ?? '';
        if (Buffer.byteLength(text + sign) > bytes) break;
        text += sign;
      }
      return text;
    };
    const [ssid, password] = [make(32), make(40).padEnd(8, '-')];
    // As a browser sends it and Express reads it.
    const body = Object.fromEntries(new URLSearchParams(new URLSearchParams({ ssid, password }).toString()));
    assert.deepEqual(readForm(body), { kind: 'good', request: { kind: 'wifi', ssid, password } });
  }
});
