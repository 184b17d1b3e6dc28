import { type BoothId, serialOf } from '@photomaton/design-docs/docs';
import { showCode } from '@photomaton/design-docs/pairing';
import type { Settings } from '@photomaton/design-docs/settings';
import type { BoothState } from '../booth.ts';
import { type Hotspot, wifiQrText } from '../network/hotspot.ts';
import type { PairingState } from '../pairing/client.ts';
import { describeSync, type SyncMoment } from './describe-sync.ts';
import type { BoothScreen, GuestSettings, KioskState, PairingScreen } from './state.ts';

/** Everything that the screen depends on, at one moment. */
export interface Moment extends SyncMoment {
  booth: BoothId;
  state: BoothState;
  pairing: PairingState | undefined;
  hotspot: Hotspot;
  portalUrl: string;
  settings: Settings;
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
    ...(moment.logo && { logo: `/api/logo?${encodeURIComponent(moment.logo)}` }),
    ...guestSettings(moment),
  };
}

function guestSettings({ settings, language }: Moment): GuestSettings {
  const { languages, templates, modes, filters, countdownS, mirror, voice, volume, recentPhotos, idle } =
    settings;
  return {
    ...{ languages, templates, modes, filters, countdownS, mirror, voice, volume, recentPhotos, idle },
    language: language ?? settings.language,
  };
}

function screenOf({ state, pairing, hotspot, portalUrl }: Moment): BoothScreen {
  switch (state.kind) {
    case 'hotspot':
      return {
        kind: 'hotspot',
        ...hotspot,
        qr: wifiQrText(hotspot),
        ...(state.failure && { failure: state.failure }),
      };
    case 'joining':
      return { kind: 'joining', ssid: state.ssid };
    case 'pairing':
      return {
        kind: 'pairing',
        ...(state.reach === 'online' ? stepOf(pairing, portalUrl) : { step: 'no-internet' }),
      };
    default:
      return { kind: state.kind };
  }
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
