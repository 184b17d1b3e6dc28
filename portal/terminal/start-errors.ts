import { CouchError } from '@photomaton/couch';
import { ConfigError } from '@photomaton/design-docs/config';
import type { PortalConfig } from '../config.ts';

/**
 * The one line that tells a person why the portal cannot start and what to change, or undefined when it is
 * a surprise, whose stack is then worth showing.
 */
export function explainStart(error: unknown, config: PortalConfig | undefined): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error) || !config) return undefined;
  if (error instanceof CouchError) return explainCouch(error, config);
  // LevelDB's own error, which has no code: most often another process holds the folder's lock.
  if (error.name === 'OpenError') {
    const isLocked = /\bLOCK\b/.test(error.message);
    return `DATA_DIR ${config.dataDir} ${isLocked ? 'is used by another portal' : `cannot be opened: ${error.message}`}`;
  }
  const { code, syscall, port, path } = error as NodeJS.ErrnoException & { port?: number };
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program (for example ${variableOf(port, config)}=${(port ?? 0) + 1})`;
    case 'EADDRNOTAVAIL':
      return `PORTAL_HOST ${config.host} is not an address of this machine (for example PORTAL_HOST=127.0.0.1)`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOSPC':
      if (syscall === 'listen')
        return `Port ${port} needs more rights than we have (for example PORTAL_PORT=8080)`;
      return `DATA_DIR ${config.dataDir} cannot be written: ${code} ${path ?? ''}`.trimEnd();
    case 'SECRET':
      return error.message;
    default:
      return undefined;
  }
}

function explainCouch(error: CouchError, config: PortalConfig): string {
  const where =
    config.couch.kind === 'server' ? `COUCH_URL ${config.couch.admin.url}` : 'The embedded CouchDB';
  switch (error.code) {
    case 'UNREACHABLE':
    case 'TIMEOUT':
      return `${where} does not answer (${error.code}): is CouchDB running there?`;
    case 'UNAUTHORIZED':
      return `${where} refuses the name or the password of the administrator`;
    case 'FORBIDDEN':
      return `${where} does not give us the right of an administrator`;
    default:
      return `${where} does not answer as a CouchDB: ${error.message}`;
  }
}

function variableOf(port: number | undefined, config: PortalConfig): string {
  return config.couch.kind === 'embedded' && port === config.couch.port ? 'COUCH_PORT' : 'PORTAL_PORT';
}
