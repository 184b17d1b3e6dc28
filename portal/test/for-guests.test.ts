import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Request, Response } from 'express';
import { forGuests } from '../share/for-guests.ts';
import { HttpError } from '../web/http-errors.ts';

test('three thousand requests a minute are the limit of an address, a whole party may be behind it', async () => {
  const handler = forGuests();
  const isLetIn = async (ip: string) => {
    let passed = false;
    const next = () => {
      passed = true;
    };
    await handler({ ip } as Request, { set: () => undefined } as unknown as Response, next);
    return passed;
  };
  for (let n = 0; n < 3_000; n += 1) assert.ok(await isLetIn('192.0.2.1'), `${n}`);
  await assert.rejects(
    isLetIn('192.0.2.1'),
    (error: unknown) => error instanceof HttpError && error.status === 429 && (error.retryAfterS ?? 61) <= 60,
  );
  assert.ok(await isLetIn('192.0.2.2'), 'elsewhere');
});
