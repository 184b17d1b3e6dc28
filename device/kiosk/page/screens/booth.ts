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
      return fillJoining(screen, words);
    case 'pairing':
      return fillPairing(screen, words);
    case 'restarting': {
      const { joined } = screen;
      if (!joined) return say({ title: t('restarting.title'), text: t('restarting.text') });
      return say({
        title: t('joined.title', { name: nameOf(joined.network, words) }),
        text: t('restarting.title'),
      });
    }
    default:
      return say({ title: t('starting.title'), text: t('starting.text') });
  }
}

function fillHotspot(screen: BoothScreen & { kind: 'hotspot' }, words: Words): ScreenName {
  const { t } = words;
  const state = screen.trouble ?? screen.is;
  if (state !== 'open') {
    const skip = { action: 'skip', text: t('hotspot.skip') };
    return say({ title: t(`hotspot.${state}.title`), text: t(`hotspot.${state}.text`), other: skip });
  }
  setText(byId('hotspot-ssid'), screen.ssid);
  setText(byId('hotspot-password'), screen.password);
  setText(byId('hotspot-address'), screen.address.replace(/^http:\/\//, ''));
  const qr = byId('hotspot-qr', HTMLImageElement);
  qr.alt = t('hotspot.scan');
  setPicture(qr, qrUrl(screen.qr));
  const failure = byId('hotspot-failure');
  failure.hidden = !screen.failure;
  if (screen.failure) {
    const { reason, network } = screen.failure;
    setText(failure, t(`failed.${reason}`, { name: nameOf(network, words) }));
  }
  byId('hotspot-lead').hidden = screen.failure !== undefined;
  const phones = byId('hotspot-phones');
  phones.hidden = screen.phones === 0;
  setText(phones, t('hotspot.phones', { count: screen.phones }));
  return 'hotspot';
}

/** Where it is on the way from the cable or the antenna to the portal. */
function fillJoining(screen: BoothScreen & { kind: 'joining' }, words: Words): ScreenName {
  const { t } = words;
  const steps = [...byId('joining-steps').children];
  const now = steps.findIndex((step) => (step as HTMLElement).dataset.step === screen.step);
  setText(byId('joining-title'), t('joining.title', { name: nameOf(screen.network, words) }));
  for (const [i, step] of steps.entries()) {
    const is = i < now ? 'done' : i === now ? 'now' : 'later';
    step.className = `step step--${is}`;
    setText(step.querySelector('.step__is'), t(`joining.${is}`));
  }
  return 'joining';
}

/** What a network is called in a sentence; a cable has no name of its own. */
function nameOf(network: string | undefined, { t }: Words): string {
  return network ?? t('network.cable');
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
