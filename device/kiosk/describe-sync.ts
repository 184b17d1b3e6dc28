import type { SyncProblem } from '@photomaton/design-docs/docs';
import { isDiskLow, photosIn, spaceOf, speedOf, timeLeftOf } from '@photomaton/design-docs/measures';
import type { Reach } from '../booth.ts';
import { detailOf, problemOf } from '../sync/outcome.ts';
import type { SyncStatus } from '../sync/sync.ts';
import type { SyncScreen } from './state.ts';

/** What is known of the photos and their way to the cloud, at one moment. */
export interface SyncMoment {
  reach: Reach;
  photos: { state: 'on-booth' | 'uploading' | 'in-cloud' }[];
  /** Photos of the event that are in the cloud and not on the booth any more. */
  gone: number;
  /** Undefined while the booth is bound to nobody. */
  sync: SyncStatus | undefined;
  space: { freeBytes: number; reserveBytes: number; full: boolean };
}

/** An engineer on the telephone asks for their words; those of a missing line are always the same. */
const WORTH_A_DETAIL: readonly SyncProblem[] = ['certificate', 'failed'];

/** What the screen says of it. */
export function describeSync({ reach, photos, gone, sync, space }: SyncMoment): SyncScreen {
  const count = { onBooth: 0, uploading: 0, inCloud: gone };
  for (const { state } of photos) {
    count[state === 'on-booth' ? 'onBooth' : state === 'uploading' ? 'uploading' : 'inCloud'] += 1;
  }
  const left = sync?.upload && timeLeftOf(sync.upload);
  const outcome = sync?.last?.outcome;
  // The network part knows at once that the line is gone; a cycle finds out when it tries.
  const problem = sync && reach !== 'online' ? 'offline' : outcome && problemOf(outcome);
  const detail = outcome && problem && WORTH_A_DETAIL.includes(problem) ? detailOf(outcome) : undefined;
  const [first] = sync?.refused ?? [];
  return {
    photos: count,
    ...(sync?.upload && { upload: { speed: speedOf(sync.upload.bytesPerSecond), ...(left && { left }) } }),
    ...(sync?.allSentAt && { allSentAt: sync.allSentAt.toISOString() }),
    ...(problem && { problem }),
    ...(detail && { detail }),
    ...(sync && first && { refused: { photos: photosIn(sync.refused), reason: first.reason } }),
    disk: { free: spaceOf(space.freeBytes), low: isDiskLow(space) },
  };
}
