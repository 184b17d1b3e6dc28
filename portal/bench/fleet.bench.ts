/** npm run bench -- fleet: the operator's page of all booths. BENCH_BOOTHS (10000) shrinks it. */
import { randomBytes } from 'node:crypto';
import { openCouch } from '@photomaton/couch';
import { boothDocId } from '@photomaton/design-docs/docs';
import { printFigure } from '@photomaton/design-docs/figure';
import { measure, quantile, timed } from '@photomaton/design-docs/measuring';
import { Secret, TOTP } from 'otpauth';
import { openAccounts } from '../accounts/accounts.ts';
import { openPasswords } from '../accounts/passwords.ts';
import { openVisitor, type Visitor } from '../test/browser.ts';
import { atPortal, type BenchPortal, drain } from './site.ts';

const FEW = 100;
const MANY = Number(process.env.BENCH_BOOTHS ?? 10_000);
const ROUNDS = 200;
const WARM_UP = 40;
const AT_ONCE = 1_000;
const NAME = 'fleet.page_10k';

await measure([NAME], () => atPortal(measurePages));

/** The same portal with few booths, and then with many. */
async function measurePages(site: BenchPortal): Promise<void> {
  const visitor = await operator(site);
  const booths = new Map<string, string>();
  try {
    const medianWith = async (count: number) => {
      await addBooths(site, booths, count);
      await untilShown(visitor, count);
      return quantile(0.5, await timesOf(visitor));
    };
    const reference = await medianWith(FEW);
    const value = await medianWith(MANY);
    printFigure({ name: NAME, value, unit: 'ms', reference, goal: '<=1.5' });
  } finally {
    await write(
      site,
      [...booths].map(([_id, _rev]) => ({ _id, _rev, _deleted: true })),
    );
  }
}

async function timesOf(visitor: Visitor): Promise<number[]> {
  const times: number[] = [];
  // The first ones compile views and code.
  for (let n = -WARM_UP; n < ROUNDS; n += 1) {
    const query = n % 2 === 0 ? '' : '?q=photomaton&state=new';
    const took = await timed(async () => drain(await visitor.get(`/fleet${query}`)));
    if (n >= 0) times.push(took);
  }
  return times;
}

/** Booths that were paired and not heard of since, until there are so many: a page reads none of their databases. */
async function addBooths(site: BenchPortal, booths: Map<string, string>, count: number): Promise<void> {
  while (booths.size < count) {
    const docs = Array.from({ length: Math.min(AT_ONCE, count - booths.size) }, () => {
      const booth = randomBytes(12).toString('hex');
      return {
        ...{ _id: boothDocId(booth), type: 'booth', booth, owner: 'bench' },
        name: `Photomaton ${booth.slice(-4)}`,
        ...{ pairedAt: new Date().toISOString(), event: site.event, events: [site.event] },
        shareSecret: 'A'.repeat(96),
      };
    });
    for (const { id, rev } of await write(site, docs)) booths.set(id, rev);
  }
}

async function write(
  { admin, authorization }: BenchPortal,
  docs: object[],
): Promise<{ id: string; rev: string }[]> {
  const answer = await fetch(`${admin.url}/fleet/_bulk_docs`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ docs }),
  });
  return (await answer.json()) as { id: string; rev: string }[];
}

async function untilShown(visitor: Visitor, count: number): Promise<void> {
  for (let shown = 0; shown < count; ) {
    const page = await (await visitor.get('/fleet/rows')).text();
    shown = Number(/<strong>(\d+)<\/strong>/.exec(page)?.[1]);
    if (shown < count) await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Logged in, with the second factor that operators need. */
async function operator({ url, admin }: BenchPortal): Promise<Visitor> {
  const login = {
    email: `${randomBytes(6).toString('hex')}@example.com`,
    password: randomBytes(12).toString('hex'),
  };
  const accounts = openAccounts({
    ...{ couch: openCouch(admin), passwords: await openPasswords(), now: () => new Date() },
  });
  await accounts.create({ role: 'operator', name: 'Bench', language: 'en', ...login });
  const visitor = openVisitor({ url });
  await visitor.login(login);
  const page = await (await visitor.get('/account/second-factor')).text();
  const key = (/id="key">([A-Z2-7 ]+)</.exec(page)?.[1] ?? '').replaceAll(' ', '');
  await drain(
    await visitor.post('/account/second-factor', { code: TOTP.generate({ secret: Secret.fromBase32(key) }) }),
  );
  return visitor;
}
