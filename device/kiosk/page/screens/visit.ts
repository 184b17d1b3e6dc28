import type { CameraProblem } from '../../../camera/camera.ts';
import type { Phase } from '../../../session.ts';
import type { KioskState } from '../../state.ts';
import type { Words } from '../words.ts';
import { fillAttract } from './attract.ts';
import { fillChoose } from './choose.ts';
import { fillCountdown, fillTaken } from './countdown.ts';
import { showMessage } from './message.ts';
import { fillReview } from './review.ts';
import type { ScreenName } from './screen-name.ts';
import { fillShot } from './shot.ts';

/** Addresses of the pictures of this visit: its shots, and the finished one when it is there. */
export interface VisitPictures {
  shots: readonly (string | undefined)[];
  finished: string | undefined;
}

/** Fills the screen that the visit is at; gives its name. */
export function fillVisitScreen({
  phase,
  kiosk,
  pictures,
  cameraProblem,
  words,
}: {
  phase: Phase;
  kiosk: KioskState;
  pictures: VisitPictures;
  /** Why the camera gives nothing, when it does not. */
  cameraProblem: CameraProblem | undefined;
  words: Words;
}): ScreenName {
  const { t } = words;
  const { shots, finished } = pictures;
  switch (phase.kind) {
    case 'attract':
      fillAttract(kiosk, words);
      return 'attract';
    case 'choosing':
      fillChoose(phase, words);
      return 'choose';
    case 'countdown':
    case 'shooting':
      fillCountdown(phase, words);
      return 'countdown';
    case 'showing':
      fillTaken(phase, shots[phase.turn.shot - 1], words);
      return 'taken';
    case 'waiting':
      showMessage({ title: t('waiting.title'), text: t('waiting.text') });
      return 'message';
    case 'reviewing':
      fillReview(phase, pictures, words);
      return 'review';
    case 'sending':
    case 'result':
      fillShot(phase, kiosk, { url: finished ?? shots.at(-1), finished: finished !== undefined }, words);
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
