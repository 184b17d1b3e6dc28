import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PairingDoc } from '@photomaton/design-docs/docs';
import { claim, pair, pairings } from './paired-booth.ts';
import { connectRawBooth } from './raw-booth.ts';
import { startStack } from './stack.ts';

const aMinuteAgo = () => new Date(Date.now() - 60_000).toISOString();
const wrongCode = (i: number) => `ABDEFGH${'abdefghijkmnpqrtyABDEFGHJKLMNPQRT'[i]}`;

test('each wrong code has its own message that says what to do, and the field keeps what was typed', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const other = await stack.visitor(await stack.account());
  const booth = await connectRawBooth(t, stack.url);
  const expired = await booth.nextCode();
  await expire(expired);
  const used = await (await connectRawBooth(t, stack.url)).nextCode();
  await claim(other, used);

  async function expire(code: string): Promise<void> {
    const [doc] = await pairings(stack);
    assert.ok(doc, code);
    await stack.admin.update<PairingDoc>('paillasson', doc._id, (found) =>
      found ? { ...found, expiresAt: aMinuteAgo() } : undefined,
    );
  }
  const table: [code: string, message: RegExp][] = [
    ['seven l', /has eight letters/],
    ['', /has eight letters/],
    [wrongCode(0), /No booth shows this code\. Check each letter/],
    [expired, /has expired.*Copy the one that the screen shows now/],
    [used, /has been used.*Copy the one that the screen shows now/],
  ];
  for (const [code, message] of table) {
    const res = await visitor.post('/booths/register', { code });
    assert.equal(res.status, 422, code);
    const page = await res.text();
    assert.match(page, message);
    assert.ok(page.includes(`value="${code}"`), code);
  }
});

test('a code that was paired is used, for its owner too', async (t) => {
  const stack = await startStack(t);
  const { visitor, code } = await pair(t, stack);
  const res = await visitor.post('/booths/register', { code });
  assert.match(await res.text(), /has been used/);
});

test('who typed the code before may type it again while the booth asks', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const code = await (await connectRawBooth(t, stack.url)).nextCode();
  await claim(visitor, code);
  const again = await visitor.post('/booths/register', { code });
  assert.equal(again.headers.get('location'), '/booths/register/wait');
});

test('two customers who type the same code: the first who says yes has it', async (t) => {
  const stack = await startStack(t);
  const [one, two] = [await stack.visitor(await stack.account()), await stack.visitor(await stack.account())];
  const booth = await connectRawBooth(t, stack.url);
  const code = await booth.nextCode();
  for (const visitor of [one, two]) await visitor.post('/booths/register', { code });
  const said = await Promise.all([one, two].map((visitor) => visitor.post('/booths/register/confirm')));
  assert.deepEqual(said.map(({ status }) => status).sort(), [303, 422]);
});

test('a claim that nobody tapped for ends, and the customer is told', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const booth = await connectRawBooth(t, stack.url);
  await claim(visitor, await booth.nextCode());
  const { question } = await booth.next('ask');
  const [doc] = await pairings(stack);
  await stack.admin.update<PairingDoc>('paillasson', doc?._id ?? '', (found) =>
    found ? { ...found, expiresAt: aMinuteAgo() } : undefined,
  );
  await booth.nextCode();
  booth.socket.emit('confirm', { question, shareSecret: 'A'.repeat(43) });
  assert.match(await (await visitor.get('/booths/register/wait')).text(), /Nobody touched the booth/);
  assert.deepEqual((await pairings(stack)).map(({ state }) => state).sort(), ['claimed', 'waiting']);
});

test('the wait tells its script how it stands, and nobody else', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const booth = await connectRawBooth(t, stack.url);
  await claim(visitor, await booth.nextCode());
  const state = await visitor.get('/booths/register/wait/state');
  assert.deepEqual(await state.json(), { state: 'claimed' });
  const stranger = await stack.visitor(await stack.account());
  assert.equal((await stranger.get('/booths/register/wait/state')).status, 404);
  assert.equal((await stranger.get('/booths/register/wait')).headers.get('location'), '/booths/register');
});

test('ten wrong codes in 15 minutes are the limit of an account; right ones do not count', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const code = await (await connectRawBooth(t, stack.url)).nextCode();
  const type = (typed: string) => visitor.post('/booths/register', { code: typed });
  for (let i = 0; i < 9; i++) assert.equal((await type(wrongCode(i))).status, 422);
  for (let i = 0; i < 3; i++) assert.equal((await type(code)).status, 303);
  assert.equal((await type(wrongCode(9))).status, 422);
  for (const typed of [wrongCode(10), code]) {
    const refused = await type(typed);
    assert.equal(refused.status, 429);
    const retryAfterS = Number(refused.headers.get('retry-after'));
    assert.ok(retryAfterS > 800 && retryAfterS <= 900, `${retryAfterS} s`);
    assert.match(await refused.text(), /Try again in 15 minutes/);
  }
  const other = await stack.visitor(await stack.account());
  assert.equal((await other.post('/booths/register', { code })).status, 303, 'other accounts go on');
});

test('many codes typed at once are counted as many', async (t) => {
  const stack = await startStack(t);
  const visitor = await stack.visitor(await stack.account());
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => visitor.post('/booths/register', { code: wrongCode(i) })),
  );
  assert.equal(answers.filter(({ status }) => status === 422).length, 10);
  assert.equal(answers.filter(({ status }) => status === 429).length, 10);
});

test('thirty wrong codes in an hour are the limit of an address', async (t) => {
  const stack = await startStack(t, { trustProxy: ['loopback'] });
  const from = { 'X-Forwarded-For': '192.0.2.7' };
  for (let account = 0; account < 3; account++) {
    const visitor = await stack.visitor(await stack.account());
    for (let i = 0; i < 10; i++) {
      const res = await visitor.post('/booths/register', { code: wrongCode(i) }, from);
      assert.equal(res.status, 422);
    }
  }
  const visitor = await stack.visitor(await stack.account());
  const refused = await visitor.post('/booths/register', { code: wrongCode(0) }, from);
  assert.equal(refused.status, 429);
  const retryAfterS = Number(refused.headers.get('retry-after'));
  assert.ok(retryAfterS > 3000 && retryAfterS <= 3600, `${retryAfterS} s`);
  const elsewhere = { 'X-Forwarded-For': '192.0.2.8' };
  assert.equal((await visitor.post('/booths/register', { code: wrongCode(0) }, elsewhere)).status, 422);
});

test('only a customer who is logged in sees any of it', async (t) => {
  const stack = await startStack(t);
  const nobody = await stack.visitor();
  const operator = await stack.visitor(await stack.account({ role: 'operator' }));
  for (const path of ['', '/register', '/register/confirm', '/register/wait', '/register/wait/state']) {
    const res = await nobody.get(`/booths${path}`);
    assert.match(res.headers.get('location') ?? '', /^\/login\?next=/, path);
    assert.equal((await operator.get(`/booths${path}`)).status, 404, path);
  }
});
