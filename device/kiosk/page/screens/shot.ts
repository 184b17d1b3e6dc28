import { type Phase, SECONDS } from '../../../session.ts';
import type { KioskState } from '../../state.ts';
import { byId, qrUrl, setPicture, setText } from '../dom.ts';
import { fillRing } from '../ring.ts';
import type { Words } from '../words.ts';
import { titleOf } from './attract.ts';

/** The picture on its way into safety, then with the code of its link. `finished`: it is the template's, whole. */
export function fillShot(
  phase: Phase & { kind: 'sending' | 'result' },
  kiosk: KioskState,
  picture: { url: string | undefined; finished: boolean },
  words: Words,
): void {
  const { t, day } = words;
  const image = byId('shot-picture', HTMLImageElement);
  image.alt = t('result.photo');
  setPicture(image, picture.url);
  byId('shot-paper').classList.toggle('is-finished', picture.finished);
  setText(byId('shot-caption'), `${titleOf(kiosk)} · ${day(new Date(), false)}`);

  const isResult = phase.kind === 'result';
  byId('shot-actions').hidden = !isResult;
  byId('shot-state').hidden = !isResult;
  const qr = byId('shot-qr', HTMLImageElement);
  qr.alt = t('result.qr');
  setPicture(qr, isResult ? qrUrl(phase.photo.shareUrl) : undefined);
  if (isResult) {
    setText(byId('shot-title'), t('result.title'));
    setText(byId('shot-text'), t('result.scan'));
    setText(byId('shot-state-text'), t(`result.${linkState(kiosk)}`));
    const { left, paused } = phase;
    fillRing(byId('shot-actions'), { left, of: SECONDS.result, paused }, words);
  } else {
    setText(byId('shot-title'), t('sending.title'));
    setText(byId('shot-text'), t(phase.failures > 0 ? 'sending.again' : 'sending.text'));
  }
}

function linkState({ bound, reach }: KioskState): 'unbound' | 'offline' | 'online' {
  if (!bound) return 'unbound';
  return reach === 'online' ? 'online' : 'offline';
}
