import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { createClock } from './clock.ts';
import type { Config } from './config.ts';
import { openTranslators, readTexts } from './i18n/catalogue.ts';
import type { LogRing } from './maintenance/log-ring.ts';
import { openIdentity } from './pairing/identity.ts';
import { openPhotoParts } from './parts/photos.ts';
import { createPortalParts } from './parts/portal.ts';
import { openScreenParts } from './parts/screen.ts';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export interface Daemon {
  url: string;
  port: number;
  bound: boolean;
  /** Finishes the photo in hand, then closes every part, last one first. */
  stop(): Promise<void>;
}

interface Start {
  config: Readonly<Config>;
  log: Logger;
  /** The latest lines of `log`. */
  logs: Pick<LogRing, 'lines'>;
  /** Asks for another start, after Wi-Fi or pairing. */
  restart(): void;
}

/** Builds the booth's parts in order and starts them. Rejects with what hindered it, everything closed again. */
export async function startDaemon(o: Start): Promise<Daemon> {
  const closers: (() => unknown)[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (const close of closers.splice(0).reverse()) {
      await Promise.resolve(close()).catch((err: unknown) => failures.push(err));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'parts of the booth did not close');
  };
  try {
    return { ...(await build({ ...o, closeLater: (close) => closers.push(close) })), stop };
  } catch (err) {
    await stop();
    throw err;
  }
}

async function build({
  config,
  log,
  logs,
  restart,
  closeLater,
}: Start & { closeLater(close: () => unknown): void }): Promise<Omit<Daemon, 'stop'>> {
  const identity = await openIdentity(config.dataDir);
  const me = identity.current();
  const common = { config, identity, me, clock: createClock(), version, log, closeLater };
  const photoParts = await openPhotoParts(common);
  const texts = readTexts();
  const translators = await openTranslators(texts);
  const portalParts = createPortalParts({
    ...{ ...common, photoParts, translators, restart },
    // The screen is built last, and nothing happens before the start below.
    onChange: { now: () => live.refresh(), soon: () => live.refreshSoon() },
  });
  const { live, camera, server } = await openScreenParts({
    ...{ ...common, photoParts, portalParts, texts, translators, logs, restart },
  });

  const { shell, network, previews, setup, sync, bound } = portalParts;
  photoParts.store.onChange(live.refreshSoon);
  shell.onChange(live.refresh);
  network.onChange(live.refresh);
  previews.start();
  photoParts.visits.start();
  setup.start();
  shell.start();
  sync?.start();
  live.start();
  camera?.start();
  return { url: server.url, port: server.port, bound };
}
