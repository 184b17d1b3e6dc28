/** npm run bench -- gallery: what a page of a large event costs. BENCH_EVENT (121000 photos: 2,016 pages) shrinks it. */
import { printFigure } from '@photomaton/design-docs/figure';
import { isAsked, measure, quantile, timed } from '@photomaton/design-docs/measuring';
import { atPortal, type BenchPortal, drain, photoDocs } from './site.ts';

const PHOTOS = Number(process.env.BENCH_EVENT ?? 121_000);
const PAGE_SIZE = 60;
const ROUNDS = 200;
const AT_ONCE = 2_000;
const INDEXED_MS = 10 * 60_000;

const VS_ALL_DOCS = 'gallery.page.vs_all_docs';
const PAGE_2000 = 'gallery.page_2000';
await measure([VS_ALL_DOCS, PAGE_2000], () => atPortal(measurePages, fill));

/** Small pictures are left out: neither a page nor the reference reads them. */
async function fill(site: BenchPortal): Promise<void> {
  for (let from = 1; from <= PHOTOS; from += AT_ONCE) {
    const length = Math.min(AT_ONCE, PHOTOS - from + 1);
    const docs = Array.from({ length }, (_, i) => photoDocs(site, from + i, '0'.repeat(32), 1).preview);
    const answer = await fetch(`${site.admin.url}/${site.db}/_bulk_docs`, {
      method: 'POST',
      headers: { authorization: site.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ docs }),
    });
    await drain(answer);
  }
}

/** In turns: what else the machine does meets all of them. */
async function measurePages(site: BenchPortal): Promise<void> {
  const last = Math.min(2_000, Math.floor(PHOTOS / PAGE_SIZE));
  const times = {
    page: [] as number[],
    allDocs: [] as number[],
    first: [] as number[],
    last: [] as number[],
  };
  const keyBefore = (page: number) => {
    const { preview } = photoDocs(site, PHOTOS - PAGE_SIZE * (page - 1) + 1, '0'.repeat(32), 1);
    return preview._id.slice('preview:'.length);
  };
  const get = async (before: string) =>
    drain(await site.visitor.get(`/events/${site.event}?before=${before}`));
  const allDocs = async (before: string) => {
    const [startkey, endkey] = [`"preview:${before}"`, '"preview:"'];
    const query = {
      startkey,
      endkey,
      descending: 'true',
      include_docs: 'true',
      limit: String(PAGE_SIZE + 2),
    };
    const { authorization } = site;
    const url = `${site.admin.url}/${site.db}/_all_docs?${new URLSearchParams(query)}`;
    return drain(await fetch(url, { headers: { authorization } }));
  };
  // The indexes of views are built when they are first asked, of so many photos for longer than a page waits.
  const giveUpAt = performance.now() + INDEXED_MS;
  while (!(await site.visitor.get(`/events/${site.event}`)).ok)
    if (performance.now() > giveUpAt) throw new Error(`no page within ${INDEXED_MS} ms`);
  for (let round = 0; round < ROUNDS; round += 1) {
    const key = keyBefore(2 + ((round * 97) % (last - 2)));
    times.allDocs.push(await timed(() => allDocs(key)));
    times.page.push(await timed(() => get(key)));
    times.first.push(await timed(() => get(keyBefore(1))));
    times.last.push(await timed(() => get(keyBefore(last))));
  }
  if (isAsked(VS_ALL_DOCS)) {
    const [value, reference] = [quantile(0.95, times.page), quantile(0.95, times.allDocs)];
    printFigure({ name: VS_ALL_DOCS, value, unit: 'ms', reference, goal: '<=2' });
  }
  if (isAsked(PAGE_2000)) {
    const [value, reference] = [quantile(0.5, times.last), quantile(0.5, times.first)];
    printFigure({ name: PAGE_2000, value, unit: 'ms', reference, goal: '<=1.1' });
  }
}
