import { type Phase, SECONDS, shotsOf } from '../../../session.ts';
import { byId, setPicture, setText } from '../dom.ts';
import { fillRing } from '../ring.ts';
import type { Words } from '../words.ts';
import type { VisitPictures } from './visit.ts';

/** The shots as they were taken, then what they become: keep it, take one anew, take all anew. */
export function fillReview(
  { plan, left, paused }: Phase & { kind: 'reviewing' },
  pictures: VisitPictures,
  words: Words,
): void {
  const { t } = words;
  const shots = shotsOf(plan);
  const isStrip = shots > 1;
  const row = byId('review-shots');
  row.dataset.shots = String(shots);
  while (row.children.length < shots) row.append(makeShot(row.children.length));
  while (row.children.length > shots) row.lastElementChild?.remove();
  for (const [i, figure] of [...row.children].entries()) {
    const image = figure.querySelector('img');
    if (image) {
      image.alt = isStrip ? t('review.photo', { shot: i + 1 }) : t('result.photo');
      if (plan.layout?.mode !== 'boomerang') setPicture(image, pictures.shots[i]);
    }
    const retake = figure.querySelector('button');
    if (!retake) continue;
    retake.hidden = !isStrip;
    setText(retake, t('result.again'));
    retake.setAttribute('aria-label', t('review.retake', { shot: i + 1 }));
  }
  const { finished } = pictures;
  const picture = byId('review-finished', HTMLImageElement);
  picture.alt = t('result.photo');
  setPicture(picture, finished);
  byId('review-pictures').classList.toggle('is-finished', finished !== undefined);
  // Of several, each stays there to be taken anew.
  row.hidden = finished !== undefined && !isStrip;
  setText(byId('review-title'), t('review.title', { count: shots }));
  setText(byId('review-text'), t('review.text', { count: shots }));
  setText(byId('review-all'), t(isStrip ? 'review.retake-all' : 'result.again'));
  fillRing(byId('review-side'), { left, of: SECONDS.reviewing, paused }, words);
}

function makeShot(shot: number): HTMLElement {
  const figure = document.createElement('figure');
  figure.className = 'paper review__shot';
  const retake = document.createElement('button');
  retake.type = 'button';
  retake.className = 'touch review__retake';
  retake.dataset.action = 'retake';
  retake.dataset.shot = String(shot);
  figure.append(document.createElement('img'), retake);
  return figure;
}
