import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStack } from './stack.ts';

test('the language: chosen, else the account’s, else the browser’s', async (t) => {
  const { account, visitor, url } = await startStack(t);
  const langOf = async (res: Response): Promise<string | undefined> =>
    /<html lang="(\w+)"/.exec(await res.text())?.[1];
  const accept = (languages: string) => ({ 'Accept-Language': languages });

  await t.test('the browser’s', async () => {
    const guest = await visitor();
    assert.equal(await langOf(await guest.get('/login', accept('fr-CA,fr;q=0.9,en;q=0.5'))), 'fr');
    assert.equal(await langOf(await guest.get('/login', accept('en-GB'))), 'en');
    assert.equal(await langOf(await guest.get('/login', accept('de,it'))), 'en');
  });

  await t.test('the account’s comes before it', async () => {
    const guest = await visitor(await account({ language: 'fr' }));
    assert.equal(await langOf(await guest.get('/no-such-page', accept('en'))), 'fr');
  });

  await t.test('a choice comes before both, lasts, and leads back to the same page', async () => {
    const guest = await visitor(await account({ language: 'fr' }));
    const page = await guest.get('/no-such-page?a=1&b=x%26y');
    const [, href = ''] = /href="([^"]+)" lang="en"/.exec(await page.text()) ?? [];
    const chosen = await guest.get(href.replaceAll('&amp;', '&').replaceAll('&#38;', '&'));
    assert.equal(chosen.status, 303);
    assert.equal(chosen.headers.get('location'), '/no-such-page?a=1&b=x%26y');
    assert.match(chosen.headers.get('set-cookie') ?? '', /^lang=en;.*HttpOnly/);
    assert.equal(await langOf(await guest.get('/no-such-page', accept('fr'))), 'en');
  });

  await t.test('an unknown one is not taken, and no choice leads to another site', async () => {
    const guest = await visitor();
    assert.equal(await langOf(await guest.get('/login?lang=xx')), 'en');
    const res = await fetch(`${url}//evil.example/?lang=fr`, { redirect: 'manual' });
    assert.equal(res.headers.get('location'), '/');
  });
});
