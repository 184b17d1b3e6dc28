import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import express from 'express';
import { clientAddress } from '../web/client-address.ts';

const cases: [string, false | number | string[], string, string | undefined, string][] = [
  ['nobody is trusted', false, '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['a proxy on this machine', ['loopback'], '127.0.0.1', '198.51.100.1', '198.51.100.1'],
  [
    'what the client itself wrote is left of it',
    ['loopback'],
    '127.0.0.1',
    '10.9.9.9, 198.51.100.1',
    '198.51.100.1',
  ],
  ['no proxy in between', ['loopback'], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['two proxies', 2, '127.0.0.1', '10.9.9.9, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
  ['no header', ['loopback'], '127.0.0.1', undefined, '127.0.0.1'],
];

for (const [what, trust, remoteAddress, forwarded, expected] of cases) {
  test(`the address of a handshake: ${what}`, () => {
    const app = express();
    app.set('trust proxy', trust);
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    // Of a request only these two are looked at.
    const request = { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
    assert.equal(clientAddress(app)(request), expected);
  });
}
