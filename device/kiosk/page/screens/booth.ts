import type { BoothScreen } from '../../state.ts';
import { byId, qrUrl, setPicture, setText } from '../dom.ts';
import type { Words } from '../words.ts';
import { type Message, showMessage } from './message.ts';
import type { ScreenName } from './screen-name.ts';

/** Fills the screen that the booth is at, outside of a visit; gives its name. */
export function fillBoothScreen(screen: BoothScreen, words: Words): ScreenName {
  const { t } = words;
  switch (screen.kind) {
    case 'hotspot':
      return fillHotspot(screen, words);
    case 'joining':
      return say({ title: t('joining.title', { ssid: screen.ssid }), text: t('joining.text') });
    case 'pairing':
      return fillPairing(screen, words);
    case 'restarting':
      return say({ title: t('restarting.title'), text: t('restarting.text') });
    default:
      return say({ title: t('starting.title'), text: t('starting.text') });
  }
}

function fillHotspot(screen: BoothScreen & { kind: 'hotspot' }, { t }: Words): ScreenName {
  setText(byId('hotspot-ssid'), screen.ssid);
  setText(byId('hotspot-password'), screen.password);
  setText(byId('hotspot-address'), screen.address.replace(/^http:\/\//, ''));
  const qr = byId('hotspot-qr', HTMLImageElement);
  qr.alt = t('hotspot.scan');
  setPicture(qr, qrUrl(screen.qr));
  const failure = byId('hotspot-failure');
  failure.hidden = !screen.failure;
  if (screen.failure) {
    const { reason, ssid } = screen.failure;
    setText(failure, t(`hotspot.failed.${reason}`, { ssid }));
  }
  return 'hotspot';
}

function fillPairing(screen: BoothScreen & { kind: 'pairing' }, { t, language }: Words): ScreenName {
  switch (screen.step) {
    case 'code': {
      // The address stands out in the sentence: "… sur <1>portal</1> et …".
      const [before = '', portal = '', after = ''] = t('pairing.code.lead', { portal: screen.portal }).split(
        /<\/?1>/,
      );
      const address = document.createElement('strong');
      address.textContent = portal;
      byId('code-lead').replaceChildren(before, address, after);
      setText(byId('code'), screen.code);
      showWords(screen.words[language()]);
      const qr = byId('code-qr', HTMLImageElement);
      qr.alt = t('pairing.code.scan');
      setPicture(qr, qrUrl(screen.registerUrl));
      return 'code';
    }
    case 'confirm':
      setText(byId('confirm-title'), t('pairing.confirm.title', { customer: screen.customer }));
      showWords(screen.words[language()]);
      return 'confirm';
    default: {
      const message = { title: t(`pairing.${screen.step}.title`), text: t(`pairing.${screen.step}.text`) };
      if (screen.step === 'paired') return say(message);
      return say({ ...message, other: { action: 'skip', text: t('pairing.skip') } });
    }
  }
}

function showWords(words: string): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-words]')) setText(element, words);
}

function say(message: Message): ScreenName {
  showMessage(message);
  return 'message';
}
