import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Couch, openCouch } from '@photomaton/couch';
import { Secret, TOTP } from 'otpauth';
import { pino } from 'pino';
import { type Account, type Accounts, openAccounts } from '../accounts/accounts.ts';
import { openPasswords } from '../accounts/passwords.ts';
import { openSecondFactor } from '../accounts/second-factor.ts';
import type { PortalConfig } from '../config.ts';
import { type Portal, startPortal } from '../portal.ts';
import { openSecrets } from '../secrets.ts';
import { type Login, openVisitor, type Visitor } from './browser.ts';
import { testCouch } from './test-couch.ts';

/** A whole portal on free ports, in a folder of its own, on the CouchDB of `testCouch`. */
export interface Stack {
  portal: Portal;
  /** Where the portal listens. */
  url: string;
  dataDir: string;
  /** The portal's own connection to its CouchDB, and the administrator's. */
  couch: Couch;
  admin: Couch;
  accounts: Accounts;
  /** A new account with a password, ready to log in. */
  account(o?: { role?: Account['role']; name?: string; language?: 'fr' | 'en' }): Promise<Account & Login>;
  /** Somebody with no cookies, or logged in. */
  visitor(who?: Login): Promise<Visitor>;
}

/** A configuration for tests: a free port, silent (`LOG_LEVEL=trace` shows the log). */
export function testConfig(
  over: Pick<PortalConfig, 'dataDir' | 'couch'> & Partial<PortalConfig>,
): PortalConfig {
  return {
    host: '127.0.0.1',
    port: 0,
    url: undefined,
    syncUrl: undefined,
    mail: undefined,
    alarms: { webhook: undefined, offlineHours: 72 },
    logLevel: 'silent',
    secret: undefined,
    trustProxy: ['loopback'],
    ...over,
  };
}

/** Starts a portal that ends with the test. One that is to be there again is given its folder and its CouchDB. */
export async function startStack(
  t: Pick<TestContext, 'after'>,
  over: Partial<PortalConfig> = {},
): Promise<Stack> {
  const dataDir = over.dataDir ?? (await mkdtemp(join(tmpdir(), 'photomaton-portal-')));
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
  const config = testConfig({ ...over, dataDir, couch: over.couch ?? (await testCouch(t)) });
  const portal = await startPortal({ config, log });
  t.after(async () => {
    await portal.stop();
    if (!over.dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  const couch = openCouch(portal.couchAddress);
  const accounts = openAccounts({ couch, passwords: await openPasswords(), now: () => new Date() });
  const secrets = await openSecrets({ dataDir, secret: over.secret });
  const secondFactor = openSecondFactor({ couch, secrets, now: () => new Date() });
  const url = `http://localhost:${portal.port}`;
  return {
    portal,
    url,
    dataDir,
    couch,
    admin: openCouch(portal.admin),
    accounts,
    async account({ role = 'customer', name = 'Camille & Noé', language = 'en' } = {}) {
      const password = randomBytes(12).toString('base64url');
      const email = `${randomBytes(6).toString('hex')}@example.com`;
      const created = await accounts.create({ role, name, email, language, password });
      if (created.kind !== 'created') throw new Error(`${email} is taken`);
      const { account } = created;
      if (role === 'customer') return { ...account, password };
      // Operators need a second factor: they log in with their recovery codes, as nobody waits for the next step here.
      const secret = secondFactor.draw();
      const code = TOTP.generate({ secret: Secret.fromBase32(secret) });
      const recoveryCodes = (await secondFactor.enable(account.id, secret, code)) ?? [];
      return { ...account, hasSecondFactor: true, password, recoveryCodes };
    },
    async visitor(who) {
      const visitor = openVisitor({ url, origin: portal.url });
      if (who) await visitor.login(who);
      return visitor;
    },
  };
}

/** Two portals of one installation: the same CouchDB, the same secret. */
export async function startNodes(t: Pick<TestContext, 'after'>): Promise<[Stack, Stack]> {
  const secret = randomBytes(32);
  const one = await startStack(t, { secret });
  const two = await startStack(t, { secret, couch: { kind: 'server', admin: one.portal.admin } });
  return [one, two];
}
