import { randomUUID } from 'node:crypto';
import type { JoinFailure, JoinRequest, JoinStep } from '../../booth.ts';
import type { JoinOutcome } from '../network.ts';
import { type SeenAccessPoint, securityOf, takesSae } from './in-sight.ts';
import { type Manager, NM_PATH } from './manager.ts';
import type { Nmcli } from './nmcli.ts';
import { type Profile, profileOf, ssidBytes } from './profiles.ts';
import { ACTIVE, accessPoints, activeOf, cableDevice, DEVICE, wifiDevice } from './world.ts';

/** NMDeviceStateReason, as far as a person can do something about it. */
const FAILURES: Readonly<Record<number, JoinFailure>> = {
  5: 'no-address', // IP configuration could not be reserved
  6: 'no-address', // the lease is over
  7: 'wrong-password', // secrets were required, and not given or refused
  15: 'no-address', // the DHCP client did not start
  16: 'no-address', // it made an error
  17: 'no-address', // it got no answer
  40: 'not-found', // the cable was pulled
  53: 'not-found', // the network is not there
};

const REASON_WITHIN_MS = 500;

const failureOf = (reason: number): JoinFailure => FAILURES[reason] ?? 'no-answer';

/** Another attempt would end the same way. */
export const isFinal = (outcome: JoinOutcome): boolean =>
  outcome.kind === 'joined' || outcome.reason === 'wrong-password';

/**
 * One attempt. The profile is on no disk until it has worked: a booth that is unplugged now remembers nothing of
 * it, and one whose daemon is killed finds it unsaved. Then it takes the place of older ones for the same network.
 */
export async function tryToJoin({
  request,
  manager,
  nmcli,
  deadlineMs,
  onStep,
}: {
  request: JoinRequest;
  manager: Manager;
  nmcli: Nmcli;
  /** NetworkManager gives up by itself; this is for one that does not. */
  deadlineMs: number;
  onStep(step: JoinStep): void;
}): Promise<JoinOutcome & { uuid?: string }> {
  const device = request.kind === 'wifi' ? wifiDevice(manager.objects()) : cableDevice(manager.objects());
  const point = request.kind === 'wifi' && pointOf(request, manager);
  if (!device || (request.kind === 'wifi' && !point && !request.hidden)) {
    return { kind: 'failed', reason: 'not-found' };
  }
  const uuid = randomUUID();
  const settings = profileOf(request, {
    uuid,
    ...(point && { security: securityOf(point) }),
    ...(request.kind === 'cable' && { device: device.Interface }),
  });
  const tried = await activate({ manager, settings, uuid, device: device.path, deadlineMs, onStep });
  if (tried.kind === 'failed') {
    await nmcli.remove(uuid);
    return { kind: 'failed', reason: point ? seenFailure(tried.reason, point) : tried.reason };
  }
  await manager.call({ path: tried.profile, interface: '.Settings.Connection', member: 'Save' });
  return { kind: 'joined', uuid };
}

/**
 * NetworkManager says of a network that let nobody in that it is not there. One in sight is; and if it takes WPA3,
 * that is how a wrong password ends.
 */
function seenFailure(reason: JoinFailure, point: SeenAccessPoint): JoinFailure {
  if (reason !== 'not-found') return reason;
  return takesSae(point) ? 'wrong-password' : 'no-answer';
}

function pointOf(request: Extract<JoinRequest, { kind: 'wifi' }>, manager: Manager) {
  const wanted = ssidBytes(request);
  return accessPoints(manager.objects())
    .filter(({ Ssid }) => wanted.equals(Ssid))
    .sort((a, b) => b.Strength - a.Strength)[0];
}

/**
 * Profile and activation in one call: a profile that is only added, NetworkManager would activate by itself, and
 * again because it was asked to.
 */
async function activate({
  manager,
  settings,
  uuid,
  device,
  deadlineMs,
  onStep,
}: {
  manager: Manager;
  settings: Profile;
  uuid: string;
  device: string;
  deadlineMs: number;
  onStep(step: JoinStep): void;
}): Promise<{ kind: 'activated'; profile: string } | { kind: 'failed'; reason: JoinFailure }> {
  const undo: (() => void)[] = [];
  const outcome = new Promise<JoinFailure | undefined>((resolve) => {
    // What the device says before is about the connection that this one takes the place of.
    let began = false;
    const look = () => {
      const active = activeOf(manager.objects(), uuid);
      if (active?.State === ACTIVE.activated) resolve(undefined);
      if (began && !active) {
        // The reason may come after the end.
        const grace = setTimeout(() => resolve('no-answer'), REASON_WITHIN_MS);
        undo.push(() => clearTimeout(grace));
      }
      began ||= active !== undefined;
    };
    const deadline = setTimeout(() => resolve('no-answer'), deadlineMs);
    undo.push(
      () => clearTimeout(deadline),
      manager.onChange(look),
      manager.onDeviceState((path, state, reason) => {
        if (path !== device || !began) return;
        if (state === DEVICE.needsAddress) onStep('address');
        if (state === DEVICE.failed) resolve(failureOf(reason));
      }),
    );
    void manager.gone.then(() => resolve('no-answer'));
  });
  try {
    const [profile] = await manager.call<[profile: string, active: string, result: unknown]>({
      ...{ path: NM_PATH, interface: '', member: 'AddAndActivateConnection2' },
      signature: 'a{sa{sv}}ooa{sv}',
      body: [settings, device, '/', { persist: 'memory' }],
    });
    const reason = await outcome;
    return reason ? { kind: 'failed', reason } : { kind: 'activated', profile };
  } finally {
    for (const stop of undo) stop();
  }
}
