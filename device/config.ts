import { loadConfig, type Setting } from '@photomaton/design-docs/config';
import { z } from 'zod';

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .transform((text) => text.replace(/\/+$/, ''));

const number = (min: number, max: number) =>
  z.coerce
    .number({ error: 'must be a number' })
    .int({ error: 'must be a whole number' })
    .min(min, { error: `must be at least ${min}` })
    .max(max, { error: `must be at most ${max}` });

const CAMERAS = ['browser', 'player', 'gphoto2', 'rpicam'] as const;

const schema = z.object({
  /** Port of the kiosk server; 0 takes a free one. The address is always loopback: no setting for it. */
  port: number(0, 65_535).default(8090),
  /** Port of the setup page, which is there while the hotspot is; in the hotspot, port 80 leads to it. 0 takes a free one. */
  setupPort: number(0, 65_535).default(8091),
  /** Folder of everything that must survive: identity, photos, queue. */
  dataDir: z.string().default('./data/booth'),
  portalUrl: url.default('http://localhost:8080'),
  /** Where photos go, when it is not the address that the portal gave at pairing. */
  syncUrl: url.optional(),
  syncIntervalS: number(1, 86_400).default(300),
  /** Photos are refused when less than this is free on the disk. */
  diskReserveMb: number(0, 1_000_000_000).default(500),
  maxPhotoMb: number(1, 1_000).default(30),
  /** How long photos that are in the cloud can still be seen on the booth, while there is room. */
  keepLocalHours: number(0, 100_000).default(24),
  /** In the demo, unless told, the player of shipped photographs; else the browser's. */
  camera: z.enum(CAMERAS, { error: 'must be browser, player, gphoto2 or rpicam' }).optional(),
  /** Of a DSLR, set each time that it is opened. */
  gphoto2Settings: z
    .string()
    .regex(/^[\w/-]+=[^,\r\n]+(?:,[\w/-]+=[^,\r\n]+)*$/, {
      error: 'must be NAME=VALUE, with commas between them',
    })
    .transform((text) => text.split(','))
    .default([]),
  /** `networkmanager` on a real booth; `simulated` is the demo's, and a developer's machine. */
  network: z
    .enum(['simulated', 'networkmanager'], { error: 'must be simulated or networkmanager' })
    .default('simulated'),
  logLevel: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
      error: 'must be silent, error, warn, info, debug or trace',
    })
    .default('info'),
  /** Offers /demo, the page that plays with the simulated network. */
  demo: z.stringbool({ error: 'must be 1 or 0' }).or(z.boolean()).default(false),
});

const settings: Record<keyof z.input<typeof schema>, Setting> = {
  port: { env: 'BOOTH_PORT', example: '8090' },
  setupPort: { env: 'SETUP_PORT', example: '8091' },
  dataDir: { env: 'DATA_DIR', example: '/data/booth' },
  portalUrl: { env: 'PORTAL_URL', example: 'https://photos.example.com' },
  syncUrl: { env: 'SYNC_URL', example: 'https://photos.example.com/couch' },
  syncIntervalS: { env: 'SYNC_INTERVAL_S', example: '300' },
  diskReserveMb: { env: 'DISK_RESERVE_MB', example: '500' },
  maxPhotoMb: { env: 'MAX_PHOTO_MB', example: '30' },
  keepLocalHours: { env: 'KEEP_LOCAL_HOURS', example: '24' },
  camera: { env: 'CAMERA', example: 'browser' },
  gphoto2Settings: { env: 'GPHOTO2_SETTINGS', example: 'capturetarget=0,iso=400' },
  network: { env: 'NETWORK', example: 'networkmanager' },
  logLevel: { env: 'LOG_LEVEL', example: 'info' },
  demo: { env: 'DEMO', example: '1' },
};

export type Config = z.output<typeof schema> & { camera: (typeof CAMERAS)[number] };

/** The booth's configuration. Throws a ConfigError that names every problem. The only reader of the environment. */
export function readConfig(file: string | undefined, env: NodeJS.ProcessEnv = process.env): Readonly<Config> {
  const config = loadConfig(schema, settings, { file, env });
  return Object.freeze({ ...config, camera: config.camera ?? (config.demo ? 'player' : 'browser') });
}
