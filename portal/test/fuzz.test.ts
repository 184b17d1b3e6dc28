/**
 * Every route of the portal with what no form of ours would send. `REQUESTS=` and `SEED=` choose others:
 * `npm run test:fuzz` sends 12,000. A failure names its seed and its request.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beginRollout, newRolloutId } from '../fleet/rollout-store.ts';
import { ROUTES } from './access-matrix.ts';
import { badForm, badText, createDice, type Dice, wellFormed } from './bad-input.ts';
import { givenBooth, type TestPhoto } from './booth-with-photos.ts';
import type { Visitor } from './browser.ts';
import { type Route, routeTable } from './route-table.ts';
import { type Stack, startStack } from './stack.ts';

const REQUESTS = Number(process.env.REQUESTS ?? 500);
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));
const DEADLINE_MS = 10_000;
/** What the collector leaves may differ by this; a leak of a request's body is more. */
const MOST_GROWTH_BYTES = 48e6;

test('bad input of every kind is refused kindly, soon, and leaves nothing in memory', async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const dice = createDice(SEED);
  const stack = await startStack(t);
  const site = await givenSite(stack);
  const { routes } = routeTable(stack.portal.app);
  const posts = routes.filter(({ method }) => method !== 'GET');
  const forms = await formsOnPages(routes, site);
  const fields = [...new Set([...forms.values()].flat().map(([name = '']) => name)), ...PARAMETERS];

  const inTurn = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      // Every route has its turn, and forms have more than that.
      const all = n % 2 === 0 ? posts : routes;
      const route = all[Math.floor(n / 2) % all.length];
      if (route) await sendBad(n, route);
    }
  };
  /** Who comes in there, most times: doors have a test of their own. */
  function whoFor(name: string): Visitor {
    const { owner, operator } = site.people;
    if (dice.often()) return ROUTES[name] === 'operator' ? operator : owner;
    return dice.oneOf(Object.values(site.people));
  }
  async function sendBad(n: number, { method, path }: Route): Promise<void> {
    const who = path === '/logout' ? site.people.nobody : whoFor(`${method} ${path}`);
    const headers: Record<string, string> = {
      'accept-language': 'en',
      ...(who.cookies() && { cookie: who.cookies() }),
      ...(dice.often() ? {} : { accept: 'application/json' }),
    };
    const target = addressOf(path, site.ids, dice) + queryOf(dice, fields);
    const form =
      method === 'GET' ? undefined : badForm(dice, { fields, ids: site.ids, whole: forms.get(path) });
    if (form) Object.assign(headers, form.headers, { 'x-csrf-token': site.tokens.get(who) ?? '' });
    const what = `SEED=${SEED}, request ${n}: ${method} ${target.slice(0, 200)}`;
    const answer = await fetch(stack.url + target, {
      ...{ method, headers, redirect: 'manual' },
      ...(form && { body: form.body }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    }).catch((error: unknown) => assert.fail(`${what}: ${error}`));
    await answer.arrayBuffer();
    assert.ok(answer.status < 500, `${what} answered ${answer.status}`);
  }

  /** A form as it comes, but each field twice: what should be a text is a list. */
  async function sendTwice(path: string, form: string[][]): Promise<void> {
    const { owner, operator } = site.people;
    const who = ROUTES[`POST ${path}`] === 'operator' ? operator : owner;
    const target = path.replaceAll(/:(\w+)/g, (_, param: string) => site.ids[param] ?? 'x');
    const headers = { cookie: who.cookies(), 'x-csrf-token': site.tokens.get(who) ?? '' };
    const body = new URLSearchParams([...form, ...form]);
    const answer = await fetch(stack.url + target, { method: 'POST', headers, body, redirect: 'manual' });
    await answer.arrayBuffer();
    assert.ok(answer.status < 500, `${target}, each field twice, answered ${answer.status}`);
  }
  for (const [path, form] of forms) if (form.length > 0) await sendTwice(path, form);

  // What is made once (templates, caches) is there after the first half.
  await inTurn(0, REQUESTS / 2);
  const before = heapBytes();
  await inTurn(REQUESTS / 2, REQUESTS);
  const growth = heapBytes() - before;
  assert.ok(growth < MOST_GROWTH_BYTES, `SEED=${SEED}: memory grew by ${growth} bytes`);
  const page = await site.people.owner.get(`/events/${site.ids.event}`);
  assert.ok(page.status === 200 || page.status === 303, 'and afterwards all is well');
});

interface Site {
  people: Record<'owner' | 'operator' | 'nobody', Visitor>;
  tokens: Map<Visitor, string>;
  ids: Record<string, string>;
}

async function givenSite(stack: Stack): Promise<Site> {
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const [photo] = (await booth.add(1)) as [TestPhoto];
  const people = {
    owner: await stack.visitor(customer),
    operator: await stack.visitor(await stack.account({ role: 'operator' })),
    nobody: await stack.visitor(),
  };
  const tokens = new Map<Visitor, string>();
  for (const who of Object.values(people)) tokens.set(who, await who.csrfToken());
  const rollout = newRolloutId(new Date());
  const wanted = {
    rollout,
    set: { countdownS: 5 },
    clear: [],
    asked: {},
    by: 'odile',
    booths: [booth.booth],
  };
  await beginRollout({ couch: stack.couch, now: () => new Date() }, wanted);
  const ids = {
    rollout,
    ...{ event: booth.event, booth: booth.booth, photo: photo.key, account: customer.id },
    token: booth.sharePath(photo.n).slice('/p/'.length),
  };
  return { people, tokens, ids };
}

/** What pages and scripts say in addresses and bodies beside forms. */
const PARAMETERS = ['photos', 'until', 'since', 'before', 'after', 'from', 'to', 'next', 'lang', 'nonce'];

/** The forms of all pages, filled in as they come, by the route that takes them: what is nearly right goes far. */
async function formsOnPages(routes: Route[], { people, ids }: Site): Promise<Map<string, string[][]>> {
  const forms = new Map<string, string[][]>();
  const addressed = (path: string) => path.replaceAll(/:(\w+)/g, (_, param: string) => ids[param] ?? '');
  for (const { method, path } of routes) {
    if (method !== 'GET' || path.includes('.')) continue;
    for (const who of Object.values(people)) {
      const answer = await who.get(addressed(path));
      if (!answer.headers.get('content-type')?.startsWith('text/html')) continue;
      for (const [form, attributes = ''] of (await answer.text()).matchAll(/<form([^>]*)>.*?<\/form>/gs)) {
        const [, action = addressed(path)] = /action="([^"?]+)/.exec(attributes) ?? [];
        const route = routes.find((one) => one.method === 'POST' && addressed(one.path) === action);
        if (route) forms.set(route.path, fieldsOf(form));
      }
    }
  }
  return forms;
}

/** Of boxes all, of everything else of one name the first. */
function fieldsOf(form: string): string[][] {
  const fields: string[][] = [];
  for (const [tag] of form.matchAll(/<(?:input|select|textarea|button)[^>]*>/g)) {
    const [, name = ''] = / name="([^"]+)"/.exec(tag) ?? [];
    const [, value = ''] = / value="([^"]*)"/.exec(tag) ?? [];
    const isAgain = !tag.includes('checkbox') && fields.some(([other]) => other === name);
    if (name !== '' && name !== '_csrf' && !isAgain) fields.push([name, value]);
  }
  return fields;
}

/** The true ids most times: what is behind them is tried too. */
function addressOf(path: string, ids: Record<string, string>, dice: Dice): string {
  return path.replaceAll(/:(\w+)/g, (_, param: string) =>
    dice.often()
      ? (ids[param] ?? 'x')
      : dice.often()
        ? encodeURIComponent(wellFormed(badText(dice).slice(0, 2000))) || 'x'
        : '%ff%00',
  );
}

function queryOf(dice: Dice, fields: string[]): string {
  if (dice.often()) return '';
  const pairs = Array.from({ length: dice.below(4) }, () => [
    dice.oneOf(fields),
    badText(dice).slice(0, 2000),
  ]);
  return `?${new URLSearchParams(pairs)}${dice.often() ? '' : '&%ff=%'}`;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
