import { parseArgs } from 'node:util';
import { type BoothDoc, isEventId } from '@photomaton/design-docs/docs';
import { pino } from 'pino';
import { z } from 'zod';
import { MIN_LENGTH, type PasswordProblem, type Passwords, randomPassword } from './accounts/passwords.ts';
import { loadPortalConfig, type PortalConfig } from './config.ts';
import type { openConsole } from './terminal/console.ts';
import { readPassword } from './terminal/read-password.ts';
import { explainStart } from './terminal/start-errors.ts';
import { terminalLanguage } from './terminal/terminal-language.ts';

/** `npm run admin -- COMMAND`: what an operator may need when the web pages are not the way. */

const HELP = `Usage: npm run admin -- COMMAND [--random] [--config FILE]

  create-operator EMAIL NAME   an account that manages customers
  create-customer EMAIL NAME   an account that owns booths and sees their photos
  set-password EMAIL           a new password; ends every session of the account
  forget-second-factor EMAIL   for whoever lost her app and her recovery codes: the next login sets up a new one
  list-booths                  every booth: serial, name, e-mail of its owner, when it was paired
  rerender EVENT               makes the event's pictures and boomerangs again, from the shots that its booths kept,
                               and writes them to a folder: [--template NAME] [--output FOLDER]

The password is asked for, or read from the first line of the input.
--random makes one instead and prints it once.
The configuration is that of the portal (DATA_DIR, COUCH_URL, …); the portal may run or not.
`;

/** What a person asked for cannot be done; the message says why. */
class Refusal extends Error {}

type Console = Awaited<ReturnType<typeof openConsole>>;
type Command = (
  o: Console & {
    args: string[];
    values: ReturnType<typeof parse>['values'];
    newPassword(): Promise<string>;
    print(line: string): void;
  },
) => Promise<void>;

const COMMANDS: Record<string, { args: number; check?(args: string[]): void; run: Command }> = {
  'create-operator': { args: 2, check: checkPerson, run: create('operator') },
  'create-customer': { args: 2, check: checkPerson, run: create('customer') },
  'set-password': { args: 1, run: setPassword },
  'forget-second-factor': { args: 1, run: forgetSecondFactor },
  'list-booths': { args: 0, run: listBooths },
  rerender: { args: 1, check: checkEvent, run: rerenderEvent },
};

const WHY: Record<PasswordProblem, string> = {
  'too-short': `the password takes at least ${MIN_LENGTH} characters`,
  'too-long': 'the password takes at most 256 characters',
  common: 'this password is so common that it would soon be guessed',
};

/** This command says itself what a person needs to know. */
const silent = pino({ level: 'silent' });

let config: PortalConfig | undefined;
try {
  const { values, positionals } = parse(process.argv.slice(2));
  const [name = '', ...args] = positionals;
  const command = COMMANDS[name];
  if (values.help || name === 'help') {
    process.stdout.write(HELP);
  } else if (!command || args.length !== command.args) {
    throw new Refusal(
      `${command ? `${name} takes ${command.args} arguments` : `no such command: ${name}`}\n\n${HELP}`,
    );
  } else {
    command.check?.(args);
    config = loadPortalConfig(values.config === undefined ? [] : ['--config', values.config]);
    const print = (line: string): void => void process.stdout.write(`${line}\n`);
    // Not for a command that is mistyped, or asks for help.
    const { openConsole } = await import('./terminal/console.ts');
    const desk = await openConsole({ config, log: silent });
    try {
      const newPassword = () => choosePassword(desk.passwords, values.random, print);
      await command.run({ ...desk, args, values, newPassword, print });
    } finally {
      await desk.stop();
    }
  }
} catch (error) {
  const line = error instanceof Refusal ? error.message : explainStart(error, config);
  if (line === undefined) throw error;
  process.stderr.write(`${line.trimEnd()}\n`);
  process.exitCode = 1;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        random: { type: 'boolean', default: false },
        config: { type: 'string' },
        template: { type: 'string' },
        output: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw new Refusal(`${(cause as Error).message}\n\n${HELP}`, { cause });
  }
}

function checkPerson([email = '', name = '']: string[]): void {
  if (!z.email().max(254).safeParse(email).success) throw new Refusal(`${email} is not an e-mail address`);
  if (name.trim() === '' || name.length > 100) throw new Refusal('the name takes 1 to 100 characters');
}

function create(role: 'operator' | 'customer'): Command {
  return async ({ args: [email = '', name = ''], accounts, audit, newPassword, print }) => {
    if (await accounts.byEmail(email)) throw new Refusal(`${email} already has an account`);
    const password = await newPassword();
    const created = await accounts.create({
      role,
      name: name.trim(),
      email,
      language: terminalLanguage(),
      password,
    });
    if (created.kind === 'email-taken') throw new Refusal(`${email} already has an account`);
    await audit(`${role} created`, {
      actor: null,
      subject: created.account.id,
      details: { by: 'admin command' },
    });
    print(`${role} ${email} created`);
  };
}

async function setPassword({
  args: [email = ''],
  accounts,
  audit,
  newPassword,
  print,
}: Parameters<Command>[0]) {
  const account = await accounts.byEmail(email);
  if (!account) throw new Refusal(`${email} has no account`);
  await accounts.setPassword(account.id, await newPassword());
  await audit('password set', { actor: null, subject: account.id, details: { by: 'admin command' } });
  print(`password of ${account.email} set`);
}

async function forgetSecondFactor({
  args: [email = ''],
  accounts,
  secondFactor,
  audit,
  print,
}: Parameters<Command>[0]) {
  const account = await accounts.byEmail(email);
  if (!account) throw new Refusal(`${email} has no account`);
  await secondFactor.disable(account.id);
  await audit('second factor turned off', {
    actor: null,
    subject: account.id,
    details: { by: 'admin command' },
  });
  print(`${account.email} logs in with the password alone until a new second factor is set up`);
}

async function listBooths({ couch, accounts, print }: Parameters<Command>[0]) {
  const PAGE = 200;
  let startkey = 'booth:';
  while (true) {
    const booths = await couch.range<BoothDoc>('fleet', { startkey, endkey: 'booth:\ufff0', limit: PAGE });
    for (const { booth, name, owner, pairedAt } of booths) {
      const account = await accounts.byId(owner);
      print([booth, name, account?.email ?? owner, pairedAt].join('\t'));
    }
    const last = booths.at(-1);
    if (!last || booths.length < PAGE) return;
    startkey = `${last._id}\u0000`;
  }
}

function checkEvent([event = '']: string[]): void {
  if (!isEventId(event)) throw new Refusal(`${event} is not the id of an event`);
}

async function rerenderEvent({ couch, args: [id = ''], values, print }: Parameters<Command>[0]) {
  // It brings what draws pictures with it.
  const { findEvent, rerender } = await import('./rerender.ts');
  const event = await findEvent(couch, id);
  if (!event) throw new Refusal(`there is no event ${id}`);
  const folder = values.output ?? `rerendered-${id}`;
  let made = 0;
  const wanted = { event, template: values.template, folder };
  for await (const picture of rerender({ couch, log: silent }, wanted)) {
    if (picture.kind === 'skipped') print(`${picture.name} skipped: ${picture.why}`);
    else if (picture.lacks) print(`${picture.name} has ${picture.lacks}`);
    if (picture.kind === 'made') made += 1;
  }
  print(`${made} ${made === 1 ? 'picture' : 'pictures'} of ${event.title} in ${folder}`);
}

async function choosePassword(passwords: Passwords, random: boolean, print: (line: string) => void) {
  if (random) {
    const password = randomPassword();
    print(`password: ${password}`);
    return password;
  }
  const password = await readPassword({
    input: process.stdin,
    output: process.stderr,
    prompt: 'New password: ',
  });
  if (password === undefined) throw new Refusal('no password was given (type one, or use --random)');
  const problem = passwords.problem(password);
  if (problem) throw new Refusal(WHY[problem]);
  return password;
}
