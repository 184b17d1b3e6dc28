import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Visitor } from './browser.ts';
import { type Stack, startStack } from './stack.ts';

const TRIES_AN_ACCOUNT = 50;
const TRIES_A_DEVICE = 10;

/** Guesses until no more are looked at, each from another address; gives how many were. */
async function guess(stack: Stack, who: Visitor, email: string): Promise<number> {
  const token = await who.csrfToken();
  const headers = { cookie: who.cookies(), 'x-csrf-token': token };
  for (let n = 0; ; n += 1) {
    const answer = await fetch(`${stack.url}/login`, {
      method: 'POST',
      headers: { ...headers, 'x-forwarded-for': `192.0.2.${n}` },
      body: new URLSearchParams({ email, password: `guess number ${n}` }),
    });
    await answer.arrayBuffer();
    if (answer.status === 429) return n;
    assert.equal(answer.status, 401);
    assert.ok(n < TRIES_AN_ACCOUNT, 'it has an end');
  }
}

test('an account that is guessed from everywhere', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const atHome = await stack.visitor(customer);
  await atHome.post('/logout');
  assert.equal(await guess(stack, await stack.visitor(), customer.email), TRIES_AN_ACCOUNT);
  const login = async (visitor: Visitor) => {
    const { email, password } = customer;
    return (await visitor.post('/login', { email, password }, { 'X-Forwarded-For': '198.51.100.1' })).status;
  };

  await t.test('takes no login from a strange browser, nor from one that another account knows', async () => {
    assert.equal(await login(await stack.visitor()), 429);
    const stranger = await stack.visitor(await stack.account());
    await stranger.post('/logout');
    assert.equal(await login(stranger), 429);
  });

  await t.test('but from one where it was logged in before, as often as it is right', async () => {
    for (let n = 0; n <= TRIES_A_DEVICE; n += 1) {
      assert.equal(await login(atHome), 303);
      await atHome.post('/logout');
    }
  });

  await t.test('in which nobody guesses without end', async () => {
    assert.equal(await guess(stack, atHome, customer.email), TRIES_A_DEVICE);
    assert.equal(await login(atHome), 429);
  });
});
