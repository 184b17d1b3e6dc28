import type { KioskState } from '../../state.ts';
import { byId, setPicture, setText } from '../dom.ts';
import type { Words } from '../words.ts';
import { fillSign } from './status.ts';

/** A title longer than this is set smaller. */
const LONG_TITLE = 24;

export const titleOf = ({ title, serial }: KioskState): string => title ?? `Photomaton ${serial}`;

export function fillAttract(kiosk: KioskState, words: Words): void {
  setText(byId('attract-date'), words.day(new Date(), true));
  setPicture(byId('attract-logo', HTMLImageElement), kiosk.logo);
  const title = byId('attract-title');
  setText(title, titleOf(kiosk));
  title.classList.toggle('is-long', titleOf(kiosk).length > LONG_TITLE);
  byId('attract-pair').hidden = kiosk.bound;
  fillSign(kiosk, words);
}
