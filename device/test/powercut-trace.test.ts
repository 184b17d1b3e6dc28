import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDisk } from './powercut/disk.ts';
import { createReplay } from './powercut/replay.ts';
import { type Operation, readTrace } from './powercut/trace.ts';

const hex = (text: string): string => Buffer.from(text).toString('hex').replaceAll(/../g, '\\x$&');

/** As strace would write these lines, whose strings are in plain text here: `"…"`, `<…>`. */
function trace(...lines: string[]): string {
  return lines
    .map((line) =>
      line.replaceAll(/"([^"]*)"|(\d|AT_FDCWD)<([^>]+)>/g, (_, text, fd, path) =>
        text === undefined ? `${fd}<${hex(path)}>` : `"${hex(text)}"`,
      ),
    )
    .map((line) => `${line}\n`)
    .join('');
}

const read = (...lines: string[]): Operation[] => readTrace(trace(...lines), '/data');
/** Without the times. */
const readOps = (...lines: string[]) => read(...lines).map(({ time, ...rest }) => rest);

test('calls in the folder become operations, in the order in which they returned', () => {
  assert.deepEqual(
    readOps(
      '7 1.000001 openat(AT_FDCWD</home>, "/data/a.part", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0644) = 9</data/a.part>',
      '8 1.000002 write(9</data/a.part>, "jpeg" <unfinished ...>',
      '7 1.000003 mkdir("/data/queue", 0777) = 0',
      '8 1.000004 <... write resumed>, 4) = 3',
      '8 1.000005 pwrite64(9</data/a.part>, "g", 1, 3) = 1',
      '8 1.000006 ftruncate(9</data/a.part>, 4) = 0',
      '8 1.000007 rename("/data/a.part", "/data/a") = 0',
      '8 1.000008 linkat(AT_FDCWD</home>, "/data/a", AT_FDCWD</home>, "/data/b", 0) = 0',
      '8 1.000009 unlinkat(AT_FDCWD</data>, "a", 0) = 0',
      '8 1.000010 unlinkat(AT_FDCWD</home>, "/data/queue", AT_REMOVEDIR) = 0',
      '8 1.000011 close(9</data/a.part>(deleted)) = 0',
    ),
    [
      { op: 'open', fd: 9, path: 'a.part', access: 'write', create: true, truncate: true, append: false },
      { op: 'mkdir', path: 'queue' },
      { op: 'write', fd: 9, bytes: Buffer.from('jpe') },
      { op: 'write', fd: 9, bytes: Buffer.from('g'), at: 3 },
      { op: 'truncate', fd: 9, size: 4 },
      { op: 'rename', from: 'a.part', to: 'a' },
      { op: 'link', from: 'a', to: 'b' },
      { op: 'unlink', path: 'a' },
      { op: 'rmdir', path: 'queue' },
      { op: 'close', fd: 9 },
    ],
  );
});

test('an fsync has two ends, and is none when it fails', () => {
  assert.deepEqual(
    readOps(
      '7 1.0 fsync(9</data/a> <unfinished ...>',
      '8 1.1 fdatasync(10</data>) = 0',
      '7 1.2 <... fsync resumed>) = 0',
      '7 1.3 fsync(9</data/a>) = -1 EIO (Input/output error)',
    ),
    [
      { op: 'sync-begins', fd: 9, sync: 0 },
      { op: 'sync-begins', fd: 10, sync: 1 },
      { op: 'sync-ended', sync: 1 },
      { op: 'sync-ended', sync: 0 },
      { op: 'sync-begins', fd: 9, sync: 2 },
    ],
  );
});

test('what failed, and what is elsewhere, is left out', () => {
  assert.deepEqual(
    readOps(
      '7 1.0 openat(AT_FDCWD</home>, "/data/a", O_RDONLY) = -1 ENOENT (No such file or directory)',
      '7 1.0 openat(AT_FDCWD</home>, "/data-b/a", O_RDONLY) = 9</data-b/a>',
      '7 1.0 write(1<pipe:[5]>, "it is in /data/a", 16) = 16',
      '7 1.0 mmap(NULL, 8192, PROT_READ, MAP_SHARED, 9</data/a>, 0) = 0x7f9022085000',
      '7 1.0 exit_group(0)   = ?',
      '7 1.0 +++ exited with 0 +++',
    ),
    [],
  );
});

test('an answer of 201 is an operation, with the time at which it begins to leave', () => {
  const body = '{#id#:#photo:1#,#name#:#a.jpg#}';
  const answer = `HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\r\n${body}`;
  const text = trace(`7 1.5 write(9<socket:[5]>, "${answer}", 99) = 99`).replaceAll(hex('#'), hex('"'));
  assert.deepEqual(readTrace(text, '/data'), [{ op: 'acknowledge', id: 'photo:1', time: 1.5 }]);
});

const refused: Record<string, string[]> = {
  'no strace at all': ['hello'],
  'a signal': ['7 1.0 --- SIGTERM {si_signo=SIGTERM} ---'],
  'a call that is resumed and was not begun': ['7 1.0 <... write resumed>, 4) = 4'],
  'a call without result': ['7 1.0 unlink("/data/a")'],
  'a call that never returned': [
    '7 1.0 write(9</data/a>, "x", 1 <unfinished ...>',
    '7 1.1 +++ killed by SIGKILL +++',
  ],
  'a call whose end nobody saw': ['7 1.0 write(9</data/a>, "x", 1) = ?'],
  'a file that is mapped to be written': [
    '7 1.0 mmap(NULL, 9, PROT_READ|PROT_WRITE, MAP_SHARED, 9</data/a>, 0) = 0x7f',
  ],
  'a range of a file that is synced': ['7 1.0 sync_file_range(9</data/a>, 0, 9, 0) = 0'],
  'a file that is copied in the kernel': [
    '7 1.0 copy_file_range(8</home/a>, NULL, 9</data/a>, NULL, 9, 0) = 9',
  ],
  'a descriptor that gets a second number': ['7 1.0 dup(9</data/a>) = 10</data/a>'],
  'a place in a file': ['7 1.0 lseek(9</data/a>, 5, SEEK_SET) = 5'],
  'two files that change their names': [
    '7 1.0 renameat2(AT_FDCWD</home>, "/data/a", AT_FDCWD</home>, "/data/b", RENAME_EXCHANGE) = 0',
  ],
  'a file that leaves the folder': ['7 1.0 rename("/data/a", "/home/a") = 0'],
  'a path that leads elsewhere': ['7 1.0 openat(AT_FDCWD</home>, "/data/a", O_RDONLY) = 9</data/b>'],
  io_uring: ['7 1.0 io_uring_setup(64, {flags=0}) = 5<anon_inode:[io_uring]>'],
  'everything synced at once': ['7 1.0 sync() = 0'],
};
for (const [what, lines] of Object.entries(refused)) {
  test(`${what}: refused`, () =>
    assert.throws(() => read(...lines), /not understood|does not know|did not return|unseen/));
}

test('a string that was cut short, and a trace that was: refused', () => {
  const line = trace('7 1.0 write(9</data/a>, "xx", 9) = 9');
  assert.throws(() => readTrace(line.replace('", 9', '"..., 9'), '/data'), /cut short/);
  assert.throws(() => readTrace(line.slice(0, -5), '/data'), /not understood/);
});

test('what is replayed is on the disk where it was written', () => {
  const disk = createDisk();
  read(
    '7 1.0 openat(AT_FDCWD</home>, "/data/a", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 9</data/a>',
    '7 1.0 write(9</data/a>, "ab", 2) = 2',
    '7 1.0 writev(9</data/a>, [{iov_base="c", iov_len=1}, {iov_base="d", iov_len=1}], 2) = 2',
    '7 1.0 fsync(9</data/a>) = 0',
    '7 1.0 close(9</data/a>) = 0',
    '7 1.0 openat(AT_FDCWD</home>, "/data/a", O_WRONLY|O_CREAT|O_APPEND, 0644) = 9</data/a>',
    '7 1.0 write(9</data/a>, "e", 1) = 1',
    '7 1.0 openat(AT_FDCWD</home>, "/data", O_RDONLY) = 10</data>',
    '7 1.0 fsync(10</data>) = 0',
  ).forEach(createReplay(disk));
  assert.equal(disk.asSeen().files.get('a')?.toString(), 'abcde');
  assert.equal(disk.afterCut().files.get('a')?.toString(), 'abcd');
});

test('what is replayed without having been opened, or at a place that is not known: refused', () => {
  const replay = createReplay(createDisk());
  assert.throws(() => read('7 1.0 write(9</data/a>, "x", 1) = 1').forEach(replay), /not open/);
  const both = ['7 1.0 openat(AT_FDCWD</home>, "/data/a", O_RDWR|O_CREAT, 0644) = 9</data/a>'];
  assert.throws(
    () => read(...both, '7 1.0 write(9</data/a>, "x", 1) = 1').forEach(replay),
    /written and read/,
  );
});

test('syncs that are forgotten keep nothing', () => {
  const disk = createDisk();
  read(
    '7 1.0 openat(AT_FDCWD</home>, "/data/a", O_WRONLY|O_CREAT, 0644) = 9</data/a>',
    '7 1.0 write(9</data/a>, "x", 1) = 1',
    '7 1.0 fsync(9</data/a>) = 0',
    '7 1.0 openat(AT_FDCWD</home>, "/data", O_RDONLY) = 10</data>',
    '7 1.0 fsync(10</data>) = 0',
  ).forEach(createReplay(disk, ({ kind }) => kind === 'file'));
  assert.equal(disk.afterCut().files.get('a')?.length, 0);
});
