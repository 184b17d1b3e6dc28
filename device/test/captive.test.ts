import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import express from 'express';
import { captivePortal, PROBES } from '../setup/captive.ts';

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

async function startPortal(t: TestContext) {
  let free = false;
  let address = '';
  const app = express().use(captivePortal({ address: () => address, isFree: () => free }));
  app.get('/', (_req, res) => {
    res.send('the page');
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** As a phone whose every name leads here. */
  const ask = async (host: string, path: string, method = 'GET'): Promise<Answer> => {
    const sent = request(address + path, { method, headers: { Host: host } }).end();
    const [answer] = await once(sent, 'response');
    let body = '';
    for await (const chunk of answer) body += chunk;
    return { status: answer.statusCode, headers: answer.headers, body };
  };
  return { ask, address, letGo: () => (free = true) };
}

/** What each system asks for, and what it wants to hear on the internet (as their makers document it). */
const MATRIX: [string, string, number, RegExp][] = [
  ['connectivitycheck.gstatic.com', '/generate_204', 204, /^$/],
  ['www.google.com', '/gen_204', 204, /^$/],
  ['clients3.google.com', '/generate_204', 204, /^$/],
  ['captive.apple.com', '/hotspot-detect.html', 200, /<TITLE>Success<\/TITLE>.*<BODY>Success<\/BODY>/],
  ['www.apple.com', '/library/test/success.html', 200, /<BODY>Success<\/BODY>/],
  ['www.msftconnecttest.com', '/connecttest.txt', 200, /^Microsoft Connect Test$/],
  ['ipv6.msftconnecttest.com', '/connecttest.txt', 200, /^Microsoft Connect Test$/],
  ['www.msftncsi.com', '/ncsi.txt', 200, /^Microsoft NCSI$/],
  [
    'detectportal.firefox.com',
    '/canonical.html',
    200,
    /url=https:\/\/support.mozilla.org\/kb\/captive-portal/,
  ],
  ['detectportal.firefox.com', '/success.txt?ipv4', 200, /^success\n$/],
  ['nmcheck.gnome.org', '/check_network_status.txt', 200, /^NetworkManager is online\n$/],
  ['network-test.debian.org', '/nm', 200, /^NetworkManager is online\n$/],
  ['connectivity-check.ubuntu.com', '/', 204, /^$/],
];

test('every probe of every system, while captive and when let go of', async (t) => {
  const { ask, address, letGo } = await startPortal(t);
  for (const [host, path, , success] of MATRIX) {
    for (const asked of [host, `${host}:80`, host.toUpperCase()]) {
      const { status, headers, body } = await ask(asked, path);
      assert.deepEqual(
        { status, location: headers.location, cache: headers['cache-control'] },
        { status: 302, location: `${address}/`, cache: 'no-store' },
        `${asked}${path}`,
      );
      // A phone that heard what it wants to hear would not open the page. Nothing is what Android wants, so a
      // redirection must not be empty either.
      assert.doesNotMatch(body, success);
    }
  }
  letGo();
  for (const [host, path, expected, success] of MATRIX) {
    const { status, body, headers } = await ask(host, path);
    assert.equal(status, expected, `${host}${path}`);
    assert.match(body, success);
    assert.equal(headers['cache-control'], 'no-store');
  }
});

test('the matrix knows every probe that is answered', () => {
  const known = new Set(MATRIX.map(([, path]) => path.replace(/\?.*/, '')));
  assert.deepEqual(new Set(PROBES.map(({ path }) => path)), known);
});

test('any other page of any other host leads to ours, let go of or not; ours is served', async (t) => {
  const { ask, address, letGo } = await startPortal(t);
  const host = new URL(address).host;
  for (const _ of ['captive', 'free']) {
    for (const [other, path] of [
      ['www.msftconnecttest.com', '/redirect'],
      ['example.com', '/generate_204/../x'],
      ['10.42.0.1', '/'],
      ['evil.example', '/?x=http://evil.example'],
    ] as const) {
      const { status, headers } = await ask(other, path);
      assert.deepEqual([status, headers.location], [302, `${address}/`], other + path);
    }
    assert.equal((await ask(host, '/')).body, 'the page');
    assert.equal(
      (await ask(host, '/generate_204')).status,
      302,
      'asked of ourselves it is a probe all the same',
    );
    letGo();
  }
  assert.equal((await ask('example.com', '/', 'POST')).status, 302);
});
