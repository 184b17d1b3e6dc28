import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { eventually } from './eventually.ts';

/** A letter as it came over the wire. */
export interface Mail {
  from: string;
  /** Whom the mail server was told to give it to. */
  to: string[];
  /** Header lines, unfolded. */
  headers: string[];
  text: string;
}

/** A real mail server that keeps what it is given. */
export async function openMailbox(t: Pick<TestContext, 'after'>) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, ...opened(Buffer.concat(parts).toString('utf8')) });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    /** The next letter to this address, once it is there; it is taken out. */
    take: (email: string): Promise<Mail> =>
      eventually(`a letter to ${email}`, async () => {
        const at = mails.findIndex(({ to }) => to.includes(email));
        return at === -1 ? undefined : mails.splice(at, 1)[0];
      }),
  };
}

function opened(raw: string): { headers: string[]; text: string } {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const headers = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const body = rest.join('\r\n\r\n');
  const isQuoted = headers.some((line) => /^content-transfer-encoding: quoted-printable/i.test(line));
  return { headers, text: isQuoted ? unquoted(body) : body };
}

function unquoted(text: string): string {
  const bytes = text.replaceAll('=\r\n', '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => `%${hex}`);
  return decodeURIComponent(bytes.replaceAll(/%(?![0-9A-F]{2})/g, '%25'));
}

/** The path of the link in a letter. */
export function pathIn({ text }: Mail, origin: string): string {
  const link = text
    .split(/\s/)
    .find((word) => word.startsWith(`${origin}/`) && word.length > origin.length + 30);
  if (link === undefined) throw new Error(`no link in ${text}`);
  return link.slice(origin.length);
}
