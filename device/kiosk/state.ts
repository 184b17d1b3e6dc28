import type { JoinFailure, Reach } from '../booth.ts';

/** What the kiosk page shows; sent whole at every change. */
export interface KioskState {
  /** "4F2A", as in "Photomaton 4F2A". */
  serial: string;
  screen: BoothScreen;
  /** Has the booth a customer? */
  bound: boolean;
  reach: Reach;
  /** No room for another photo: to be said before the countdown. */
  full: boolean;
  /** Photos that are not in the cloud yet. */
  waiting: number;
  /** Title of the event; absent while there is none. */
  title?: string;
  language: 'fr' | 'en';
  countdownS: number;
}

export type BoothScreen =
  | { kind: 'starting' | 'ready' | 'restarting' }
  | {
      kind: 'hotspot';
      ssid: string;
      password: string;
      address: string;
      /** What the Wi-Fi QR code says. */
      qr: string;
      failure?: { ssid: string; reason: JoinFailure };
    }
  | { kind: 'joining'; ssid: string }
  | ({ kind: 'pairing' } & PairingScreen);

export type PairingScreen =
  /** `no-internet`: there is a network and nothing behind it. `unreachable`: the portal does not answer. */
  | { step: 'connecting' | 'no-internet' | 'unreachable' | 'refused' | 'paired' }
  | { step: 'code'; code: string; words: { fr: string; en: string }; portal: string; registerUrl: string }
  | { step: 'confirm'; customer: string; words: { fr: string; en: string } };
