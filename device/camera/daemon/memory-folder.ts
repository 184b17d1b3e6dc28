import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder in memory, where there is one. Those of a daemon that was killed are taken away first. */
export async function makeMemoryFolder(name: string, base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()) {
  const left = new RegExp(`^${name}-(\\d+)-`);
  for (const entry of await readdir(base)) {
    const [, pid] = left.exec(entry) ?? [];
    if (pid && !isAlive(Number(pid))) await rm(join(base, entry), { recursive: true, force: true });
  }
  return mkdtemp(join(base, `${name}-${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (err) {
    return (err as NodeJS.ErrnoException).code !== 'ESRCH'; // or it is somebody else's
  }
}
