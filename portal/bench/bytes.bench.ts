/** npm run bench -- bytes: pictures through the portal, beside the same from CouchDB. */
import { randomBytes } from 'node:crypto';
import { PHOTO_ATTACHMENT, THUMBNAIL_ATTACHMENT } from '@photomaton/design-docs/docs';
import { printFigure } from '@photomaton/design-docs/figure';
import { isAsked, measure, quantile, timed } from '@photomaton/design-docs/measuring';
import { atPortal, type BenchPortal, drain, storePhoto } from './site.ts';

const PHOTO_BYTES = 2_500_000;
const PHOTOS = 20;
const ROUNDS = 10;

const CASES = [
  { name: 'bytes.thumbnail', path: 'thumbnail', of: 'preview', attachment: THUMBNAIL_ATTACHMENT },
  { name: 'bytes.original', path: 'original', of: 'photo', attachment: PHOTO_ATTACHMENT },
] as const;
await measure(
  CASES.map(({ name }) => name),
  () => atPortal(measureBytes),
);

async function measureBytes(site: BenchPortal): Promise<void> {
  const photos: Awaited<ReturnType<typeof storePhoto>>[] = [];
  for (let n = 1; n <= PHOTOS; n += 1) photos.push(await storePhoto(site, n, randomBytes(PHOTO_BYTES)));
  for (const { name, path, of, attachment } of CASES) {
    if (!isAsked(name)) continue;
    const ours: number[] = [];
    const theirs: number[] = [];
    for (const photo of Array.from({ length: ROUNDS }, () => photos).flat()) {
      const url = `/events/${site.event}/photos/${photo.key}/${path}`;
      const id = encodeURIComponent(photo[of]);
      const direct = () =>
        fetch(`${site.admin.url}/${site.db}/${id}/${attachment}`, {
          headers: { authorization: site.authorization },
        });
      theirs.push(await timed(async () => drain(await direct())));
      ours.push(await timed(async () => drain(await site.visitor.get(url))));
    }
    await mustHonour(site, `/events/${site.event}/photos/${photos[0]?.key}/${path}`);
    const [value, reference] = [quantile(0.5, ours), quantile(0.5, theirs)];
    printFigure({ name, value, unit: 'ms', reference, goal: '<=1.3' });
  }
}

/** A figure of an answer that is always whole would be no figure of this portal. */
async function mustHonour({ visitor }: BenchPortal, path: string): Promise<void> {
  const whole = await visitor.get(path);
  await drain(whole);
  const again = await visitor.get(path, { 'If-None-Match': whole.headers.get('etag') ?? '' });
  const part = await visitor.get(path, { Range: 'bytes=0-9' });
  const bytes = await drain(part);
  if (again.status !== 304 || part.status !== 206 || bytes !== 10) throw new Error(`${path} is always whole`);
}
