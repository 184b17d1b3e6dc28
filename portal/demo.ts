import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { randomPassword } from './accounts/passwords.ts';
import { type DemoConfig, loadDemoConfig } from './config.ts';
import { openConsole } from './terminal/console.ts';
import { type Program, ProgramError, startProgram } from './terminal/program.ts';
import { explainStart } from './terminal/start-errors.ts';
import { terminalLanguage } from './terminal/terminal-language.ts';

/**
 * `npm start`: the portal and one booth on this machine, as two programs that know each other only by
 * their addresses. At the first start it makes an operator and a customer, and says how to log in, once.
 */

const READY_WITHIN_MS = 90_000;
/** Two programs, one after the other, within five seconds. */
const STOP_EACH_WITHIN_MS = 2_300;
/** npm passes Ctrl-C on, so that one press may reach us twice. */
const SAME_CTRL_C_MS = 500;
const OPERATOR = { role: 'operator', name: 'Operator', email: 'operator@example.com' } as const;
const CUSTOMER = { role: 'customer', name: 'Camille & Noé', email: 'camille@example.com' } as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const asked = new AbortController();
let askedAt = 0;
const programs: Program[] = [];

process.on('SIGINT', stopWhenAsked).on('SIGTERM', stopWhenAsked).on('SIGHUP', stopWhenAsked);
let config: DemoConfig | undefined;
try {
  config = loadDemoConfig();
  await run(config);
} catch (error) {
  if (!asked.signal.aborted) {
    const line = error instanceof ProgramError ? error.message : explainStart(error, config?.portal);
    process.stderr.write(`${line ?? (error as Error).stack}\n`);
    process.exitCode = 1;
  }
}
// The booth first: it may be sending to the portal.
for (const program of programs.reverse()) await program.stop(STOP_EACH_WITHIN_MS);
process.exit();

async function run({ portal, boothPort, logDir, env }: DemoConfig): Promise<void> {
  const portalUrl = `http://localhost:${portal.port}`;
  const boothUrl = `http://localhost:${boothPort}`;
  say('Starting the portal and a booth …');
  await begin({ name: 'portal', env: env.portal, url: portalUrl });
  const logins = await firstLogins(portal);
  await begin({ name: 'booth', env: env.booth, url: boothUrl });

  say(`\nPortal  ${portal.url ?? portalUrl}`);
  say(`Booth   ${boothUrl}   (what its touch screen shows)\n`);
  if (logins.length === 0) {
    say('The logins were shown at the first start. To set another password:');
    say(
      `  ${logDir === './data' ? '' : `DATA_DIR=${portal.dataDir} `}npm run admin -- set-password ${OPERATOR.email}`,
    );
  }
  for (const { email, password, role } of logins) say(`Log in as ${role}: ${email}   password: ${password}`);
  if (logins.length > 0) {
    say('These passwords are shown only this once.');
    say('The operator sets up an authenticator app at the first login: any that reads a QR code.');
  }
  say('\nCtrl-C stops everything.');
  await Promise.race([...programs.map(({ failed }) => failed), untilAsked()]);

  async function begin(o: { name: 'portal' | 'booth'; env: NodeJS.ProcessEnv; url: string }): Promise<void> {
    const file = fileURLToPath(
      new URL(o.name === 'portal' ? 'main.ts' : '../device/main.ts', import.meta.url),
    );
    const program = startProgram({ ...o, file, logDir });
    programs.push(program);
    await Promise.race([ready(o), program.failed, untilAsked()]);
  }
}

/** Waits until the program says that it is well. */
async function ready({ name, url }: { name: string; url: string }): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && !asked.signal.aborted) {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new ProgramError(`the ${name} was not ready within ${READY_WITHIN_MS / 1000} s`);
}

/** Creates the first accounts. Gives those that did not exist, with their passwords. */
async function firstLogins(portal: DemoConfig['portal']) {
  const desk = await openConsole({ config: portal, log: pino({ level: 'silent' }) });
  try {
    const logins = [];
    for (const person of [OPERATOR, CUSTOMER]) {
      const password = randomPassword();
      const created = await desk.accounts.create({ ...person, language: terminalLanguage(), password });
      if (created.kind !== 'created') continue;
      await desk.audit(`${person.role} created`, {
        actor: null,
        subject: created.account.id,
        details: { by: 'first start' },
      });
      logins.push({ ...person, password });
    }
    return logins;
  } finally {
    await desk.stop();
  }
}

function stopWhenAsked(): void {
  if (!asked.signal.aborted) {
    askedAt = Date.now();
    say('\nStopping …');
    asked.abort();
  } else if (Date.now() - askedAt > SAME_CTRL_C_MS) process.exit(1);
}

/** Rejects when the person asks us to stop. */
function untilAsked(): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Error('asked to stop'));
    if (asked.signal.aborted) stop();
    else asked.signal.addEventListener('abort', stop, { once: true });
  });
}
