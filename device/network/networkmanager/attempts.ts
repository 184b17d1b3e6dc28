import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { JoinRequest, JoinStep, Reach } from '../../booth.ts';
import type { JoinOutcome } from '../network.ts';
import { isFinal, tryToJoin } from './joining.ts';
import type { Known } from './known.ts';
import type { Lookout } from './lookout.ts';
import { NM_PATH } from './manager.ts';
import type { Nmcli } from './nmcli.ts';
import type { Watch } from './watch.ts';

/** NetworkManager itself gives up an association after 25 s, and asking for an address after 45. */
const JOIN_MS = 90_000;
const TRIES = 3;
/** For news that are on their way. */
const SETTLE_MS = 3_000;

/** Joins what is asked for: three times, when another attempt could end better. */
export type Attempts = (request: JoinRequest, onStep: (step: JoinStep) => void) => Promise<JoinOutcome>;

export function createAttempts({
  watch,
  nmcli,
  known,
  lookout,
  reach,
  pauseMs,
  signal,
  log,
}: {
  watch: Watch;
  nmcli: Nmcli;
  known: Known;
  lookout: Lookout;
  reach(): Reach;
  /** Between two attempts. */
  pauseMs: number;
  /** Ends the pause. */
  signal: AbortSignal;
  log: Logger;
}): Attempts {
  async function joinOnce(request: JoinRequest, onStep: (step: JoinStep) => void): Promise<JoinOutcome> {
    const manager = watch.manager();
    if (!manager) return { kind: 'failed', reason: 'no-answer' };
    const { uuid, ...outcome } = await tryToJoin({ request, manager, nmcli, deadlineMs: JOIN_MS, onStep });
    if (uuid === undefined) return outcome;
    onStep('internet');
    await known.removeOlder(uuid, request);
    await watch.until(() => reach() !== 'none', SETTLE_MS);
    await findReach(watch);
    return outcome;
  }

  /** A network that is just being switched on is there a moment later. */
  async function beforeAgain(request: JoinRequest): Promise<void> {
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
    if (request.kind === 'wifi') await lookout.look();
  }

  /** Settings that it does not take at all: the form lets only a password through that could be one. */
  function refusal(err: { dbusName?: string }): JoinOutcome {
    // Only what it says: what it was asked holds the password.
    log.warn({ why: String(err) }, 'NetworkManager refused');
    const isPassword = err.dbusName?.endsWith('.InvalidProperty');
    return { kind: 'failed', reason: isPassword ? 'wrong-password' : 'no-answer' };
  }

  return async (request, onStep) => {
    let outcome: JoinOutcome = { kind: 'failed', reason: 'no-answer' };
    for (let tries = 0; tries < TRIES && !isFinal(outcome); tries += 1) {
      if (tries > 0) await beforeAgain(request);
      outcome = await joinOnce(request, onStep).catch(refusal);
    }
    return outcome;
  };
}

/** A network that has just come goes nowhere until NetworkManager has looked: it answers when it has. */
export async function findReach(watch: Watch): Promise<void> {
  const call = { path: NM_PATH, interface: '', member: 'CheckConnectivity' };
  await watch
    .manager()
    ?.call(call)
    .catch(() => {});
}
