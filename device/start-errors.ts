import { resolve } from 'node:path';
import { ConfigError } from '@photomaton/design-docs/config';
import type { Config } from './config.ts';

/**
 * The one line that tells a person why the booth cannot start and what to change, or undefined when it is a
 * surprise, whose stack is then worth showing.
 */
export function explainStart(error: unknown, config: Config | undefined): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code?.startsWith('ERR_PARSE_ARGS'))
    return `${error.message} (for example --config /etc/photomaton/booth.json)`;
  if (!config) return undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${config.port} is taken by another program (for example BOOTH_PORT=${config.port + 1})`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOENT':
    case 'ENOSPC':
      if (syscall === 'listen')
        return `Port ${config.port} needs more rights than the booth has (for example BOOTH_PORT=8090)`;
      if (!concernsDataDir(path, config.dataDir)) return undefined;
      return `DATA_DIR ${config.dataDir} cannot be written: ${code} (for example DATA_DIR=/data/booth)`;
    case 'IDENTITY':
      return error.message;
    default:
      // LevelDB's lock has no code of its own.
      if (isLocked(error)) return `DATA_DIR ${config.dataDir} is in use by another booth on this machine`;
      return undefined;
  }
}

const isLocked = (error: Error): boolean =>
  /\block\b.*(?:LOCK|held|temporarily unavailable)/i.test(error.message);

/** Is it about the data folder, something in it, or a folder above it that had to be made? */
function concernsDataDir(path: string | undefined, dataDir: string): boolean {
  const folder = resolve(dataDir);
  return path === undefined || resolve(path).startsWith(folder) || folder.startsWith(resolve(path));
}
