/** Reading what strace writes: its lines, and the arguments of its calls. */
import { resolve } from 'node:path';

/** A call, all its strings in hexadecimal (`-xx`). */
export interface Call {
  name: string;
  args: string;
  /** Absent until it has returned. */
  result?: string;
  time: number;
  /** The same at the beginning of a call and at its end, of no other call. */
  serial: number;
}

/**
 * Beginnings and ends of calls in the order in which they happened; a call that failed only begins. Throws over what
 * it does not understand.
 * @param text of `strace -f -ttt -xx -y -e signal=none`
 */
export function* readCalls(text: string): Generator<{ at: 'beginning' | 'end' | 'death'; call: Call }> {
  const unfinished = new Map<string, Call>();
  let serial = 0;
  for (const line of lines(text)) {
    const [, thread = '', time = '', rest = ''] = /^(\d+) +(\d+\.\d+) (.*)$/s.exec(line) ?? [];
    const begun = unfinished.get(thread);
    if (rest.startsWith('+++ ')) {
      if (begun) yield { at: 'death', call: begun };
      continue;
    }
    let call: Call;
    if (rest.startsWith('<... ')) {
      const [before, after] = splitAt(rest, ' resumed>');
      if (before !== `<... ${begun?.name}` || !begun) throw notUnderstood(line);
      unfinished.delete(thread);
      call = { ...begun, ...returned(begun.args + after, line), time: Number(time) };
    } else {
      const [name, args] = splitAt(rest, '(');
      if (!/^[a-z]\w*$/.test(name)) throw notUnderstood(line);
      call = { name, args, time: Number(time), serial: serial++ };
      if (args.endsWith(UNFINISHED)) {
        call.args = args.slice(0, -UNFINISHED.length);
        unfinished.set(thread, call);
        yield { at: 'beginning', call };
        continue;
      }
      call = { ...call, ...returned(args, line) };
      yield { at: 'beginning', call };
    }
    if (!call.result?.startsWith('-1 ')) yield { at: 'end', call };
  }
}

const UNFINISHED = ' <unfinished ...>';

function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    if (end === -1) throw notUnderstood(text.slice(at)); // strace ends what it writes
    yield text.slice(at, end);
    at = end + 1;
  }
}

/** Before and behind the first mark; empty strings if there is none. */
function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? ['', ''] : [text.slice(0, at), text.slice(at + mark.length)];
}

function returned(text: string, line: string): { args: string; result: string } {
  const at = text.lastIndexOf(' = ');
  const args = text.slice(0, Math.max(0, at)).trimEnd();
  if (!args.endsWith(')')) throw notUnderstood(line);
  return { args: args.slice(0, -1), result: text.slice(at + 3) };
}

const brief = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
const notUnderstood = (line: string) => new Error(`not understood: ${brief(line)}`);
export const sayCall = ({ name, args, result }: Call): string => `${name}(${brief(args)}) = ${result}`;

export const hex = (text: string): string => Buffer.from(text).toString('hex').replaceAll(/../g, '\\x$&');
const unhex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');

/** The file descriptor that the text begins with: `18<path>`. What is no file has a name without slash. */
export function fdOf(text: string): { number: number; path?: string } {
  const [, number, path] = /^(\d+)(?:<([^>]*)>)?/.exec(text) ?? [];
  return { number: Number(number), ...(path === undefined ? {} : { path: unhex(path).toString() }) };
}

/** The quoted paths, each with the folder before it, if there is one: `AT_FDCWD<folder>, "path"`. */
export function pathsOf({ args }: Call): string[] {
  return [...args.matchAll(/(?:(?:\d+|AT_FDCWD)<([^>]*)>(?:\(deleted\))?, )?"([^"]*)"/g)].map(
    ([, base = '', path = '']) => resolve(unhex(base).toString(), unhex(path).toString()),
  );
}

/** All bytes of a write, whose strings are long: no regular expression walks over them. */
export function bytesOf(call: Call): Buffer {
  const { args } = call;
  const parts: Buffer[] = [];
  for (let at = args.indexOf('"'); at !== -1; ) {
    const end = args.indexOf('"', at + 1);
    if (end === -1 || args.startsWith('...', end + 1)) throw new Error(`cut short: ${sayCall(call)}`);
    parts.push(unhex(args.slice(at + 1, end)));
    at = args.indexOf('"', end + 1);
  }
  return Buffer.concat(parts);
}
