import type { JoinFailure, JoinRequest, Reach } from '../booth.ts';

/**
 * The booth's way out, whatever carries it. Joining and hotspot exclude each other: the small computers we
 * use have one radio, so a list of networks is taken before the hotspot opens and kept while it is open.
 */
export interface Network {
  /** Resolves when the first state is known: a known network answered, or none is there. */
  start(): Promise<void>;
  state(): NetworkState;
  onChange(listener: () => void): () => void;
  /** Networks in sight, strongest first, each name once, at most {@link MAX_NETWORKS}. */
  scan(): Promise<AccessPoint[]>;
  /** Tries a network, closing the hotspot; one that worked is remembered over restarts. */
  join(request: JoinRequest): Promise<JoinOutcome>;
  /** Opens the hotspot: always the same name and password on one booth. */
  openHotspot(): Promise<void>;
  closeHotspot(): Promise<void>;
  stop(): Promise<void>;
}

export interface NetworkState {
  reach: Reach;
  /** The network the booth is in, when it has a name. */
  ssid?: string;
  hotspotOpen: boolean;
}

export interface AccessPoint {
  ssid: string;
  /** 0 to 100. */
  strength: number;
  secured: boolean;
}

export type JoinOutcome = { kind: 'joined' } | { kind: 'failed'; reason: JoinFailure };

export const MAX_NETWORKS = 30;
