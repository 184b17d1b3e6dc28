import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A password typed without echo at a terminal, else the first line of the input. Undefined: the input ended. */
export async function readPassword(o: {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  prompt: string;
}): Promise<string | undefined> {
  if (!o.input.isTTY) {
    const lines = createInterface({ input: o.input, crlfDelay: Number.POSITIVE_INFINITY });
    for await (const line of lines) {
      lines.close();
      return line;
    }
    return undefined;
  }
  // Raw before the prompt, or what is typed at once would be shown.
  o.input.setRawMode(true);
  o.input.setEncoding('utf8');
  o.output.write(o.prompt);
  try {
    return await typed(o.input);
  } finally {
    o.input.setRawMode(false);
    o.input.pause();
    o.output.write('\n');
  }
}

/** Reads raw keys until Enter; Ctrl-C and Ctrl-D give up. */
async function typed(input: NodeJS.ReadStream): Promise<string | undefined> {
  let text = '';
  while (true) {
    const [keys] = (await once(input, 'data')) as [string];
    for (const key of keys) {
      if (key === '\r' || key === '\n') return text;
      if (key === '\u0003' || key === '\u0004') return undefined;
      text = key === '\u007f' ? [...text].slice(0, -1).join('') : text + key;
    }
  }
}
