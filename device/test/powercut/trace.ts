import { bytesOf, type Call, fdOf, hex, pathsOf, readCalls, sayCall } from './strace.ts';

/**
 * What a traced process did to one folder, and when it answered 201, in the order in which it happened. Paths begin
 * below that folder. What changes files takes effect when its call returned; an fsync has two ends, since it covers
 * what was there when it began, and is good for nothing before it ended.
 */
export type Operation = { time: number } & (
  | ({ op: 'open'; fd: number; path: string } & OpenMode)
  | { op: 'write'; fd: number; bytes: Buffer; at?: number }
  | { op: 'truncate'; fd: number; size: number }
  /** `sync` is the same number at both ends. */
  | { op: 'sync-begins'; fd: number; sync: number }
  | { op: 'sync-ended'; sync: number }
  | { op: 'close'; fd: number }
  | { op: 'rename' | 'link'; from: string; to: string }
  | { op: 'unlink' | 'mkdir' | 'rmdir'; path: string }
  /** The answer begins to leave: the photo has to be safe by now; without id, the shot of a visit has. */
  | { op: 'acknowledge'; id?: string }
);
interface OpenMode {
  access: 'read' | 'write' | 'both';
  create: boolean;
  truncate: boolean;
  append: boolean;
}

/**
 * The calls to trace: all by which Linux changes files and folders. Those with a `?` are not on every machine. The
 * reader below knows what some of them do; of the others it says aloud that they were used in the folder.
 */
export const CALLS = `
  ?open openat ?openat2 ?creat close ?close_range write writev pwrite64 pwritev ?pwritev2 truncate ftruncate fallocate
  fsync fdatasync sync syncfs sync_file_range ?rename ?renameat renameat2 ?link linkat ?symlink symlinkat ?unlink
  unlinkat ?mkdir mkdirat ?rmdir ?mknod mknodat sendto sendmsg sendfile splice copy_file_range mmap msync lseek dup
  ?dup2 dup3 fcntl ioctl ?io_submit ?io_uring_setup
`.match(/\S+/g) as string[];

/** These change nothing, or nothing that lasts, when they are used like this. */
const HARMLESS: Record<string, RegExp> = {
  fcntl: /, F_(SETLK|GETLK|GETFD|SETFD|GETFL)\b/,
  ioctl: /, (FIOCLEX|FIONCLEX)\b/,
  mmap: /MAP_PRIVATE|, PROT_READ, /, // what is written through a shared mapping leaves no trace
};

const ANSWER = `"${hex('HTTP/1.1 201 ')}`;

/** Reads a trace of CALLS. Throws over whatever was done to the folder that the model does not know. */
export function readTrace(text: string, folder: string): Operation[] {
  const operations: Operation[] = [];
  for (const { at, call } of readCalls(text)) {
    if (at === 'beginning') operations.push(...begins(call, folder));
    else if (!concerns(call, folder)) continue;
    else if (at === 'death' || call.result?.startsWith('?'))
      throw new Error(`did not return: ${sayCall(call)}`);
    else if (!HARMLESS[call.name]?.test(call.args)) operations.push(...ended(call, folder));
  }
  return operations;
}

/** What is written may speak of the folder, as a log does: only where it is written counts. */
function concerns({ name, args }: Call, folder: string): boolean {
  if (/^(sync|io_submit|io_uring_setup)$/.test(name)) return true;
  const place = /^(write|pwrite|send)/.test(name) ? args.slice(0, args.indexOf(',')) : args;
  return ['"', '>', hex('/')].some((next) => place.includes(hex(folder) + next));
}

function below(path: string | undefined, folder: string): string | undefined {
  if (path === folder) return '';
  return path?.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

function begins(call: Call, folder: string): Operation[] {
  const { name, args, time, serial } = call;
  const { number: fd, path } = fdOf(args);
  if (path?.startsWith('socket:') && args.includes(ANSWER)) {
    const id = idOf(bytesOf(call).toString());
    return [{ op: 'acknowledge', ...(id !== undefined && { id }), time }];
  }
  if (below(path, folder) === undefined) return [];
  if (name === 'fsync' || name === 'fdatasync') return [{ op: 'sync-begins', fd, sync: serial, time }];
  // Another thread may be given its number before the call has returned.
  return name === 'close' ? [{ op: 'close', fd, time }] : [];
}

function ended(call: Call, folder: string): Operation[] {
  const { name, args, result = '', time, serial } = call;
  const { number: fd } = fdOf(args);
  const lastNumber = Number(/, (\d+)$/.exec(args)?.[1]);
  const [path, to] = pathsIn(call, folder);
  switch (name) {
    case 'open':
    case 'openat': {
      const mode = openMode(args);
      const opened = fdOf(result);
      if (path === undefined || !mode || below(opened.path, folder) !== path) break;
      return [{ op: 'open', fd: opened.number, path, ...mode, time }];
    }
    case 'write':
    case 'writev':
      return [{ op: 'write', fd, bytes: bytesOf(call).subarray(0, Number(result)), time }];
    case 'pwrite64':
      return [{ op: 'write', fd, bytes: bytesOf(call).subarray(0, Number(result)), at: lastNumber, time }];
    case 'ftruncate':
      return [{ op: 'truncate', fd, size: lastNumber, time }];
    case 'fsync':
    case 'fdatasync': // it keeps the size too, when that is needed to read the bytes
      return [{ op: 'sync-ended', sync: serial, time }];
    case 'close':
      return [];
    case 'rename':
    case 'renameat':
    case 'renameat2':
      if (path === undefined || to === undefined || args.includes('RENAME_')) break;
      return [{ op: 'rename', from: path, to, time }];
    case 'link':
    case 'linkat':
      if (path === undefined || to === undefined || /AT_(SYMLINK|EMPTY)/.test(args)) break;
      return [{ op: 'link', from: path, to, time }];
    case 'mkdir':
    case 'mkdirat':
      if (path === undefined) break;
      return [{ op: 'mkdir', path, time }];
    case 'rmdir':
    case 'unlink':
    case 'unlinkat':
      if (path === undefined) break;
      return [{ op: name === 'rmdir' || args.includes('AT_REMOVEDIR') ? 'rmdir' : 'unlink', path, time }];
  }
  throw new Error(`the model does not know this: ${sayCall(call)}`);
}

/** Those of a call that has paths, below the folder or undefined. */
function pathsIn(call: Call, folder: string): (string | undefined)[] {
  return /^(write|pwrite|send)/.test(call.name) ? [] : pathsOf(call).map((path) => below(path, folder));
}

/** Undefined when it is another than those of plain files and folders. */
function openMode(args: string): OpenMode | undefined {
  const flags = (/, (O_[A-Z_|]+)/.exec(args)?.[1] ?? '').split('|');
  const access = ({ O_RDONLY: 'read', O_WRONLY: 'write', O_RDWR: 'both' } as const)[flags[0] ?? ''];
  if (!access || flags.includes('O_TMPFILE')) return undefined;
  const has = (flag: string) => flags.includes(flag);
  return { access, create: has('O_CREAT'), truncate: has('O_TRUNC'), append: has('O_APPEND') };
}

/** Of a whole answer, head and body in one write; undefined when it is about a shot. */
function idOf(answer: string): string | undefined {
  const said = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { id?: unknown; shot?: unknown };
  if (typeof said.id === 'string') return said.id;
  if (typeof said.shot !== 'number') throw new Error(`an answer without id: ${answer}`);
  return undefined;
}
