import { openCouch } from '@photomaton/couch';
import type { Logger } from 'pino';
import { openAccounts } from '../accounts/accounts.ts';
import { openPasswords } from '../accounts/passwords.ts';
import { openSecondFactor } from '../accounts/second-factor.ts';
import { openAudit } from '../audit/audit.ts';
import type { PortalConfig } from '../config.ts';
import { openCouchServer, runningCouchServer, setUpCouch } from '../couch-server.ts';
import { openSecrets } from '../secrets.ts';

/**
 * The portal's data without its web pages: through the running embedded server where there is one, else
 * through one started for the moment. Whoever may read the data folder may do all this.
 */
export async function openConsole({ config, log }: { config: PortalConfig; log: Logger }) {
  const running = config.couch.kind === 'embedded' ? await runningCouchServer(config.dataDir) : undefined;
  const server = running
    ? { admin: running, stop: async () => {} }
    : await openCouchServer({ config: { ...config, couch: onFreePort(config.couch) }, log });
  try {
    const secrets = await openSecrets({ dataDir: config.dataDir, secret: config.secret });
    const { couchAddress } = await setUpCouch({ admin: server.admin, secrets });
    const couch = openCouch(couchAddress);
    const now = () => new Date();
    const passwords = await openPasswords();
    return {
      couch,
      passwords,
      accounts: openAccounts({ couch, passwords, now }),
      secondFactor: openSecondFactor({ couch, secrets, now }),
      audit: openAudit({ couch, now }),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function onFreePort(couch: PortalConfig['couch']): PortalConfig['couch'] {
  return couch.kind === 'embedded' ? { ...couch, port: 0 } : couch;
}
