import type { SyncProblem } from '@photomaton/design-docs/docs';
import type { Measure } from '@photomaton/design-docs/measures';
import type { Settings } from '@photomaton/design-docs/settings';
import type { JoinFailure, Reach, SetupStep } from '../booth.ts';
import type { NetworkState } from '../network/network.ts';

type NetworkTrouble = NonNullable<NetworkState['trouble']>;

/** What the kiosk page shows; sent whole at every change. */
export interface KioskState extends GuestSettings {
  /** "4F2A", as in "Photomaton 4F2A". */
  serial: string;
  screen: BoothScreen;
  /** Has the booth a customer? */
  bound: boolean;
  reach: Reach;
  /** No room for another photo: to be said before the countdown. */
  full: boolean;
  sync: SyncScreen;
  /** Title of the event; absent while there is none. */
  title?: string;
  /** The event's colour, `#rrggbb`. */
  accent?: string;
  /** Another one whenever `GET /api/templates` would answer something else. */
  offer: string;
  /** Guests stand before a green screen: where the picture is that is seen instead; another has another address. */
  backdrop?: string;
  /** Where its logo is; another logo has another address. */
  logo?: string;
}

/** What the customer chose for the guests' screens. Never more of the settings than that: the PIN is among them. */
export type GuestSettings = Pick<
  Settings,
  | 'language'
  | 'countdownS'
  | 'languages'
  | 'filters'
  | 'mirror'
  | 'voice'
  | 'volume'
  | 'recentPhotos'
  | 'idle'
>;

/** Where the photos are. Every figure is rounded, so that this does not change with every byte. */
export interface SyncScreen {
  photos: { onBooth: number; uploading: number; inCloud: number };
  /** While photos travel. */
  upload?: { speed: Measure; left?: Measure };
  /** When everything that was taken was last in the cloud. ISO 8601, UTC. */
  allSentAt?: string;
  problem?: SyncProblem;
  /** The words of the part that failed, when they may help whoever mends it. */
  detail?: string;
  /** Photos that the server refuses, and the reason that it gave for the first. */
  refused?: { photos: number; reason: string };
  disk: { free: Measure; low: boolean };
}

export type BoothScreen =
  | { kind: 'starting' | 'ready' }
  /** `joined`: what was set up works. */
  | { kind: 'restarting'; joined?: { network?: string } }
  | {
      kind: 'hotspot';
      ssid: string;
      password: string;
      address: string;
      /** What the Wi-Fi QR code says. */
      qr: string;
      /** Not `open`: it is about to be, or gives way to known networks for a moment. */
      is: 'open' | 'opening' | 'giving-way';
      phones: number;
      failure?: { network?: string; reason: JoinFailure };
      trouble?: NetworkTrouble;
    }
  /** Without `network`, by cable. */
  | { kind: 'joining'; network?: string; step: SetupStep }
  | ({ kind: 'pairing' } & PairingScreen);

export type PairingScreen =
  /** `no-internet`: there is a network and nothing behind it. `unreachable`: the portal does not answer. */
  | { step: 'connecting' | 'no-internet' | 'captive' | 'unreachable' | 'refused' | 'paired' }
  | { step: 'code'; code: string; words: { fr: string; en: string }; portal: string; registerUrl: string }
  | { step: 'confirm'; customer: string; words: { fr: string; en: string } };
