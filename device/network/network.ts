import type { JoinFailure, JoinRequest, JoinStep, Reach } from '../booth.ts';

/**
 * The booth's way out, whatever carries it. Joining and hotspot exclude each other: the small computers we
 * use have one radio, so a list of networks is taken before the hotspot opens and kept while it is open.
 */
export interface Network {
  /** Resolves when the first state is known: a known network answered, or patience is over. */
  start(): Promise<void>;
  state(): NetworkState;
  onChange(listener: () => void): () => void;
  /**
   * Networks in sight, strongest first, each name once, at most {@link MAX_NETWORKS}. While the hotspot is open, those
   * that were in sight before.
   */
  scan(): Promise<AccessPoint[]>;
  /** A fresh list. The hotspot blinks when it is open, and is open again afterwards whatever happens. */
  rescan(): Promise<AccessPoint[]>;
  /**
   * Tries a network, closing the hotspot; three times when another attempt could end better. One that has worked is
   * remembered over restarts, also when it fails later; one that has not leaves nothing behind.
   */
  join(request: JoinRequest, onStep?: (step: JoinStep) => void): Promise<JoinOutcome>;
  /** Tries once; when something is in its way (`trouble`), the hotspot opens as soon as that is over. */
  openHotspot(hotspot: { ssid: string; password: string }): Promise<void>;
  /** And lets known networks come back. */
  closeHotspot(): Promise<void>;
  forget(ssid: string): Promise<void>;
  /** @param code ISO 3166-1 alpha-2: which channels and how much power the law allows */
  setCountry(code: string): Promise<void>;
  stop(): Promise<void>;
}

export interface NetworkState {
  reach: Reach;
  /** The network the booth is in, when it has a name. */
  ssid?: string;
  via?: 'wifi' | 'cable' | 'phone';
  hotspotOpen: boolean;
  /** Phones in the hotspot just now. */
  phones: number;
  /** Does the booth know any network that it could come back to? */
  knowsNetworks: boolean;
  /** Why there can be no Wi-Fi, neither joined nor opened, when that is so; a cable may be in all the same. */
  trouble?: 'no-manager' | 'no-radio' | 'radio-blocked';
}

export interface AccessPoint {
  ssid: string;
  /** The name in hex, when it is not UTF-8. */
  bytes?: string;
  /** 0 to 100. */
  strength: number;
  secured: boolean;
  /** Asks for an identity beside the password. */
  enterprise?: boolean;
  band: '2.4' | '5';
}

export type JoinOutcome = { kind: 'joined' } | { kind: 'failed'; reason: JoinFailure };

export const MAX_NETWORKS = 30;
