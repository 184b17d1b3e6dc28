import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CouchAddress, openCouch } from '@photomaton/couch';
import { openChromium } from '@photomaton/design-docs/chromium';
import { Secret, TOTP } from 'otpauth';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openAccounts } from '../../accounts/accounts.ts';
import { openPasswords } from '../../accounts/passwords.ts';
import { couchAdmin, couchEnv, testCouch } from '../test-couch.ts';

/** The product as it ships: portal and booth as processes of their own, a real browser before them. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DEADLINE_MS = 60_000;

/** Mulberry32: small and repeatable. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A free port, let go of at once: the process that is given it takes it a moment later. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Asks again until there is an answer; throws with what was last seen after a minute. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${deadlineMs} ms for ${what}`, { cause: last });
}

/** A program of the product; `log` collects what it printed. */
export interface Program {
  url: string;
  log: () => string;
  /** SIGTERM, and SIGKILL when it does not go within ten seconds. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

async function startProgram(
  file: string,
  { port, env, readyMs = DEADLINE_MS }: { port: number; env: Record<string, string>; readyMs?: number },
): Promise<Program> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-200_000);
    });
  }
  const exited = once(child, 'exit');
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(hard);
  };
  const url = `http://localhost:${port}`;
  try {
    await until(
      `${file} to be ready`,
      async () => {
        if (child.exitCode !== null) throw new Error(`${file} ended: ${printed}`);
        return (await fetch(`${url}/healthz`)).ok;
      },
      readyMs,
    );
  } catch (error) {
    await end('SIGKILL');
    throw new Error(`${file} did not start: ${printed}`, { cause: error });
  }
  return { url, log: () => printed, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

export interface Login {
  email: string;
  password: string;
}

export interface Product {
  portal: Program;
  booth: Program;
  browser: Browser;
  startPortal(): Promise<Program>;
  /** `env` is for this start. */
  startBooth(env?: Record<string, string>): Promise<Program>;
  /** Where its CouchDB is, with the administrator's password. */
  couchAdmin(): Promise<CouchAddress>;
  createCustomer(email: string, name: string): Promise<Login>;
  createOperator(email: string, name: string): Promise<Login>;
  /** A page in a browser of its own (cookies, language). */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
}

/** Starts portal and a demo booth in a fresh folder; all ends with the test. */
export async function startProduct(
  t: Pick<TestContext, 'after'>,
  { boothEnv = {} }: { boothEnv?: Record<string, string> } = {},
): Promise<Product> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-e2e-'));
  const ports = { portal: await freePort(), booth: await freePort() };
  const place = { dataDir: join(dir, 'portal'), couch: await testCouch(t) };
  const portalEnv = {
    DATA_DIR: place.dataDir,
    PORTAL_PORT: String(ports.portal),
    ...couchEnv(place.couch),
  };
  const startPortal = async () => {
    product.portal = await startProgram('portal/main.ts', { port: ports.portal, env: portalEnv });
    return product.portal;
  };
  const startBooth = async (env: Record<string, string> = {}) => {
    product.booth = await startProgram('device/main.ts', {
      port: ports.booth,
      env: {
        DATA_DIR: join(dir, 'booth'),
        BOOTH_PORT: String(ports.booth),
        SETUP_PORT: '0',
        PORTAL_URL: `http://localhost:${ports.portal}`,
        SYNC_INTERVAL_S: '2',
        DISK_RESERVE_MB: '10',
        CAMERA: 'player',
        DEMO: '1',
        ...boothEnv,
        ...env,
      },
    });
    return product.booth;
  };
  const createAccount = async (
    role: 'operator' | 'customer',
    email: string,
    name: string,
  ): Promise<Login> => {
    const password = `wedding pictures of ${email}`;
    // As `npm run admin` does, which has tests of its own and takes seconds to start.
    const couch = openCouch(await couchAdmin(place));
    const accounts = openAccounts({ couch, passwords: await openPasswords(), now: () => new Date() });
    const { kind } = await accounts.create({ role, name, email, language: 'fr', password });
    if (kind !== 'created') throw new Error(`${email}: ${kind}`);
    return { email, password };
  };

  const browser = await openChromium(t);
  const product: Product = {
    portal: undefined as unknown as Program, // set by startPortal and startBooth below, before anyone sees it
    booth: undefined as unknown as Program,
    browser,
    startPortal,
    startBooth,
    couchAdmin: () => couchAdmin(place),
    createCustomer: (email, name) => createAccount('customer', email, name),
    createOperator: (email, name) => createAccount('operator', email, name),
    async open(url, options = {}) {
      const context = await browser.newContext({
        locale: 'fr-FR',
        viewport: { width: 1280, height: 800 },
        // The booth's player and all that glides take the processor from what is tested.
        reducedMotion: 'reduce',
        ...options,
      });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
  };
  t.after(async () => {
    await product.booth?.stop();
    await product.portal?.stop();
    await rm(dir, { recursive: true, force: true });
  });
  await startPortal();
  await startBooth();
  return product;
}

/** Logs in by the form, as a person does. */
export async function logIn(page: Page, { email, password }: Login): Promise<void> {
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[name="password"]').fill(password);
  await page.locator('input[name="password"]').press('Enter');
  await page.waitForURL((url) => url.pathname !== '/login');
}

/** What an operator does after her first login: reads the key, types the code that an app shows for it. */
export async function setUpSecondFactor(page: Page): Promise<void> {
  const key = ((await page.locator('#key').textContent()) ?? '').replaceAll(' ', '');
  await page.locator('#code').fill(TOTP.generate({ secret: Secret.fromBase32(key) }));
  await page.locator('#code').press('Enter');
  await page.locator('#recovery-codes').waitFor();
}
