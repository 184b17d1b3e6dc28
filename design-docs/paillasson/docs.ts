/** Documents of the temporary table `paillasson` (the doormat): booths that wait to be let in. */
import type { BoothId } from '../ids.ts';

/**
 * `code:<HMAC of the code, hex>` in the temporary table `paillasson` (the doormat): a booth that waits
 * to be let in. The code itself is nowhere: it is derived from the portal's secret and `nonce`.
 */
export interface PairingDoc {
  _id: string;
  type: 'pairing';
  booth: BoothId;
  /** X25519 public key of the booth, base64url; its SHA-256 begins with the booth's id. */
  publicKey: string;
  nonce: string;
  createdAt: string;
  expiresAt: string;
  /**
   * waiting (for the code to be typed) → claimed (for the tap on the booth) → confirmed (being set up)
   * → paired. `declined`: the booth's screen said no. A document outlives its code by a while, so that
   * an expired or used code can be told from a wrong one.
   */
  state: 'waiting' | 'claimed' | 'confirmed' | 'paired' | 'declined';
  /** Who typed the code and said yes; the booth's screen shows the name and asks for a tap. */
  claimedBy?: { account: string; name: string };
  /** Given by the booth with the tap, encrypted under the portal's secret; gone once it is in `fleet`. */
  shareSecret?: string;
  /** Device key and addresses, sealed to {@link publicKey}; there until the booth says it has them. */
  sealed?: string;
}
export const pairingId = (codeMac: string): string => `code:${codeMac}`;
/** `waiting:<booth>` in `paillasson`: which code a booth is waiting with, so that it keeps it over a restart. */
export interface WaitingDoc {
  _id: string;
  type: 'waiting';
  booth: BoothId;
  pairing: string;
  expiresAt: string;
}
export const waitingId = (booth: BoothId): string => `waiting:${booth}`;
