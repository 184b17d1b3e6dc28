import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claim } from './paired-booth.ts';
import { connectRawBooth } from './raw-booth.ts';
import { startStack } from './stack.ts';
import { everyDocument } from './who-sees.ts';

/** `npm run test:fuzz` tries 10,000. */
const CODES = Number(process.env.CODES ?? 1_000);
const AT_ONCE = 8;
const ATTACKERS = 5;
const TRIES_AN_ACCOUNT = 10;
const LETTERS = 'ABDEFGHJKLMNPQRT';

const wrongCode = (n: number) => `ABDEF${[n >> 8, n >> 4, n].map((i) => LETTERS[i & 15]).join('')}`;

test(`after ${CODES} wrong codes a true customer still pairs, and few were looked at`, async (t) => {
  const stack = await startStack(t);
  const customer = await stack.visitor(await stack.account());
  const code = await (await connectRawBooth(t, stack.url)).nextCode();
  const attackers = await Promise.all(
    Array.from({ length: ATTACKERS }, async () => {
      const visitor = await stack.visitor(await stack.account());
      return { cookie: visitor.cookies(), 'x-csrf-token': await visitor.csrfToken() };
    }),
  );

  /** From forty addresses, hers among them. */
  async function tryOne(n: number): Promise<number> {
    const answer = await fetch(`${stack.url}/booths/register`, {
      method: 'POST',
      headers: { ...attackers[n % ATTACKERS], 'x-forwarded-for': `192.0.2.${n % 40}` },
      body: new URLSearchParams({ code: wrongCode(n) }),
      redirect: 'manual',
    });
    await answer.arrayBuffer();
    return answer.status;
  }
  const answers = new Map<number, number>();
  for (let n = 0; n < CODES; n += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, i) => tryOne(n + i));
    for (const status of await Promise.all(some)) answers.set(status, (answers.get(status) ?? 0) + 1);
  }
  assert.equal(answers.get(422), ATTACKERS * TRIES_AN_ACCOUNT);
  assert.equal(answers.get(429), CODES - ATTACKERS * TRIES_AN_ACCOUNT);
  const refusals = (await everyDocument(stack.portal.admin)).split('"pairing code refused"').length - 1;
  assert.equal(refusals, ATTACKERS * TRIES_AN_ACCOUNT, 'each that was looked at is in the trail');

  await claim(customer, code, { 'X-Forwarded-For': '192.0.2.1' });
});
