import { isIP } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CouchAddress } from '@photomaton/couch';
import { ConfigError, loadConfig } from '@photomaton/design-docs/config';
import { z } from 'zod';

/** The portal's configuration, parsed once. What an operator changes per booth is a document, not here. */
export interface PortalConfig {
  /** Address and port to listen on; port 0 takes a free one. */
  host: string;
  port: number;
  /** Public origin without a trailing slash; links are made from it alone. Absent: `http://localhost:<port>`. */
  url: string | undefined;
  dataDir: string;
  /** A CouchDB server with admin right, or the port of the embedded one. */
  couch: { kind: 'server'; admin: CouchAddress } | { kind: 'embedded'; port: number };
  /** Where booths replicate to, when that is not `<url>/couch`. */
  syncUrl: string | undefined;
  /** Where mail goes out. Absent: links are shown to the operator, who hands them over. */
  mail: { smtpUrl: string; from: string | undefined } | undefined;
  alarms: {
    /** Told as JSON by POST, besides the operators by mail. */
    webhook: string | undefined;
    /** Not heard of for so long, a booth is an alarm. */
    offlineHours: number;
  };
  logLevel: (typeof LOG_LEVELS)[number];
  /** 32 bytes; absent: made at first start and kept in the data folder. */
  secret: Uint8Array | undefined;
  /** Express's "trust proxy": whose X-Forwarded-* headers are believed. */
  trustProxy: false | number | string[];
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const SETTINGS = {
  host: { env: 'PORTAL_HOST', example: '127.0.0.1' },
  port: { env: 'PORTAL_PORT', example: '8080' },
  url: { env: 'PORTAL_URL', example: 'https://photos.example.com' },
  dataDir: { env: 'DATA_DIR', example: './data/portal' },
  couchUrl: { env: 'COUCH_URL', example: 'http://admin:password@127.0.0.1:5984' },
  couchUser: { env: 'COUCH_USER', example: 'admin' },
  couchPassword: { env: 'COUCH_PASSWORD', example: 'a-long-password' },
  couchPort: { env: 'COUCH_PORT', example: '5985' },
  syncUrl: { env: 'SYNC_URL', example: 'https://sync.example.com' },
  smtpUrl: { env: 'SMTP_URL', example: 'smtp://name:password@mail.example.com:587' },
  mailFrom: { env: 'MAIL_FROM', example: 'photos@example.com' },
  alarmWebhook: { env: 'ALARM_WEBHOOK', example: 'https://chat.example.com/hooks/photomaton' },
  alarmOfflineHours: { env: 'ALARM_OFFLINE_HOURS', example: '72' },
  logLevel: { env: 'LOG_LEVEL', example: 'info' },
  secret: { env: 'PORTAL_SECRET', example: '"$(openssl rand -base64 32)"' },
  trustProxy: { env: 'TRUST_PROXY', example: 'loopback' },
};

const port = z.coerce
  .number('must be a port number')
  .int('must be a port number')
  .min(0, 'must be a port number')
  .max(65535, 'must be a port number');
const httpUrl = z.string('must be a URL').refine(isHttpUrl, 'must be an http:// or https:// URL');

const schema = z.object({
  host: z.string('must be an address').default('127.0.0.1'),
  port: port.default(8080),
  url: httpUrl
    .refine((url) => !isHttpUrl(url) || new URL(url).pathname === '/', 'must have no path')
    .transform((url) => new URL(url).origin)
    .optional(),
  dataDir: z.string('must be a folder').default('./data/portal'),
  couchUrl: httpUrl.optional(),
  couchUser: z.string('must be a name').optional(),
  couchPassword: z.string('must be a password').optional(),
  couchPort: port.default(5985),
  syncUrl: httpUrl.transform((url) => url.replace(/\/+$/, '')).optional(),
  smtpUrl: z
    .string('must be a URL')
    .refine((url) => /^smtps?:\/\//.test(url) && URL.canParse(url), 'must be an smtp:// or smtps:// URL')
    .optional(),
  mailFrom: z.email('must be an e-mail address').optional(),
  alarmWebhook: httpUrl.optional(),
  alarmOfflineHours: z.coerce.number('must be hours').min(1, 'must be hours').default(72),
  logLevel: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  secret: z
    .string('must be text')
    .transform((text) => Uint8Array.from(Buffer.from(text, 'base64')))
    .refine((bytes) => bytes.length === 32, 'must be 32 bytes in base64')
    .optional(),
  trustProxy: z
    .string('must be text')
    .refine(isTrustProxy, 'must be a number of proxies, addresses separated by commas, or none')
    .default('loopback')
    .transform(trustProxy),
});

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

function isTrustProxy(text: string): boolean {
  if (text === 'none' || /^\d$/.test(text)) return true;
  return text.split(',').every((part) => {
    const [address = '', bits] = part.trim().split('/');
    if (['loopback', 'linklocal', 'uniquelocal'].includes(address)) return bits === undefined;
    const widest = isIP(address) === 6 ? 128 : 32;
    return isIP(address) !== 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= widest));
  });
}

function trustProxy(text: string): false | number | string[] {
  if (text === 'none') return false;
  return /^\d$/.test(text) ? Number(text) : text.split(',').map((part) => part.trim());
}

/**
 * Defaults < `--config FILE` (JSON, keys as in the schema) < environment.
 * Throws a ConfigError that names every problem. `args` are those after the program's name.
 */
export function loadPortalConfig(
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): Readonly<PortalConfig> {
  const {
    couchUrl,
    couchUser,
    couchPassword,
    couchPort,
    smtpUrl,
    mailFrom,
    alarmWebhook,
    alarmOfflineHours,
    ...rest
  } = loadConfig(schema, SETTINGS, {
    file: configFile(args),
    env,
  });
  const couch: PortalConfig['couch'] =
    couchUrl === undefined
      ? { kind: 'embedded', port: couchPort }
      : { kind: 'server', admin: couchAddress(couchUrl, couchUser, couchPassword) };
  const { url, syncUrl, secret } = rest;
  const alarms = { webhook: alarmWebhook, offlineHours: alarmOfflineHours };
  const mail = smtpUrl === undefined ? undefined : { smtpUrl, from: mailFrom };
  return Object.freeze({ ...rest, url, syncUrl, secret, couch, mail, alarms });
}

/** What `npm start` needs to know of the two programs that it starts. */
export interface DemoConfig {
  portal: Readonly<PortalConfig>;
  boothPort: number;
  /** Where the two write what they log. */
  logDir: string;
  env: { portal: NodeJS.ProcessEnv; booth: NodeJS.ProcessEnv };
}

/** Portal and booth side by side: DATA_DIR holds a folder for each, everything else is passed on. */
export function loadDemoConfig(env: NodeJS.ProcessEnv = process.env): DemoConfig {
  const dataDir = env.DATA_DIR || './data';
  const portalEnv = { ...env, DATA_DIR: join(dataDir, 'portal') };
  const portal = loadPortalConfig([], portalEnv);
  const boothPort = Number(env.BOOTH_PORT || 8090);
  const booth = {
    ...env,
    DATA_DIR: join(dataDir, 'booth'),
    BOOTH_PORT: String(boothPort),
    DEMO: env.DEMO || '1',
    PORTAL_URL: portal.url ?? `http://localhost:${portal.port}`,
  };
  return { portal, boothPort, logDir: dataDir, env: { portal: portalEnv, booth } };
}

function configFile(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { config: { type: 'string' } } }).values.config;
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message} (for example --config portal.json)`, { cause });
  }
}

/** Takes the credentials out of the URL, so that it may be logged; the separate settings win. */
function couchAddress(
  couchUrl: string,
  user: string | undefined,
  password: string | undefined,
): CouchAddress {
  const url = new URL(couchUrl);
  const username = user ?? decodeURIComponent(url.username);
  const secret = password ?? decodeURIComponent(url.password);
  if (username === '' || secret === '') {
    throw new ConfigError(
      `COUCH_URL: needs the name and password of an administrator (for example COUCH_URL=${SETTINGS.couchUrl.example})`,
    );
  }
  return { url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''), username, password: secret };
}
