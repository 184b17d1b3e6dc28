import { byId, setText } from '../dom.ts';
import type { ScreenName } from '../screens/screen-name.ts';
import type { Words } from '../words.ts';

export const PIN_LENGTH = 6;

export interface PinView {
  kind: 'pin';
  entered: string;
  said: 'ask' | 'wrong' | 'wait' | 'unanswered';
  /** Seconds until the next guess is looked at. */
  waitS: number;
}

export function fillPin({ entered, said, waitS }: PinView, { t }: Words): ScreenName {
  setText(
    byId('pin-text'),
    waitS > 0 ? t('pin.wait', { count: waitS }) : t(`pin.${said === 'wait' ? 'ask' : said}`),
  );
  const dots = byId('pin-dots');
  setText(dots, '●'.repeat(entered.length) + '○'.repeat(PIN_LENGTH - entered.length));
  dots.setAttribute('aria-label', t('pin.entered', { count: entered.length }));
  for (const key of document.querySelectorAll<HTMLButtonElement>('.touch--key')) {
    // Not `disabled`: the focus of a keyboard would be lost with it.
    key.setAttribute('aria-disabled', String(waitS > 0));
  }
  return 'pin';
}
