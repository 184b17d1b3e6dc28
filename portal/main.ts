import { pino } from 'pino';
import { loadPortalConfig, type PortalConfig } from './config.ts';
import { startPortal } from './portal.ts';
import { explainStart } from './terminal/start-errors.ts';

/** The portal as a process: starts, says that it is ready, and stops in order when asked. */

const STOP_WITHIN_MS = 4_500;

let config: PortalConfig | undefined;
try {
  config = loadPortalConfig(process.argv.slice(2));
  const log = pino({ level: config.logLevel });
  const portal = await startPortal({ config, log });
  stopWhenAsked(async (reason) => {
    log.info({ reason }, 'portal stops');
    await portal.stop();
  });
  log.info({ url: portal.url, port: portal.port, embedded: portal.isEmbedded }, 'portal ready');
} catch (error) {
  const line = explainStart(error, config);
  if (line === undefined) throw error;
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

function stopWhenAsked(stop: (reason: string) => Promise<void>): void {
  let isStopping = false;
  const asked = (reason: string): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    stop(reason).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`the portal did not stop cleanly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => asked('SIGTERM'));
  process.on('SIGINT', () => asked('SIGINT'));
  // Started as a child (npm start): without its parent it must not go on.
  process.on('disconnect', () => asked('parent gone'));
}
