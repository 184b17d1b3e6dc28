import {
  CAMERA_PROBLEMS,
  type CameraFailure,
  type CameraProblem,
  type StatusDoc,
  SYNC_PROBLEMS,
  type SyncProblem,
} from '@photomaton/design-docs/docs';
import {
  isDiskLow,
  type Measure,
  photosIn,
  spaceOf,
  speedOf,
  timeLeftOf,
} from '@photomaton/design-docs/measures';
import type { Presence } from './presence.ts';
import { uploadOf } from './upload.ts';

/** How things stand with a booth and its photos, as it last said. */
export interface BoothStanding {
  onBooth: number;
  uploading: number;
  /** While photos travel. */
  upload?: { speed: Measure; left: Measure | undefined };
  /** When everything that was taken was last in the cloud. */
  allSentAt?: Date;
  problem?: { kind: SyncProblem; needsSomebody: boolean; detail: string | undefined };
  /** Photos that the server refuses, and the reasons that it gave, each once. */
  refused?: { photos: number; reasons: string[] };
  disk: { free: Measure; state: 'ok' | 'low' | 'full' };
  camera?: { problem: CameraProblem; since: Date };
}

/** These pass by themselves: `offline` is said by when the booth was last seen. */
const PASSING: readonly SyncProblem[] = ['offline', 'busy', 'failed'];
/** These keep the status itself from arriving: one that arrives while photos travel tells of a time before. */
const OF_THE_LINE: readonly SyncProblem[] = ['offline', 'login-page', 'certificate', 'busy'];
/** A disk on its way to full or a wrong template refuses many photos for one reason. */
const MOST_REASONS = 3;

/**
 * What a booth's status says to its owner. Undefined without one, and of a booth that is new to this owner: the
 * status is the owner's before.
 */
export function boothStandingOf(
  status: StatusDoc | undefined,
  presence: Presence,
  now: Date,
): BoothStanding | undefined {
  if (!status || presence.kind === 'new') return undefined;
  const { photos, disk } = status;
  const isOnline = presence.kind === 'online';
  const upload = isOnline ? uploadOf(status, now) : undefined;
  const problem = problemOf(status, { isMoving: upload !== undefined });
  const reasons = [...new Set(status.refused.map(({ reason }) => reason))];
  return {
    // Nothing is under way from a booth that is off.
    onBooth: isOnline ? photos.onBooth : photos.onBooth + photos.uploading,
    uploading: isOnline ? photos.uploading : 0,
    ...(upload && { upload: { speed: speedOf(upload.bytesPerSecond), left: timeLeftOf(upload) } }),
    ...(status.allSentAt && { allSentAt: new Date(status.allSentAt) }),
    ...(problem && { problem }),
    ...(reasons.length > 0 && {
      refused: { photos: photosIn(status.refused), reasons: reasons.slice(0, MOST_REASONS) },
    }),
    ...(status.camera && { camera: cameraOf(status.camera) }),
    disk: {
      free: spaceOf(disk.freeBytes),
      state: disk.freeBytes < disk.reserveBytes ? 'full' : isDiskLow(disk) ? 'low' : 'ok',
    },
  };
}

/** A newer booth may have a problem that this portal has no words for. */
function cameraOf({ problem, since }: CameraFailure): NonNullable<BoothStanding['camera']> {
  return { problem: CAMERA_PROBLEMS.includes(problem) ? problem : 'lost', since: new Date(since) };
}

function problemOf(
  { lastSync, refused }: StatusDoc,
  { isMoving }: { isMoving: boolean },
): BoothStanding['problem'] {
  if (lastSync?.outcome !== 'failed') return undefined;
  const { problem, detail } = lastSync;
  // A newer booth may have a problem that this portal has no words for.
  const kind = problem && SYNC_PROBLEMS.includes(problem) ? problem : 'failed';
  if (kind === 'offline' || (isMoving && OF_THE_LINE.includes(kind))) return undefined;
  // How many were refused, and why, says it better.
  if (kind === 'photos-refused' && refused.length > 0) return undefined;
  return { kind, needsSomebody: !PASSING.includes(kind), detail };
}
