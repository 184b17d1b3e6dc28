import type { Program } from './program.ts';

/** `gphoto2 --shell`, spoken with one command after the other. */
export interface Shell {
  /** Sends the command; gives what was said until the next prompt. Rejects when it ended or does not answer. */
  command(line: string, withinMs: number, onText?: (text: string) => void): Promise<string>;
  /** The first prompt. */
  ready(withinMs: number): Promise<void>;
}

/** Seen with gphoto2 2.5.28: `gphoto2: {/local/folder} /folder/on/camera> `, without a line end. */
const PROMPT = /gphoto2: \{[^\n]*\} \/[^\n]*> $/;
/** An answer has a few lines. */
const ANSWER_CHARS = 100_000;

/** `ended`: there is nobody any more. `silent`, `garbage`: it hangs, or speaks nonsense. */
export class ShellError extends Error {
  readonly code: 'ended' | 'silent' | 'garbage';
  constructor(code: ShellError['code']) {
    super(`gphoto2 is ${code}`);
    this.code = code;
  }
}

export function openShell({ stdin, stdout, ended }: Pick<Program, 'stdin' | 'stdout' | 'ended'>): Shell {
  let text = '';
  let hasEnded = false;
  let waiting: { settle(failure?: Error): void; onText?: ((text: string) => void) | undefined } | undefined;

  stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    waiting?.onText?.(text);
    if (PROMPT.test(text)) waiting?.settle();
    else if (text.length > ANSWER_CHARS) waiting?.settle(new ShellError('garbage'));
  });
  void ended.then(() => {
    hasEnded = true;
    waiting?.settle(new ShellError('ended'));
  });

  function prompt(withinMs: number, onText?: (text: string) => void): Promise<string> {
    if (hasEnded) return Promise.reject(new ShellError('ended'));
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => waiting?.settle(new ShellError('silent')), withinMs);
      waiting = {
        onText,
        settle(failure) {
          clearTimeout(deadline);
          waiting = undefined;
          const answer = text;
          text = '';
          if (failure) reject(failure);
          else resolve(answer);
        },
      };
    });
  }

  return {
    command(line, withinMs, onText) {
      text = '';
      const answer = prompt(withinMs, onText);
      stdin.write(`${line}\n`);
      return answer;
    },
    ready: async (withinMs) => void (await prompt(withinMs)),
  };
}
