import assert from 'node:assert/strict';
import test from 'node:test';
import { photoId, previewId, type SyncProblem } from '@photomaton/design-docs/docs';
import { describeSync, type SyncMoment } from '../kiosk/describe-sync.ts';
import type { SyncOutcome } from '../sync/outcome.ts';

const SPACE = { freeBytes: 31e9, reserveBytes: 500e6, full: false };
const at = new Date('2026-07-14T13:30:12.042Z');
const moment = (over: Partial<SyncMoment> = {}): SyncMoment => ({
  reach: 'online',
  photos: [],
  gone: 0,
  sync: { running: false, refused: [] },
  space: SPACE,
  ...over,
});
const ended = (outcome: SyncOutcome) => ({ running: false, refused: [], last: { at, outcome } });

test('photos are counted by where they are', () => {
  const photos = (['on-booth', 'in-cloud', 'uploading', 'in-cloud', 'on-booth', 'in-cloud'] as const).map(
    (state) => ({ state }),
  );
  assert.deepEqual(describeSync(moment({ photos })).photos, { onBooth: 2, uploading: 1, inCloud: 3 });
  const inCloud = describeSync(moment({ photos, gone: 400 })).photos.inCloud;
  assert.equal(inCloud, 403, 'also those that the booth does not keep any more');
});

test('figures that move by the byte are the same on the screen', () => {
  const screen = (bytesLeft: number, bytesPerSecond: number, freeBytes: number) =>
    describeSync(
      moment({
        sync: { running: true, refused: [], upload: { bytesLeft, bytesPerSecond } },
        space: { ...SPACE, freeBytes },
      }),
    );
  const shown = screen(290e6, 1.21e6, 31.2e9);
  assert.deepEqual(shown.upload, {
    speed: { value: 1.2, unit: 'megabyte-per-second' },
    left: { value: 4, unit: 'minute' },
  });
  assert.deepEqual(screen(285e6, 1.23e6, 31.9e9), shown);
  assert.deepEqual(screen(285e6, 0, 31e9).upload, { speed: { value: 0, unit: 'kilobyte-per-second' } });
});

test('what is in the way, and only what helps whoever mends it', () => {
  const table: [SyncOutcome, SyncProblem | undefined, detail: string | undefined][] = [
    [{ kind: 'ok' }, undefined, undefined],
    [{ kind: 'no-event' }, undefined, undefined],
    [{ kind: 'offline', problem: 'offline', reason: 'ENETUNREACH' }, 'offline', undefined],
    [{ kind: 'offline', problem: 'login-page', reason: 'HTML' }, 'login-page', undefined],
    [{ kind: 'offline', problem: 'certificate', reason: 'expired' }, 'certificate', 'expired'],
    [{ kind: 'busy', retryAfterMs: 1 }, 'busy', undefined],
    [{ kind: 'stopped', reason: 'unauthorized' }, 'key-refused', undefined],
    [{ kind: 'failed', reason: 'ENOSPC' }, 'failed', 'ENOSPC'],
  ];
  for (const [outcome, problem, detail] of table) {
    const screen = describeSync(moment({ sync: ended(outcome) }));
    assert.equal(screen.problem, problem, JSON.stringify(outcome));
    assert.equal(screen.detail, detail, JSON.stringify(outcome));
  }
});

test('a line that is gone is said before a cycle finds out', () => {
  assert.equal(describeSync(moment({ reach: 'offline', sync: ended({ kind: 'ok' }) })).problem, 'offline');
  assert.equal(
    describeSync(moment({ reach: 'none', sync: undefined })).problem,
    undefined,
    'bound to nobody',
  );
});

test('a photo that is refused with its preview is one, with the reason', () => {
  const key = { time: '20260714T133012.042Z', booth: 'a'.repeat(24), n: 7 };
  const refused = [
    { id: photoId(key, 'b'.repeat(32)), reason: 'too long' },
    { id: previewId(key), reason: 'another' },
  ];
  const screen = describeSync(moment({ sync: { running: false, refused, allSentAt: at } }));
  assert.deepEqual(screen.refused, { photos: 1, reason: 'too long' });
  assert.equal(screen.allSentAt, at.toISOString());
});

test('the disk: how much is free, and whether that is little', () => {
  assert.deepEqual(describeSync(moment()).disk, { free: { value: 31, unit: 'gigabyte' }, low: false });
  const { disk } = describeSync(moment({ space: { ...SPACE, freeBytes: 1.46e9 } }));
  assert.deepEqual(disk, { free: { value: 1.4, unit: 'gigabyte' }, low: true });
});
