import type { BoothFacts } from '../../../maintenance/api.ts';
import type { KioskState } from '../../state.ts';
import { byId, setText } from '../dom.ts';
import type { ScreenName } from '../screens/screen-name.ts';
import { summaryOf } from '../screens/status.ts';
import type { Words } from '../words.ts';

export function fillMenu(facts: BoothFacts, kiosk: KioskState, { t }: Words): ScreenName {
  setText(byId('menu-booth'), `Photomaton ${facts.serial} · ${facts.version}`);
  const { ssid } = facts.network;
  const reach = t(`menu.network.${kiosk.reach}`);
  setText(byId('menu-network'), ssid && kiosk.reach !== 'none' ? `${ssid} · ${reach}` : reach);
  setText(byId('menu-event'), kiosk.title ?? t(facts.bound ? 'menu.event.none' : 'menu.event.unbound'));
  setText(byId('menu-photos'), summaryOf(kiosk, t));
  for (const id of ['menu-events', 'menu-unpair']) byId(id).hidden = !facts.bound;
  for (const button of document.querySelectorAll<HTMLElement>('[data-speaks]')) {
    button.setAttribute('aria-pressed', String(button.dataset.speaks === (facts.language ?? 'event')));
  }
  return 'menu';
}
