/** npm run bench -- sync.push.vs: how fast photos get to the server. BENCH_PHOTOS (200) shrinks it. */
import { printFigure } from '@photomaton/design-docs/figure';
import { isAsked, measure, timed } from '@photomaton/design-docs/measuring';
import PouchDB from 'pouchdb';
import { type BenchBooth, fill, openBooth } from './booth.ts';
import { settleDisk } from './disk.ts';
import { makePhotos } from './photos.ts';
import { asAttachment, asDocument, putRaw } from './raw-put.ts';
import { atSite, authorization, type Site } from './site.ts';

const PHOTO_BYTES = 2_500_000;
const PHOTOS = Number(process.env.BENCH_PHOTOS ?? 200);
/** The best round of each counts: what else the machine does is not what is measured. */
const ROUNDS = 3;
const RAW_PARALLEL = 4;

const VS_RAW = 'sync.push.vs_raw';
/** What the form in which documents are replicated costs the server is not the booth's. */
const VS_RAW_DOCUMENTS = 'sync.push.vs_raw_documents';
const VS_STOCK = 'sync.push.vs_stock';
await measure([VS_RAW, VS_RAW_DOCUMENTS, VS_STOCK], () => atSite(measurePush));

/**
 * A whole cycle of the booth (push, verification, release) into an event with its validators, in turns with raw
 * PUTs of as many photos and with stock PouchDB's replication of the same queue, both into databases without
 * validators. Each database grows alike, and each photo is new to each.
 */
async function measurePush(site: Site): Promise<void> {
  const photo = await makePhotos(PHOTO_BYTES);
  const booth = await openBooth({ ...site, syncUrl: site.admin.url });
  const rates = {
    ours: [] as number[],
    raw: [] as number[],
    documents: [] as number[],
    stock: [] as number[],
  };
  const plain = {
    ...{ raw: await site.plainDatabase(), documents: await site.plainDatabase() },
    stock: await site.plainDatabase(),
  };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const bytes = await fill(booth.store, PHOTOS, photo);
      const rate = async (work: () => Promise<unknown>) => {
        settleDisk();
        return bytes / 1000 / (await timed(work));
      };
      if (isAsked(VS_RAW)) {
        const puts = Array.from({ length: PHOTOS }, () => asAttachment(photo()));
        rates.raw.push(await rate(() => putRaw(site, plain.raw, puts, RAW_PARALLEL)));
      }
      if (isAsked(VS_RAW_DOCUMENTS)) {
        const puts = await Promise.all(Array.from({ length: PHOTOS }, () => asDocument(photo())));
        rates.documents.push(await rate(() => putRaw(site, plain.documents, puts, RAW_PARALLEL)));
      }
      // Before ours, which lets go of the queue.
      if (isAsked(VS_STOCK)) rates.stock.push(await rate(() => replicate(booth, site, plain.stock)));
      rates.ours.push(await rate(() => booth.cycle()));
    }
  } finally {
    await booth.close();
  }
  const ours = { value: Math.max(...rates.ours), unit: 'MB/s' };
  if (isAsked(VS_RAW)) {
    printFigure({ ...ours, name: VS_RAW, reference: Math.max(...rates.raw), goal: '>=0.90' });
  }
  if (isAsked(VS_RAW_DOCUMENTS)) {
    printFigure({ ...ours, name: VS_RAW_DOCUMENTS, reference: Math.max(...rates.documents), goal: '>=0.90' });
  }
  if (isAsked(VS_STOCK)) {
    printFigure({ ...ours, name: VS_STOCK, reference: Math.max(...rates.stock), goal: '>=2' });
  }
}

async function replicate({ store }: BenchBooth, site: Site, database: string): Promise<void> {
  const remote = new PouchDB(`${site.admin.url}/${database}`, {
    fetch(url, options = {}) {
      const headers = new Headers(options.headers);
      headers.set('authorization', authorization(site.admin));
      return PouchDB.fetch(url, { ...options, headers });
    },
  });
  for (const { db } of store.waiting()) {
    await PouchDB.replicate(db, remote, { batch_size: 5, batches_limit: 1 });
  }
}
