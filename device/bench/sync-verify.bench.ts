/** npm run bench -- sync.verify: what it costs to be sure. */
import { createHash } from 'node:crypto';
import { digestOf, PHOTO_ATTACHMENT } from '@photomaton/design-docs/docs';
import { printFigure } from '@photomaton/design-docs/figure';
import { measure, quantile, timed } from '@photomaton/design-docs/measuring';
import PouchDB from 'pouchdb';
import type { QueuedDoc } from '../store/queue-doc.ts';
import { verify } from '../sync/verify.ts';
import { atSite, hex24, type Site } from './site.ts';

const PHOTOS = 1000;
const ROUNDS = 15;

await measure(['sync.verify.vs_all_docs'], () => atSite(measureVerify));

/**
 * Revision, digest and length of 1,000 photos, against `_all_docs` of the same keys, which gives revisions only; in
 * turns. The attachments are tiny: the server reads none of their bytes for either.
 */
async function measureVerify(site: Site): Promise<void> {
  const database = await site.plainDatabase();
  const docs = await putPhotos(site, database);
  const { username, password } = site.admin;
  const remote = new PouchDB(`${site.admin.url}/${database}`, {
    ...{ auth: { username, password }, skip_setup: true },
  });
  const keys = docs.map(({ id }) => id);
  const ms = { verify: [] as number[], allDocs: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    ms.allDocs.push(
      await timed(async () => {
        await (await site.request('POST', `${database}/_all_docs`, { keys })).json();
      }),
    );
    ms.verify.push(
      await timed(async () => {
        const verified = await verify(remote, docs);
        if (verified.length !== PHOTOS) throw new Error(`only ${verified.length} photos were verified`);
      }),
    );
  }
  printFigure({
    ...{ name: 'sync.verify.vs_all_docs', unit: 'ms', goal: '<=3' },
    ...{ value: quantile(0.5, ms.verify), reference: quantile(0.5, ms.allDocs) },
  });
}

/** Documents as photos are, and what a booth's queue knows of them. */
async function putPhotos(site: Site, database: string): Promise<QueuedDoc[]> {
  const time = new Date().toISOString();
  const photos = Array.from({ length: PHOTOS }, (_, i) => {
    const data = Buffer.from(String(i));
    const md5Hex = createHash('md5').update(data).digest('hex');
    return { _id: `photo:${time}:${site.booth}:${i}:${md5Hex}`, data, digest: digestOf(md5Hex) };
  });
  const docs = photos.map(({ _id, data }) => ({
    ...{ _id, _rev: `1-${hex24()}`, type: 'photo', booth: site.booth, takenAt: time },
    _attachments: { [PHOTO_ATTACHMENT]: { content_type: 'image/jpeg', data: data.toString('base64') } },
  }));
  await site.request('POST', `${database}/_bulk_docs`, { docs, new_edits: false });
  return photos.map(({ _id, data, digest }, i) => ({
    ...{ id: _id, rev: docs[i]?._rev ?? '', verified: false },
    attachments: { [PHOTO_ATTACHMENT]: { digest, length: data.length } },
  }));
}
