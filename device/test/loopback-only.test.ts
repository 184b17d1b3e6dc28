import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { test } from 'node:test';
import type { Request, Response } from 'express';
import { loopbackOnly } from '../loopback-only.ts';
import { startShownKiosk } from './shown-kiosk.ts';

test('nothing of the booth’s own server is for pages from elsewhere, nor for another machine', async (t) => {
  const { url } = await startShownKiosk(t);
  const { port, host } = new URL(url);
  const ask = async (path: string, options: RequestOptions) => {
    const [answer] = await once(request({ port, host: '127.0.0.1', path, ...options }).end(), 'response');
    (answer as IncomingMessage).resume();
    return (answer as IncomingMessage).statusCode;
  };
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/i18n.json'],
    ['GET', '/healthz'],
    ['GET', '/look/look.css'],
    ['GET', '/api/state'],
    ['POST', '/api/skip'],
    ['POST', '/api/pairing/yes'],
    ['GET', '/no-such-page'],
  ] as const) {
    const rebound = { method, headers: { host: `rebound.example:${port}` } };
    const foreign = { method, headers: { host, origin: 'https://evil.example' } };
    for (const from of [rebound, foreign]) assert.equal(await ask(path, from), 403, path);
  }
  assert.equal(await ask('/', { headers: { host, origin: url } }), 200, 'its own screen');
  // Another address of this machine, as that of its network is.
  await assert.rejects(ask('/', { host: '127.0.0.2', headers: { host } }), { code: 'ECONNREFUSED' });
});

test('who may ask: this machine, for this machine, from its own page', () => {
  const isLetIn = (remoteAddress: string, host: string, origin?: string) => {
    let isIn = false;
    const answer = { status: () => answer, json: () => answer } as unknown as Response;
    const asked = { socket: { remoteAddress }, headers: { host, ...(origin && { origin }) } };
    loopbackOnly(asked as Request, answer, () => {
      isIn = true;
    });
    return isIn;
  };
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
    assert.ok(isLetIn(address, 'localhost:8080', 'http://localhost:8080'), address);
  for (const address of ['10.42.0.7', '192.168.1.127', '::ffff:10.42.0.7', 'fe80::1', '1127.0.0.1', ''])
    assert.ok(!isLetIn(address, 'localhost:8080'), address);
});
