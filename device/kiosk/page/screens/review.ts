import { type Phase, SECONDS, shotsOf } from '../../../session.ts';
import { byId, setPicture, setText } from '../dom.ts';
import { fillRing } from '../ring.ts';
import type { Words } from '../words.ts';

/** The shots as they were taken: keep them, take one anew, take all anew. */
export function fillReview(
  { plan, left, paused }: Phase & { kind: 'reviewing' },
  pictures: readonly (string | undefined)[],
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
      if (plan.layout?.mode !== 'boomerang') setPicture(image, pictures[i]);
    }
    const retake = figure.querySelector('button');
    if (!retake) continue;
    retake.hidden = !isStrip;
    setText(retake, t('result.again'));
    retake.setAttribute('aria-label', t('review.retake', { shot: i + 1 }));
  }
  setText(byId('review-title'), t('review.title', { count: shots }));
  setText(byId('review-text'), t('review.text', { count: shots }));
  setText(byId('review-all'), t(isStrip ? 'review.retake-all' : 'result.again'));
  fillRing(byId('review-shots').parentElement as HTMLElement, { left, of: SECONDS.reviewing, paused }, words);
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
