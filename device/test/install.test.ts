import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempFolder } from './context.ts';

const run = promisify(execFile);
const OS = fileURLToPath(new URL('../os/', import.meta.url));
const INSTALL = join(OS, 'install.sh');

const isThere = (program: string) =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );

/** Every file below `etc`, and when it was written. */
async function filesIn(root: string): Promise<Map<string, number>> {
  const entries = await readdir(join(root, 'etc'), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(files.map(async (file) => [file, (await stat(file)).mtimeMs] as const)));
}

test('installing puts every file in its place; again, it changes nothing and keeps settings', {
  timeout: 60_000,
}, async (t) => {
  const root = await tempFolder(t);
  const install = () => run('sh', [INSTALL], { env: { PATH: process.env.PATH, DESTDIR: root } });
  await install();
  const units = await readdir(join(OS, 'systemd'));
  assert.deepEqual((await readdir(join(root, 'etc/systemd/system'))).sort(), units.sort());
  const { version } = JSON.parse(await readFile(join(root, 'opt/photomaton/package.json'), 'utf8'));
  assert.ok(version);
  await stat(join(root, 'opt/photomaton/device/main.ts'));
  const settings = join(root, 'etc/photomaton/booth.env');
  assert.equal((await stat(settings)).mode & 0o777, 0o600);

  await appendFile(settings, 'PORTAL_URL=https://photos.example.com\n');
  const before = await filesIn(root);
  const release = await readlink(join(root, 'opt/photomaton'));
  await install();
  assert.deepEqual(await filesIn(root), before);
  assert.equal(await readlink(join(root, 'opt/photomaton')), release);
  assert.deepEqual((await readdir(join(root, 'opt'))).sort(), [release, 'photomaton'].sort());
});

test('shellcheck finds nothing in it', async (t) => {
  if (!(await isThere('shellcheck'))) return t.skip('there is no shellcheck on this machine');
  await run('shellcheck', [INSTALL]);
});

test('systemd understands the units', { timeout: 30_000 }, async (t) => {
  if (!(await isThere('systemd-analyze'))) return t.skip('there is no systemd-analyze on this machine');
  for (const unit of await readdir(join(OS, 'systemd'))) {
    const { stderr } = await run('systemd-analyze', ['verify', join(OS, 'systemd', unit)]).catch(
      (error: { stderr: string }) => error,
    );
    // What they start is on booths only.
    const complaints = stderr
      .split('\n')
      .filter((line) => line !== '' && !/is not executable: No such/.test(line));
    assert.deepEqual(complaints, [], unit);
  }
});
