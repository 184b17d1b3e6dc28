import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { boothIdOf, unseal } from '@photomaton/design-docs/booth-keys';
import { type BoothDoc, boothDocId, type PairingDoc } from '@photomaton/design-docs/docs';
import { bindingSchema } from '@photomaton/design-docs/pairing';
import type { Visitor } from './browser.ts';
import { connectRawBooth, type RawBooth } from './raw-booth.ts';
import type { Stack } from './stack.ts';

export const shareSecret = Buffer.alloc(32, 7).toString('base64url');

/** Types the code and says yes, as a customer does. */
export async function claim(visitor: Visitor, code: string, headers = {}): Promise<void> {
  const typed = await visitor.post('/booths/register', { code }, headers);
  assert.equal(typed.headers.get('location'), '/booths/register/confirm');
  const said = await visitor.post('/booths/register/confirm');
  assert.equal(said.headers.get('location'), '/booths/register/wait');
}

/** What `paired` brought, opened. */
export async function bindingOf(booth: RawBooth) {
  const { sealed } = await booth.next('paired');
  return bindingSchema.parse(JSON.parse((await unseal(sealed, booth.keys)) ?? ''));
}

/** A booth paired to a new customer, up to its acknowledgement. */
export async function pair(t: TestContext, stack: Stack, keys?: RawBooth['keys']) {
  const customer = await stack.account();
  const visitor = await stack.visitor(customer);
  const booth = await connectRawBooth(t, stack.url, keys ? { keys } : {});
  const code = await booth.nextCode();
  await claim(visitor, code);
  const { question } = await booth.next('ask');
  booth.socket.emit('confirm', { question, shareSecret });
  const binding = await bindingOf(booth);
  booth.stored();
  await booth.gone;
  return { customer, visitor, binding, code, keys: booth.keys, id: boothIdOf(booth.keys.publicKey) };
}

export const record = (stack: Stack, booth: string) => stack.couch.get<BoothDoc>('fleet', boothDocId(booth));

/** What stands in `paillasson`. */
export const pairings = (stack: Stack) =>
  stack.couch.range<PairingDoc>('paillasson', { startkey: 'code:', endkey: 'code:~', limit: 100 });
