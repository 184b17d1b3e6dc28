import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TestContext, tempFolder } from './context.ts';

const FAKES = fileURLToPath(new URL('fakes', import.meta.url));

export type Mood = 'well' | 'hang' | 'die' | 'garbage' | 'unplugged' | 'busy' | 'no-photo' | 'no-jpeg';

/** Camera programs for a booth, and the hand that makes them fail: see fakes/README.md. */
export async function fakeCameras(t: TestContext) {
  const file = join(await tempFolder(t), 'camera');
  const pids = (of: 'pids' | 'hung') => {
    try {
      return readFileSync(`${file}.${of}`, 'utf8').trim().split('\n').map(Number);
    } catch {
      return [];
    }
  };
  return {
    env: { PATH: `${FAKES}:${process.env.PATH ?? ''}`, FAKE_CAMERA_FILE: file },
    is: (mood: Mood) => writeFileSync(file, mood),
    /** How often the program was started. */
    starts: () => pids('pids').length,
    /** Does the program that runs hang? */
    hangs: () => pids('hung').at(-1) === pids('pids').at(-1),
    /** Ends the program that runs as a power cut would. */
    kill: () => process.kill(pids('pids').at(-1) ?? Number.NaN, 'SIGKILL'),
  };
}
