import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test, { type TestContext } from 'node:test';
import express from 'express';
import { cameraApi } from '../camera/daemon/camera-api.ts';
import type { CameraPart } from '../camera/daemon/camera-part.ts';
import { createFrames } from '../camera/daemon/frames.ts';
import { listen } from '../kiosk/server.ts';

/** The interface over a camera that does what the test says. */
async function serve(t: TestContext, of: Partial<CameraPart> = {}) {
  const frames = createFrames();
  const camera: CameraPart = {
    state: () => 'live',
    frames,
    takesStills: true,
    shutterDelayMs: () => 320,
    capture: async () => undefined,
    start: () => undefined,
    stop: async () => undefined,
    ...of,
  };
  const server = await listen(express().use(cameraApi({ camera })), 0);
  t.after(server.stop);
  return { ...server, frames };
}

test('the newest frame comes with its number, its age, and what the camera is', async (t) => {
  const { url, frames } = await serve(t);
  frames.push(Buffer.from('one'));
  frames.push(Buffer.from('two'));
  const answer = await fetch(`${url}/api/camera/live`);
  assert.equal(await answer.text(), 'two');
  const header = (name: string) => answer.headers.get(name);
  assert.deepEqual(
    [header('content-type'), header('x-frame'), header('x-stills'), header('x-shutter-delay-ms')],
    ['image/jpeg', '2', '1', '320'],
  );
  const age = Number(header('x-age-ms'));
  assert.ok(age >= 0 && age < 1_000, `${age} ms`);
});

test('without a picture the state is said', async (t) => {
  const { url } = await serve(t, { state: () => 'missing' });
  for (const [method, path] of [
    ['GET', 'live'],
    ['POST', 'capture'],
  ]) {
    const answer = await fetch(`${url}/api/camera/${path}`, { method: method ?? '' });
    assert.equal(answer.status, 503);
    assert.equal(((await answer.json()) as { error: string }).error, 'missing');
  }
});

test('a photo of a moment to come: the camera is told when that is', async (t) => {
  const moments: number[] = [];
  const { url } = await serve(t, {
    async capture(at) {
      moments.push(at - performance.now());
      return { jpeg: Buffer.from('photo'), from: 'still' };
    },
  });
  const answer = await fetch(`${url}/api/camera/capture?in=3000`, { method: 'POST' });
  assert.equal(await answer.text(), 'photo');
  assert.equal(answer.headers.get('x-camera-source'), 'still');
  await fetch(`${url}/api/camera/capture?in=nonsense`, { method: 'POST' });
  const [later = 0, now = 1] = moments;
  assert.ok(later > 2_900 && later <= 3_000, `in ${later} ms`);
  assert.ok(now <= 0);
});

test('a page that reads no more holds up nothing: it is sent one frame, and no other', async (t) => {
  const { port, url, frames } = await serve(t);
  const frame = Buffer.alloc(500_000, 1);
  const stuck = connect(port, '127.0.0.1');
  t.after(() => stuck.destroy());
  stuck.pause();
  stuck.write('GET /api/camera/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(stuck, 'connect');
  for (let i = 0; i < 200; i += 1) {
    frames.push(frame);
    await new Promise(setImmediate);
  }
  const other = await fetch(`${url}/api/camera/live?after=199`);
  assert.equal(other.headers.get('x-frame'), '200', 'others get theirs');
  await other.arrayBuffer();
  stuck.resume();
  let bytes = 0;
  stuck.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  stuck.end();
  await once(stuck, 'close');
  assert.ok(bytes > frame.length && bytes < frame.length + 1_000, `${bytes} bytes`);
});
