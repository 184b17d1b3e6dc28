import { execFileSync } from 'node:child_process';

/** Writes out what earlier work has left unsynced: nobody is to wait for the bytes of another. */
export function settleDisk(): void {
  execFileSync('sync');
}
