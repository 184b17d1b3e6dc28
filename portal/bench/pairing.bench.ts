/** npm run bench -- pairing: a customer at one node says yes to a booth that another node holds. */
import { openCouch } from '@photomaton/couch';
import { followChanges } from '@photomaton/couch/changes';
import { makeBoothKeys } from '@photomaton/design-docs/booth-keys';
import { type PairingDoc, pairingId } from '@photomaton/design-docs/docs';
import { printFigure } from '@photomaton/design-docs/figure';
import { measure, quantile, timed } from '@photomaton/design-docs/measuring';
import { openVisitor } from '../test/browser.ts';
import { connectRawBooth } from '../test/raw-booth.ts';
import { startNode } from './node.ts';
import { atPortal, type BenchPortal } from './site.ts';

const ROUNDS = 60;
/** The first ones compile views and code. */
const WARM_UP = 10;

const NAME = 'pairing.two_nodes';
await measure([NAME], () => atPortal(measurePairing));

/** In turns: what else the machine does meets both. */
async function measurePairing(site: BenchPortal): Promise<void> {
  const two = await startNode(site.secret, site.admin);
  const over = new AbortController();
  try {
    const customer = await customerAt(two.url, site);
    const write = await openReference(site, over.signal);
    const times = { told: [] as number[], written: [] as number[] };
    for (let n = -WARM_UP; n < ROUNDS; n += 1) {
      const written = await timed(write);
      const told = await tellBooth(site.url, customer);
      if (n >= 0) times.written.push(written);
      if (n >= 0) times.told.push(told);
    }
    const [value, reference] = [quantile(0.5, times.told), quantile(0.5, times.written)];
    printFigure({ name: NAME, value, unit: 'ms', reference, goal: '<=3' });
  } finally {
    over.abort();
    await two.stop();
  }
}

interface Customer {
  type(code: string): Promise<void>;
  /** Yes, it is this booth. */
  sayYes(): Promise<void>;
}

/** At a node, as the forms of its pages send. */
async function customerAt(url: string, { login }: BenchPortal): Promise<Customer> {
  const visitor = openVisitor({ url });
  await visitor.login(login);
  const headers = { cookie: visitor.cookies(), origin: url, 'x-csrf-token': await visitor.csrfToken() };
  const post = async (path: string, fields: Record<string, string>) => {
    const form = { method: 'POST', headers, body: new URLSearchParams(fields), redirect: 'manual' } as const;
    const answer = await fetch(url + path, form);
    await answer.arrayBuffer();
    if (answer.status !== 303) throw new Error(`${path}: ${answer.status}`);
  };
  return {
    type: (code) => post('/booths/register', { code }),
    sayYes: () => post('/booths/register/confirm', {}),
  };
}

/** Milliseconds from the customer's yes to the code that she typed to the booth's question whether that is its customer. */
async function tellBooth(url: string, customer: Customer): Promise<number> {
  const ends: (() => void)[] = [];
  const booth = await connectRawBooth({ after: (end) => void ends.push(end as () => void) }, url);
  try {
    await customer.type(await booth.nextCode());
    let said: Promise<void> | undefined;
    const took = await timed(() => {
      said = customer.sayYes();
      return booth.next('ask');
    });
    await said;
    return took;
  } finally {
    for (const end of ends) end();
  }
}

/** One write to the same database, and its change seen through the feed. */
async function openReference(site: BenchPortal, signal: AbortSignal): Promise<() => Promise<void>> {
  const couch = openCouch(site.couch);
  const since = (await couch.info('paillasson'))?.updateSeq ?? '0';
  const seen = new Map<string, () => void>();
  void (async () => {
    for await (const { id } of followChanges({ couch: site.couch, db: 'paillasson', since, signal }))
      seen.get(id)?.();
  })();
  const { publicKey } = await makeBoothKeys();
  const at = new Date().toISOString();
  let n = 0;
  return async () => {
    n += 1;
    const _id = pairingId(n.toString(16).padStart(64, '0'));
    const change = new Promise<void>((resolve) => seen.set(_id, resolve));
    const doc = { type: 'pairing' as const, booth: site.booth, publicKey, nonce: 'A'.repeat(22) };
    // Over already: the next sweep removes it.
    await couch.put<PairingDoc>('paillasson', {
      _id,
      ...doc,
      createdAt: at,
      expiresAt: at,
      state: 'waiting',
    });
    await change;
  };
}
