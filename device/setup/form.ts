import { isIPv4 } from 'node:net';
import { z } from 'zod';
import type { Attempt, JoinRequest } from '../booth.ts';

/** What is wrong with a form: the last part of a key of the catalogue. */
export type FormProblem = 'noName' | 'badPassword' | 'noPassword' | 'noIdentity' | 'badAddress';
export type ReadForm = { kind: 'good'; request: JoinRequest } | { kind: 'bad'; problem: FormProblem };

/** A network's name: as long as the standard allows, no longer. */
const MAX_NAME_BYTES = 32;
/** WPA2: 8 to 63 characters, or 64 hexadecimal digits. */
const PASSWORD = /^(?:.{8,63}|[0-9a-fA-F]{64})$/s;

const text = (max: number) => z.string().max(max).default('');
/** A name in hex. */
const bytes = z
  .string()
  .regex(/^(?:[0-9a-f]{2}){1,32}$/)
  .optional()
  .catch(undefined);
const fields = z.object({
  kind: z.enum(['wifi', 'cable']).default('wifi'),
  ssid: text(MAX_NAME_BYTES),
  bytes,
  password: text(256),
  identity: text(128),
  hidden: z.literal('1').optional().catch(undefined),
  /** A list of networks said that it wants a password, or people's names. */
  secured: z.literal('1').optional().catch(undefined),
  enterprise: z.literal('1').optional().catch(undefined),
  address: text(15),
  mask: text(15),
  gateway: text(15),
  dns: text(64),
});

/** The installer's form as a request, or what has to be mended in it. */
export function readForm(body: unknown): ReadForm {
  const given = fields.safeParse(body ?? {});
  if (!given.success) return { kind: 'bad', problem: 'noName' };
  return given.data.kind === 'cable' ? readCable(given.data) : readWifi(given.data);
}

function readWifi(given: z.output<typeof fields>): ReadForm {
  const { ssid, bytes, password, identity, hidden, secured, enterprise } = given;
  const isName = ssid !== '' && Buffer.byteLength(ssid) <= MAX_NAME_BYTES;
  if (!isName && bytes === undefined) return { kind: 'bad', problem: 'noName' };
  if (enterprise && identity === '') return { kind: 'bad', problem: 'noIdentity' };
  if ((secured || identity !== '') && password === '') return { kind: 'bad', problem: 'noPassword' };
  // A person's own password may be of any length.
  if (password !== '' && identity === '' && !PASSWORD.test(password)) {
    return { kind: 'bad', problem: 'badPassword' };
  }
  return {
    kind: 'good',
    request: {
      ...{ kind: 'wifi', ssid },
      ...(bytes !== undefined && { bytes }),
      ...(password !== '' && { password }),
      ...(identity !== '' && { identity }),
      ...(hidden && { hidden: true }),
    },
  };
}

/** Nothing given: the network gives the address. */
function readCable({ address, mask, gateway, dns }: z.output<typeof fields>): ReadForm {
  if (address === '') return { kind: 'good', request: { kind: 'cable' } };
  const prefix = prefixOf(mask);
  const servers = dns.split(/[\s,;]+/).filter(Boolean);
  const areAddresses = [address, gateway, ...servers].every(isIPv4);
  if (!areAddresses || prefix === undefined) return { kind: 'bad', problem: 'badAddress' };
  const fixed = {
    address: `${address}/${prefix}`,
    gateway,
    dns: servers.length > 0 ? servers : [gateway],
  };
  return { kind: 'good', request: { kind: 'cable', fixed } };
}

const asTyped = z.string().max(128).catch('');
const typed = z.object({
  kind: asTyped,
  ssid: asTyped,
  bytes,
  identity: asTyped,
  hidden: asTyped,
  address: asTyped,
  mask: asTyped,
  gateway: asTyped,
  dns: asTyped,
});

/** What a form that has to be mended said, to be shown in it again: all but the password. */
export function typedIn(body: unknown): Attempt {
  const { kind, ssid, bytes, identity, hidden, address, mask, gateway, dns } = typed.parse(body ?? {});
  if (kind === 'cable')
    return { kind: 'cable', fixed: { address: `${address}/${mask}`, gateway, dns: [dns] } };
  return {
    ...{ kind: 'wifi', ssid },
    ...(bytes !== undefined && { bytes }),
    ...(identity && { identity }),
    ...(hidden && { hidden: true }),
  };
}

/** `255.255.255.0` or `24`: 24. */
function prefixOf(mask: string): number | undefined {
  if (/^\d{1,2}$/.test(mask)) return Number(mask) >= 1 && Number(mask) <= 30 ? Number(mask) : undefined;
  if (!isIPv4(mask)) return undefined;
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  const ones = bits.indexOf('0');
  return /^1+0+$/.test(bits) && ones <= 30 ? ones : undefined;
}
