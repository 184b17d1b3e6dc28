/** npm run bench -- login: a customer logs in while somebody guesses passwords. */
import { printFigure } from '@photomaton/design-docs/figure';
import { measure, quantile, timed } from '@photomaton/design-docs/measuring';
import { openVisitor, type Visitor } from '../test/browser.ts';
import { atPortal, type BenchPortal } from './site.ts';

const WRONG_A_MINUTE = 1_000;
/** In turns, some logins in each. */
const TURNS = 5;
const LOGINS = 12;
const PAUSE_MS = 150;

const NAME = 'login.under_attack';
await measure([NAME], () => atPortal(measureLogins));

async function measureLogins(site: BenchPortal): Promise<void> {
  const customer = await openLogin(site);
  const attack = await openAttack(site);
  const times = { atRest: [] as number[], attacked: [] as number[] };
  await logIn(customer);
  for (let turn = 0; turn < TURNS; turn += 1) {
    times.atRest.push(...(await logIn(customer)));
    attack.begin();
    times.attacked.push(...(await logIn(customer)));
    await attack.end();
  }
  const [value, reference] = [quantile(0.95, times.attacked), quantile(0.95, times.atRest)];
  printFigure({ name: NAME, value, unit: 'ms', reference, goal: '<=2' });
}

async function logIn(customer: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < LOGINS; n += 1) {
    times.push(await customer());
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return times;
}

/** Logs in from a browser that has logged in before; gives the milliseconds from the form to the next page. */
async function openLogin({ url, login, visitor }: BenchPortal): Promise<() => Promise<number>> {
  const { email, password } = login;
  return async () => {
    const form = await formOf(visitor, url);
    return await timed(() => send(form, { email, password }, 303));
  };
}

/** Wrong logins at an even pace, each from another address: half on this customer, half on somebody else each. */
async function openAttack({ url, login }: BenchPortal) {
  const form = await formOf(openVisitor({ url }), url);
  const sent: Promise<Error | undefined>[] = [];
  let n = 0;
  let pace: NodeJS.Timeout | undefined;
  const tryOne = () => {
    n += 1;
    const email = n % 2 === 0 ? login.email : `${n}@example.com`;
    const address = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    const headers = { ...form.headers, 'x-forwarded-for': address };
    const guess = send({ ...form, headers }, { email, password: `guess ${n}` }, 401, 429);
    sent.push(
      guess.then(
        () => undefined,
        (error: Error) => error,
      ),
    );
  };
  return {
    begin() {
      pace = setInterval(tryOne, 60_000 / WRONG_A_MINUTE);
    },
    async end() {
      clearInterval(pace);
      const failed = (await Promise.all(sent.splice(0))).find((error) => error !== undefined);
      if (failed) throw failed;
    },
  };
}

interface Form {
  url: string;
  headers: Record<string, string>;
}

/** The login form as this visitor was shown it. */
async function formOf(visitor: Visitor, url: string): Promise<Form> {
  const token = await visitor.csrfToken();
  return { url, headers: { cookie: visitor.cookies(), origin: url, 'x-csrf-token': token } };
}

async function send({ url, headers }: Form, fields: Record<string, string>, ...expected: number[]) {
  const form = { method: 'POST', headers, body: new URLSearchParams(fields), redirect: 'manual' } as const;
  const answer = await fetch(`${url}/login`, form);
  await answer.arrayBuffer();
  if (!expected.includes(answer.status)) throw new Error(`a login answered ${answer.status}`);
}
