import { type BoothId, serialOf } from '@photomaton/design-docs/docs';
import { showCode } from '@photomaton/design-docs/pairing';
import type { Settings } from '@photomaton/design-docs/settings';
import type { Attempt, BoothState, Reach } from '../booth.ts';
import { type Hotspot, wifiQrText } from '../network/hotspot.ts';
import type { NetworkState } from '../network/network.ts';
import type { PairingState } from '../pairing/client.ts';
import { describeSync, type SyncMoment } from './describe-sync.ts';
import type { BoothScreen, GuestSettings, KioskState, PairingScreen } from './state.ts';

/** Everything that the screen depends on, at one moment. */
export interface Moment extends SyncMoment {
  booth: BoothId;
  state: BoothState;
  pairing: PairingState | undefined;
  network: Pick<NetworkState, 'hotspotOpen' | 'phones' | 'trouble'>;
  /** `address`: what to type when the setup page does not open by itself. */
  hotspot: Hotspot & { address: string };
  portalUrl: string;
  settings: Settings;
  /** A digest of the layouts that guests are offered. */
  offer: string;
  /** Digest of the event's logo. */
  logo: string | undefined;
  /** The language that somebody chose on the booth itself. */
  language: 'fr' | 'en' | undefined;
}

/** What the screen says at that moment. */
export function describe(moment: Moment): KioskState {
  const { booth, state, reach, settings, space } = moment;
  return {
    serial: serialOf(booth),
    screen: screenOf(moment),
    bound: state.bound,
    reach,
    full: space.full,
    sync: describeSync(moment),
    ...(settings.event && { title: settings.event.title }),
    ...(settings.event?.accent && { accent: settings.event.accent }),
    offer: moment.offer,
    ...(settings.greenScreen && { backdrop: `/api/backdrop?${encodeURIComponent(settings.greenScreen)}` }),
    ...(moment.logo && { logo: `/api/logo?${encodeURIComponent(moment.logo)}` }),
    ...guestSettings(moment),
  };
}

function guestSettings({ settings, language }: Moment): GuestSettings {
  const { languages, filters, countdownS, mirror, voice, volume, recentPhotos, idle } = settings;
  return {
    ...{ languages, filters, countdownS, mirror, voice, volume, recentPhotos, idle },
    language: language ?? settings.language,
  };
}

function screenOf({ state, pairing, network, hotspot, portalUrl }: Moment): BoothScreen {
  switch (state.kind) {
    case 'hotspot': {
      const { failure } = state;
      const isOpen = state.hotspot === 'open' && network.hotspotOpen;
      return {
        kind: 'hotspot',
        ...hotspot,
        qr: wifiQrText(hotspot),
        is: state.hotspot === 'giving-way' ? 'giving-way' : isOpen ? 'open' : 'opening',
        phones: network.phones,
        ...(failure && { failure: { ...named(failure.attempt), reason: failure.reason } }),
        ...(network.trouble && { trouble: network.trouble }),
      };
    }
    case 'joining':
      return { kind: 'joining', ...named(state.attempt), step: state.step };
    case 'restarting':
      return { kind: 'restarting', ...(state.joined && { joined: named(state.joined) }) };
    case 'pairing':
      return {
        kind: 'pairing',
        ...whilePairing(state.reach, pairing, portalUrl),
      };
    default:
      return { kind: state.kind };
  }
}

function named(attempt: Attempt): { network?: string } {
  return attempt.kind === 'wifi' ? { network: attempt.ssid } : {};
}

function whilePairing(reach: Reach, pairing: PairingState | undefined, portalUrl: string): PairingScreen {
  if (reach === 'online') return stepOf(pairing, portalUrl);
  return { step: reach === 'captive' ? 'captive' : 'no-internet' };
}

function stepOf(pairing: PairingState | undefined, portalUrl: string): PairingScreen {
  if (!pairing) return { step: 'connecting' };
  switch (pairing.kind) {
    case 'code': {
      const { code, words } = pairing;
      const portal = new URL(portalUrl);
      return {
        step: 'code',
        code: showCode(code),
        words,
        portal: `${portal.host}${portal.pathname.replace(/\/$/, '')}`,
        registerUrl: `${portalUrl}/booths/register`,
      };
    }
    case 'confirm':
      return { step: 'confirm', customer: pairing.customer, words: pairing.words };
    default:
      return { step: pairing.kind };
  }
}
