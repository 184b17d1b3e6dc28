import type { BoothRow } from './booth-list.ts';
import { sayAgo, sayLeft, sayMeasure } from './figures.ts';

type Locals = Pick<Express.Locals, 'lang' | 't'>;

/** What the views print of a booth: every figure in words. */
export function boothCard({ presence, standing, arrival, ...row }: BoothRow, now: Date, locals: Locals) {
  const { lang } = locals;
  const seen = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    ...row,
    presence: presence.kind,
    seen: presence.kind === 'away' ? seen.format(presence.seenAt) : undefined,
    arrival: {
      ...{ kind: arrival.kind, ago: 'at' in arrival ? sayAgo(arrival.at, now, locals) : undefined },
      refused: 'refused' in arrival ? arrival.refused : [],
    },
    standing: standing && {
      ...standing,
      waiting: standing.onBooth + standing.uploading,
      upload: standing.upload && {
        speed: sayMeasure(standing.upload.speed, locals),
        left: standing.upload.left && sayLeft(standing.upload.left, locals),
      },
      allSent: standing.allSentAt && sayAgo(standing.allSentAt, now, locals),
      camera: standing.camera && {
        problem: standing.camera.problem,
        since: seen.format(standing.camera.since),
      },
      free: sayMeasure(standing.disk.free, locals),
    },
  };
}
