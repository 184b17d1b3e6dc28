import type { SessionDoc } from '@photomaton/design-docs/docs';
import type { Stack } from './stack.ts';

/** How long after a password (and a code) nobody is asked again. */
export const FRESH_MS = 10 * 60_000;

/** As if the account's password had been typed so long ago. The portal hears of it a moment later. */
export async function ageLogins(
  { couch }: Pick<Stack, 'couch'>,
  account: string,
  ms = FRESH_MS,
): Promise<void> {
  for (const { _id } of await couch.range<SessionDoc>('sessions', { startkey: 'session:', limit: 1000 }))
    await couch.update<SessionDoc>('sessions', _id, (doc) => {
      if (doc?.account !== account || !doc.data) return undefined;
      const data = { ...JSON.parse(doc.data), provenAt: new Date(Date.now() - ms).toISOString() };
      return { ...doc, data: JSON.stringify(data) };
    });
}
