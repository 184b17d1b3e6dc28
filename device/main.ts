import { parseArgs } from 'node:util';
import { multistream, pino } from 'pino';
import { type Config, readConfig } from './config.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { createLogRing } from './maintenance/log-ring.ts';
import { explainStart } from './start-errors.ts';

/**
 * The booth as a process. It restarts its parts by itself after Wi-Fi was set up or the booth was paired
 * ("le photomaton redémarre"): the process stays, so that it is the same under systemd and in the demo.
 */

/** The photo in hand is finished, then everything is closed; longer than this and something hangs. */
const STOP_WITHIN_MS = 4_500;

let config: Config | undefined;
try {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  config = readConfig(values.config);
  await run(config);
} catch (error) {
  const line = explainStart(error, config);
  if (line === undefined) throw error;
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

async function run(config: Config): Promise<void> {
  const logs = createLogRing();
  // The level is the logger's; its streams take what it lets through.
  const log = pino(
    { level: config.logLevel },
    multistream([
      { stream: pino.destination(1), level: 'trace' },
      { stream: logs.stream, level: 'trace' },
    ]),
  );
  let daemon: Daemon | undefined;
  // Port 0 takes a free one at the first start; the pages that are open then find it again.
  let { port } = config;
  let isStopping = false;

  const start = async () => {
    daemon = await startDaemon({
      config: { ...config, port },
      log,
      logs,
      restart: () => void restart().catch(fail),
    });
    port = daemon.port;
    log.info({ url: daemon.url, bound: daemon.bound }, 'booth ready');
  };
  /** One restart at a time: `daemon` is absent while its parts are being made. */
  const restart = async () => {
    const old = daemon;
    daemon = undefined;
    if (!old) return;
    log.info('booth restarts');
    await old.stop();
    if (!isStopping) await start();
  };
  const stop = (reason: string) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    log.info({ reason }, 'booth stops');
    Promise.resolve(daemon?.stop()).then(() => process.exit(0), fail);
  };
  const fail = (err: unknown) => {
    log.fatal({ err }, 'booth failed');
    process.exit(1);
  };

  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  // Started as a child (npm start): without its parent it must not go on.
  process.on('disconnect', () => stop('parent gone'));
  await start();
}
