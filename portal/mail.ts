import { createTransport } from 'nodemailer';
import type { Logger } from 'pino';
import type { PortalConfig } from './config.ts';
import type { Catalogue, Language } from './i18n.ts';

type Letter =
  | 'invitation'
  | 'reset'
  | 'email-confirm'
  | 'email-changed'
  | 'password-changed'
  | 'second-factor-changed'
  | 'account-closed'
  | 'alarms';

/** Letters to people, in their language. */
export interface Post {
  /** Is there a mail server? Without one, links are shown to the operator. */
  readonly isOpen: boolean;
  /** Did the mail server take it? What it said is in the log. */
  send(
    letter: Letter,
    to: { email: string; name: string; language: Language },
    values?: Record<string, string>,
  ): Promise<boolean>;
  stop(): Promise<void>;
}

export function openPost(o: {
  mail: PortalConfig['mail'];
  portalUrl: string;
  catalogue: Catalogue;
  log: Logger;
}): Post {
  const { mail, catalogue, log } = o;
  if (!mail) return { isOpen: false, send: async () => false, stop: async () => {} };
  const transport = createTransport(mail.smtpUrl, {
    from: { name: 'Photomaton', address: mail.from ?? `no-reply@${new URL(o.portalUrl).hostname}` },
  });
  const underWay = new Set<Promise<boolean>>();

  async function send(...[letter, { email, name, language }, values]: Parameters<Post['send']>) {
    const t = catalogue.translator(language);
    const words = { ...values, name, portal: o.portalUrl };
    try {
      await transport.sendMail({
        // As parts, so that nothing in them is read as a second address; line breaks in a subject are folded away.
        to: { name: '', address: email },
        subject: t(`mail:${letter}.subject`, words),
        text: `${t(`mail:${letter}.text`, words)}\n\n${t('mail:greeting', words)}\n`,
      });
      return true;
    } catch (err) {
      log.error({ err, letter }, 'mail not sent');
      return false;
    }
  }

  return {
    isOpen: true,
    async send(...letter) {
      const sending = send(...letter);
      underWay.add(sending);
      return await sending.finally(() => underWay.delete(sending));
    },
    async stop() {
      await Promise.race([Promise.all(underWay), new Promise((done) => setTimeout(done, 1000).unref())]);
      transport.close();
    },
  };
}
