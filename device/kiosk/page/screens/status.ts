import type { TFunction } from 'i18next';
import type { KioskState, SyncScreen } from '../../state.ts';
import { byId, setText } from '../dom.ts';
import { sayMeasure, sayMoment } from '../figures.ts';
import type { Words } from '../words.ts';
import type { ScreenName } from './screen-name.ts';

/**
 * Where the photos are: a sign on the attract screen, for everybody, and behind it a screen for whoever looks after
 * the booth. The sign only ever says that photos are safe; what is in the way is on the screen.
 */

type Standing = Pick<KioskState, 'reach' | 'sync'>;

/** The sign: one calm sentence, and the way to the screen. It stands in the place of "Register this booth". */
export function fillSign(kiosk: KioskState, { t }: Words): void {
  byId('sign').hidden = !kiosk.bound;
  byId('sign-dot').classList.toggle('dot--ok', waitingIn(kiosk.sync) === 0);
  setText(byId('sign-text'), summaryOf(kiosk, t));
}

/** `canTake`: is there room and a camera for a photo? */
export function fillStatus(kiosk: KioskState, { canTake }: { canTake: boolean }, words: Words): ScreenName {
  const { t } = words;
  const { sync } = kiosk;
  const language = words.language();
  setText(byId('status-summary'), summaryOf(kiosk, t));

  const { onBooth, uploading, inCloud } = sync.photos;
  const number = new Intl.NumberFormat(language);
  setText(byId('status-on-booth'), number.format(onBooth));
  setText(byId('status-uploading'), number.format(uploading));
  setText(byId('status-in-cloud'), number.format(inCloud));
  const bar = byId('status-bar', HTMLProgressElement);
  bar.hidden = onBooth + uploading + inCloud === 0;
  bar.max = Math.max(1, onBooth + uploading + inCloud);
  bar.value = inCloud;
  show('status-upload', sync.upload && uploadOf(sync.upload, words));

  show('status-problem', problemOf(sync, t));
  show('status-detail', sync.refused?.reason ?? sync.detail);
  byId('status-notice').hidden = byId('status-problem').hidden && byId('status-detail').hidden;

  const { allSentAt } = sync;
  byId('status-sent').hidden = !allSentAt;
  if (allSentAt) {
    setText(byId('status-all-sent'), sayMoment(new Date(allSentAt), { t, language, now: new Date() }));
  }
  setText(byId('status-free'), spaceOf(kiosk, words));
  byId('status-take').hidden = !canTake;
  return 'status';
}

const waitingIn = ({ photos }: SyncScreen): number => photos.onBooth + photos.uploading;

/** How things stand, in a sentence that worries nobody. */
export function summaryOf({ reach, sync }: Standing, t: TFunction): string {
  const count = waitingIn(sync);
  if (count === 0) {
    // "All photos" of none would be a riddle.
    if (sync.photos.inCloud > 0 || sync.allSentAt) return t('sign.sent');
    return reach === 'online' ? t('sign.none') : t('sign.offline');
  }
  const isMoving =
    sync.upload !== undefined || sync.photos.uploading > 0 || (reach === 'online' && !sync.problem);
  return isMoving ? t('sign.moving', { count }) : t('sign.kept', { count });
}

function uploadOf({ speed, left }: NonNullable<SyncScreen['upload']>, words: Words): string {
  const say = { speed: sayMeasure(speed, words.language()) };
  if (!left) return words.t('status.speed', say);
  if (left.value === 0) return words.t('status.soon', say);
  return words.t('status.left', { ...say, time: sayMeasure(left, words.language()) });
}

/** What is in the way and what to do about it. How many photos were refused says more than that some were. */
function problemOf({ problem, refused }: SyncScreen, t: TFunction): string | undefined {
  if (refused && (problem === undefined || problem === 'photos-refused')) {
    return t('status.refused', { count: refused.photos });
  }
  return problem && t(`problem.${problem}`);
}

function spaceOf({ sync: { disk }, full }: KioskState, { t, language }: Words): string {
  const space = sayMeasure(disk.free, language());
  if (full) return t('status.full', { space });
  return disk.low ? t('status.low', { space }) : space;
}

function show(id: string, text: string | undefined): void {
  const element = byId(id);
  element.hidden = text === undefined;
  setText(element, text ?? '');
}
