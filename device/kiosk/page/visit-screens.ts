import type { CameraProblem } from '../../camera/camera.ts';
import type { Phase } from '../../session.ts';
import type { KioskState } from '../state.ts';
import type { ScreenName } from './booth-screens.ts';
import { byId, qrUrl, setPicture, setText } from './dom.ts';
import { showMessage } from './message.ts';
import { fillSign } from './status-screen.ts';
import type { Words } from './words.ts';

/** A title longer than this is set smaller. */
const LONG_TITLE = 24;

/** Fills the screen that the visit is at; gives its name. `picture` is the address of the shot, if any. */
export function fillVisitScreen({
  phase,
  kiosk,
  picture,
  cameraProblem,
  words,
}: {
  phase: Phase;
  kiosk: KioskState;
  picture: string | undefined;
  cameraProblem: CameraProblem | undefined;
  words: Words;
}): ScreenName {
  const { t } = words;
  switch (phase.kind) {
    case 'attract':
      fillAttract(kiosk, words);
      return 'attract';
    case 'countdown':
    case 'shooting':
      setText(byId('countdown-number'), phase.kind === 'countdown' ? String(phase.left) : '');
      setText(
        byId('countdown-text'),
        t(phase.kind === 'countdown' && phase.left > 1 ? 'countdown.ready' : 'countdown.smile'),
      );
      return 'countdown';
    case 'sending':
    case 'result':
      fillShot(phase, kiosk, picture, words);
      return 'shot';
    case 'refused': {
      const what = phase.full ? 'refused.full' : 'refused';
      const done = { action: 'done', text: t('result.done') };
      const again = { action: 'go', text: t('result.again') };
      showMessage({
        title: t(`${what}.title`),
        text: t(`${what}.text`),
        ...(phase.full ? { main: done } : { main: again, other: done }),
      });
      return 'message';
    }
    case 'full':
    case 'trouble':
      showMessage({
        title: t(`${phase.kind}.title`),
        text: t(
          phase.kind === 'trouble' && cameraProblem ? `trouble.${cameraProblem}` : `${phase.kind}.text`,
        ),
        // A full disk is mended by photos that leave: whoever looks after the booth wants to know whether they do.
        ...(kiosk.bound && phase.kind === 'full' && { other: { action: 'status', text: t('sign.open') } }),
      });
      return 'message';
  }
}

function fillAttract(kiosk: KioskState, words: Words): void {
  setText(byId('attract-date'), words.day(new Date(), true));
  const title = byId('attract-title');
  setText(title, titleOf(kiosk));
  title.classList.toggle('is-long', titleOf(kiosk).length > LONG_TITLE);
  byId('attract-pair').hidden = kiosk.bound;
  fillSign(kiosk, words);
}

function fillShot(
  phase: Phase & { kind: 'sending' | 'result' },
  kiosk: KioskState,
  picture: string | undefined,
  { t, day }: Words,
): void {
  const image = byId('shot-picture', HTMLImageElement);
  image.alt = t('result.photo');
  setPicture(image, picture);
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
  } else {
    setText(byId('shot-title'), t('sending.title'));
    setText(byId('shot-text'), t(phase.failures > 0 ? 'sending.again' : 'sending.text'));
  }
}

function linkState({ bound, reach }: KioskState): 'unbound' | 'offline' | 'online' {
  if (!bound) return 'unbound';
  return reach === 'online' ? 'online' : 'offline';
}

export const titleOf = ({ title, serial }: KioskState): string => title ?? `Photomaton ${serial}`;
