import { resolve } from 'node:path';

/**
 * What a traced process did to one folder, and when it answered 201, in the order in which it happened. Paths begin
 * below that folder. What changes files takes effect when its call returned; an fsync has two ends, since it covers
 * what was there when it began, and is good for nothing before it ended.
 */
export type Operation = { time: number } & (
  | {
      op: 'open';
      fd: number;
      path: string;
      access: Access;
      create: boolean;
      truncate: boolean;
      append: boolean;
    }
  | { op: 'write'; fd: number; bytes: Buffer; at?: number }
  | { op: 'truncate'; fd: number; size: number }
  /** `sync` is the same number at both ends. */
  | { op: 'sync-begins'; fd: number; sync: number }
  | { op: 'sync-ended'; sync: number }
  | { op: 'close'; fd: number }
  | { op: 'rename' | 'link'; from: string; to: string }
  | { op: 'unlink' | 'mkdir' | 'rmdir'; path: string }
  /** The answer begins to leave: the photo has to be safe by now. */
  | { op: 'acknowledge'; id: string }
);
type Access = 'read' | 'write' | 'both';

/**
 * The calls to trace: all by which Linux changes files and folders. Those with a `?` are not on every machine. The
 * reader below knows what some of them do; of the others it says aloud that they were used in the folder.
 */
export const CALLS = [
  ...['?open', 'openat', '?creat', 'close', 'write', 'writev', 'pwrite64', 'ftruncate', 'fsync', 'fdatasync'],
  ...[
    '?rename',
    '?renameat',
    'renameat2',
    '?link',
    'linkat',
    '?unlink',
    'unlinkat',
    '?mkdir',
    'mkdirat',
    '?rmdir',
  ],
  ...[
    'sendto',
    'sendmsg',
    'mmap',
    'fcntl',
    'ioctl',
    'lseek',
    'dup',
    '?dup2',
    'dup3',
    '?openat2',
    '?close_range',
  ],
  ...[
    'pwritev',
    '?pwritev2',
    'truncate',
    'fallocate',
    'sendfile',
    'splice',
    'copy_file_range',
    '?symlink',
    'symlinkat',
  ],
  ...['?mknod', 'mknodat', 'sync', 'syncfs', 'sync_file_range', 'msync', '?io_submit', '?io_uring_setup'],
];

/** A call as strace writes it, all strings in hexadecimal; `result` is absent until it has returned. */
interface Call {
  name: string;
  args: string;
  result?: string;
  time: number;
  sync?: number;
}

/** Reads what `strace -f -ttt -xx -y` wrote. Throws over whatever it does not understand. */
export function readTrace(text: string, folder: string): Operation[] {
  const operations: Operation[] = [];
  const unfinished = new Map<string, Call>();
  const read = reader(folder);
  const push = (operation: Operation | undefined) => {
    if (operation) operations.push(operation);
  };
  let syncs = 0;

  for (const line of lines(text)) {
    const [, pid = '', time = '', rest = ''] = /^(\d+) +(\d+\.\d+) (.*)$/s.exec(line) ?? [];
    if (rest.startsWith('+++ ')) {
      const cutOff = unfinished.get(pid);
      if (cutOff && read.concerns(cutOff)) throw new Error(`did not return: ${brief(line)}`);
      continue;
    }
    let call: Call;
    if (rest.startsWith('<... ')) {
      const begun = unfinished.get(pid);
      const at = rest.indexOf(' resumed>');
      if (!begun || at === -1 || rest.slice(5, at) !== begun.name) throw notUnderstood(line);
      unfinished.delete(pid);
      call = { ...begun, ...returned(begun.args + rest.slice(at + 9), line), time: Number(time) };
    } else {
      const bracket = rest.indexOf('(');
      if (!/^[a-z]\w*$/.test(rest.slice(0, Math.max(0, bracket)))) throw notUnderstood(line);
      const begins = { name: rest.slice(0, bracket), args: rest.slice(bracket + 1), time: Number(time) };
      const isWhole = !rest.endsWith(' <unfinished ...>');
      call = isWhole
        ? { ...begins, ...returned(begins.args, line) }
        : { ...begins, args: begins.args.slice(0, -' <unfinished ...>'.length) };
      if (call.name === 'fsync' || call.name === 'fdatasync') call.sync = syncs++;
      push(read.begins(call));
      if (!isWhole) {
        unfinished.set(pid, call);
        continue;
      }
    }
    if (!call.result?.startsWith('-1 ')) push(read.ended(call));
  }
  return operations;
}

function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    if (end === -1) throw notUnderstood(text.slice(at)); // strace ends what it writes
    yield text.slice(at, end);
    at = end + 1;
  }
}

function returned(text: string, line: string): { args: string; result: string } {
  const at = text.lastIndexOf(' = ');
  const args = text.slice(0, Math.max(0, at)).trimEnd();
  if (!args.endsWith(')')) throw notUnderstood(line);
  return { args: args.slice(0, -1), result: text.slice(at + 3) };
}

const brief = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
const notUnderstood = (line: string) => new Error(`not understood: ${brief(line)}`);

const hex = (text: string): string => Buffer.from(text).toString('hex').replaceAll(/../g, '\\x$&');
const unhex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');
const ANSWER = `"${hex('HTTP/1.1 201 ')}`;

/** Turns the calls that concern the folder, and the answers, into operations. */
function reader(folder: string) {
  const root = hex(folder);
  const below = (path: string): string | undefined =>
    path === folder ? '' : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;

  /** Those that change nothing, or nothing that lasts, whatever they are given. */
  const harmless: Record<string, RegExp> = {
    fcntl: /, F_(SETLK|GETLK|GETFD|SETFD|GETFL)\b/,
    ioctl: /, (FIOCLEX|FIONCLEX)\b/,
    // A page that is written through a mapping leaves no trace.
    mmap: /MAP_PRIVATE|, PROT_READ, /,
  };
  /** What is written may speak of the folder, as a log does: only where it is written counts. */
  const concerns = ({ name, args }: Call): boolean =>
    (/^(write|pwrite|send)/.test(name) ? args.slice(0, args.indexOf(',')) : args).includes(root);

  function begins(call: Call): Operation | undefined {
    const { name, args, time, sync } = call;
    const fd = fdOf(args);
    const isOurs = fd.path !== undefined && below(fd.path) !== undefined;
    if (sync !== undefined && isOurs) return { op: 'sync-begins', fd: fd.number, sync, time };
    // Another thread may be given its number before the call has returned.
    if (name === 'close' && isOurs) return { op: 'close', fd: fd.number, time };
    if (fd.path?.startsWith('socket:') && args.includes(ANSWER)) {
      return { op: 'acknowledge', id: idOf(bytesOf(call).toString()), time };
    }
    return undefined;
  }

  function ended(call: Call): Operation | undefined {
    const { name, args, result = '', time } = call;
    if (name.startsWith('io_')) throw new Error('files may change unseen: io_uring or aio is in use');
    if (name === 'sync') throw new Error('the model does not know sync()');
    if (!concerns(call)) return undefined;
    if (result.startsWith('?')) throw new Error(`did not return: ${name}(${brief(args)}`);
    if (harmless[name]?.test(args)) return undefined;
    const on = () => fdOf(args).number;
    const paths = () => pathsOf(args).map(below);
    switch (name) {
      case 'open':
      case 'openat': {
        const [path] = paths();
        if (path === undefined) return undefined;
        const opened = fdOf(result);
        if (opened.path === undefined || below(opened.path) !== path) break;
        const flags = (/, (O_[A-Z_|]+)/.exec(args)?.[1] ?? '').split('|');
        const access: Access = flags.includes('O_RDWR')
          ? 'both'
          : flags.includes('O_WRONLY')
            ? 'write'
            : 'read';
        const has = (flag: string) => flags.includes(flag);
        if (!/^O_(RDONLY|WRONLY|RDWR)$/.test(flags[0] ?? '') || has('O_TMPFILE')) break;
        const how = { create: has('O_CREAT'), truncate: has('O_TRUNC'), append: has('O_APPEND') };
        return { op: 'open', fd: opened.number, path, access, ...how, time };
      }
      case 'write':
      case 'writev':
      case 'pwrite64': {
        const at = name === 'pwrite64' ? { at: Number(/, (\d+)$/.exec(args)?.[1]) } : {};
        return { op: 'write', fd: on(), bytes: bytesOf(call).subarray(0, Number(result)), ...at, time };
      }
      case 'ftruncate':
        return { op: 'truncate', fd: on(), size: Number(/, (\d+)$/.exec(args)?.[1]), time };
      case 'fsync':
      case 'fdatasync': // it keeps the size too, when that is needed to read the bytes
        return call.sync === undefined ? undefined : { op: 'sync-ended', sync: call.sync, time };
      case 'rename':
      case 'renameat':
      case 'renameat2':
      case 'link':
      case 'linkat': {
        const [from, to, ...more] = paths();
        if (from === undefined || to === undefined || more.length > 0 || /RENAME_|AT_SYMLINK/.test(args))
          break;
        return { op: name.startsWith('rename') ? 'rename' : 'link', from, to, time };
      }
      case 'mkdir':
      case 'mkdirat':
      case 'rmdir':
      case 'unlink':
      case 'unlinkat': {
        const [path, ...more] = paths();
        if (path === undefined || more.length > 0) break;
        const op = name.startsWith('mkdir')
          ? 'mkdir'
          : name === 'rmdir' || /AT_REMOVEDIR/.test(args)
            ? 'rmdir'
            : 'unlink';
        return { op, path, time };
      }
      case 'close':
        return undefined;
    }
    throw new Error(`the model does not know this: ${name}(${brief(args)}) = ${result}`);
  }

  return { begins, ended, concerns };
}

/** The first file descriptor: `18<path>`. What is no file has a name without slash. */
function fdOf(text: string): { number: number; path?: string } {
  const [, number, path] = /^(\d+)(?:<([^>]*)>)?/.exec(text) ?? [];
  return { number: Number(number), ...(path === undefined ? {} : { path: unhex(path).toString() }) };
}

/** The quoted paths, each with the folder before it, if there is one: `AT_FDCWD<folder>, "path"`. */
function pathsOf(args: string): string[] {
  return [...args.matchAll(/(?:(?:\d+|AT_FDCWD)<([^>]*)>(?:\(deleted\))?, )?"([^"]*)"/g)].map(
    ([, base = '', path = '']) => resolve(unhex(base).toString(), unhex(path).toString()),
  );
}

/** All bytes of a write, whose strings are long: no regular expression walks over them. */
function bytesOf({ name, args }: Call): Buffer {
  const parts: Buffer[] = [];
  for (let at = args.indexOf('"'); at !== -1; ) {
    const end = args.indexOf('"', at + 1);
    if (end === -1 || args.startsWith('...', end + 1)) throw new Error(`cut short: ${name}(${brief(args)}`);
    parts.push(unhex(args.slice(at + 1, end)));
    at = args.indexOf('"', end + 1);
  }
  return Buffer.concat(parts);
}

/** Of a whole answer, head and body in one write. */
function idOf(answer: string): string {
  const { id } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { id?: unknown };
  if (typeof id !== 'string') throw new Error(`an answer without id: ${answer}`);
  return id;
}
