import type { EventId } from '@photomaton/design-docs/docs';
import type { Measure } from '@photomaton/design-docs/measures';
import { sayMeasure } from '../fleet/figures.ts';
import { photoTime } from './photo-time.ts';
import type { Standing } from './standing.ts';
import type { GalleryPhoto } from './walk.ts';

type Locals = Pick<Express.Locals, 'lang' | 't'>;

/** A photo as the views print it. */
export function cardOf(photo: GalleryPhoto, event: EventId, { lang }: Pick<Locals, 'lang'>) {
  const { date, time } = photoTime(photo.takenAt, lang);
  return { ...photo, href: `/events/${event}/photos/${photo.key}`, date, time, ratio: ratioOf(photo) };
}

/** Width by height in hundredths: a class of the style sheet that a page brings along. Panoramas have an end. */
const ratioOf = ({ width, height }: GalleryPhoto): number =>
  Math.round(100 * Math.min(3, Math.max(0.4, width / height)));

/** How things stand, as the views print it. */
export function standingLine({ booths, inCloud, waiting, left }: Standing, locals: Locals) {
  const seen = new Intl.DateTimeFormat(locals.lang, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    booths: booths.map(({ name, presence }) => ({
      name,
      state: presence.kind,
      seen: presence.kind === 'away' ? seen.format(presence.seenAt) : undefined,
    })),
    inCloud,
    waiting,
    left: left && leftWords(left, locals),
  };
}

/** Beside "still on the booth", which says already that it is what is left. */
function leftWords(left: Measure, locals: Locals): string {
  const { t } = locals;
  return left.value === 0 ? t('gallery:soon') : t('gallery:left', { time: sayMeasure(left, locals) });
}
