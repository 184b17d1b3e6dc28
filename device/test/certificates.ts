import { readFileSync } from 'node:fs';

const pem = (name: string): Buffer => readFileSync(new URL(`certificates/${name}.pem`, import.meta.url));
const key = pem('key');

/** Made by `certificates/make.sh`. */
export const certificates = {
  /** Who trusts it trusts those that it has signed: all but `selfSigned`. */
  authority: pem('authority'),
  /** For `localhost`, until 2120. */
  good: { key, cert: pem('good') },
  expired: { key, cert: pem('expired') },
  notYet: { key, cert: pem('not-yet') },
  otherHost: { key, cert: pem('other-host') },
  selfSigned: { key, cert: pem('self-signed') },
};
