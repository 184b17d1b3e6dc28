import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { boothDatabase, boothUser, eventDatabase } from '@photomaton/design-docs/docs';
import { bindingOf, claim, record, shareSecret } from './paired-booth.ts';
import { connectRawBooth } from './raw-booth.ts';
import { startNodes, startStack } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testCouch } from './test-couch.ts';
import { startBooth } from './waiting-booth.ts';
import { statusAs } from './who-sees.ts';

test('the code is typed on one node while another holds the booth', async (t) => {
  const [one, two] = await startNodes(t);
  const customer = await one.account();
  const visitor = await two.visitor(customer);
  const booth = await connectRawBooth(t, one.url);
  await claim(visitor, await booth.nextCode());
  const { question, customer: name } = await booth.next('ask');
  assert.equal(name, customer.name);
  booth.socket.emit('confirm', { question, shareSecret });
  await bindingOf(booth);
});

test('a booth that changes to another node goes on where it was', async (t) => {
  const [one, two] = await startNodes(t);
  const visitor = await one.visitor(await one.account());
  const booth = await connectRawBooth(t, one.url);
  const code = await booth.nextCode();
  booth.socket.disconnect();
  const moved = await connectRawBooth(t, two.url, { keys: booth.keys });
  assert.equal(await moved.nextCode(), code);
  await claim(visitor, code);
  await moved.next('ask');
  const back = await connectRawBooth(t, one.url, { keys: booth.keys });
  const { question } = await back.next('ask');
  back.socket.emit('confirm', { question, shareSecret });
  // Both connections hear of it; both may set it up at once, and both bring the same key.
  const bindings = await Promise.all([bindingOf(back), bindingOf(moved)]);
  assert.equal(bindings[0].key, bindings[1].key);
});

test("the booth's own client: shows the code, asks for the tap, keeps its key, restarts", async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account({ name: 'Camille' });
  const visitor = await stack.visitor(customer);
  const dataDir = await temporaryFolder(t);
  const booth = startBooth(t, dataDir, stack.portal.url);
  const shown = await booth.until('code');
  await visitor.post('/booths/register', { code: shown.code ?? '' });
  assert.ok((await (await visitor.get('/booths/register/confirm')).text()).includes(shown.words?.en ?? '?'));
  await visitor.post('/booths/register/confirm');
  const asked = await booth.until('confirm');
  assert.deepEqual([asked.customer, asked.code], ['Camille', shown.code]);
  booth.say('confirm');
  await booth.until('paired');
  await booth.until('restart');
  assert.deepEqual(await booth.ended, [0, null]);

  const identity = JSON.parse(await readFile(join(dataDir, 'identity.json'), 'utf8'));
  const event = (await record(stack, identity.booth))?.event ?? '';
  for (const db of [boothDatabase(identity.booth), eventDatabase(event)]) {
    const status = await statusAs(
      stack.portal.admin.url,
      boothUser(identity.booth),
      identity.binding.key,
      db,
    );
    assert.equal(status, 200);
  }
});

test('portal and booth are both switched off in the middle, and the code stays true', async (t) => {
  const place = { dataDir: await temporaryFolder(t), couch: await testCouch(t) };
  const boothDir = await temporaryFolder(t);
  const first = await startStack(t, place);
  const customer = await first.account();
  const booth = startBooth(t, boothDir, first.portal.url);
  const { code } = await booth.until('code');
  await first.portal.stop();
  await booth.until('unreachable');

  // The same port, since that is where the booth looks.
  const second = await startStack(t, { ...place, port: first.portal.port });
  const visitor = await second.visitor(customer);
  assert.equal((await booth.until('code')).code, code);
  await booth.kill();
  await claim(visitor, code ?? '');

  const again = startBooth(t, boothDir, second.portal.url);
  assert.equal((await again.until('confirm')).code, code);
  again.say('decline');
  assert.notEqual((await again.until('code')).code, code);
});
