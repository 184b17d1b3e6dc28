import express, { type Request, type Response, type Router } from 'express';
import type { TFunction } from 'i18next';
import { z } from 'zod';
import type { JoinRequest } from '../booth.ts';
import type { BoothShell } from '../booth-shell.ts';
import { LANGUAGES, type Language } from '../i18n/catalogue.ts';
import type { AccessPoint, Network } from '../network/network.ts';

/** The installer's form, one network: as long as the standard allows, no longer. */
const form = z.object({
  ssid: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= 32),
  password: z.string().max(64).default(''),
  hidden: z.literal('1').optional(),
});
/** WPA2: 8 to 63 characters, or 64 hexadecimal digits. */
const PASSWORD = /^(?:.{8,63}|[0-9a-fA-F]{64})$/;
/** While a network is being tried the page asks again this often, if the phone is still (or again) here. */
const ASK_AGAIN_S = 3;

type Problem = { ssid: string; text: string };

/** The page that an installer's phone gets in the hotspot. It works without JavaScript. */
export function setupRoutes({
  serial,
  shell,
  network,
  translators,
}: {
  serial: string;
  shell: Pick<BoothShell, 'state' | 'tell'>;
  network: Pick<Network, 'scan' | 'state'>;
  translators: Record<Language, TFunction>;
}): Router {
  const router = express.Router();

  async function show(req: Request, res: Response, problem?: Problem): Promise<void> {
    const lang = languageOf(req);
    const t = translators[lang];
    const state = shell.state();
    res.set({ 'Cache-Control': 'no-store', 'Content-Language': lang });
    const page = { t, lang, languages: LANGUAGES, serial };
    if (state.kind === 'hotspot') {
      const failed = state.failure && {
        ssid: state.failure.ssid,
        text: t(`setup.failed.${state.failure.reason}`, { ssid: state.failure.ssid }),
      };
      const shown = problem ?? failed;
      const networks = withFailed(await network.scan(), shown?.ssid);
      res.status(problem ? 422 : 200).render('setup', { ...page, networks, problem: shown });
      return;
    }
    const isTrying = state.kind === 'joining' || state.kind === 'restarting' || state.kind === 'starting';
    if (isTrying) res.set('Refresh', `${ASK_AGAIN_S}; url=${req.baseUrl}?lang=${lang}`);
    const ssid = state.kind === 'joining' ? state.ssid : network.state().ssid;
    res.render('setup-done', { ...page, isTrying, ssid });
  }

  router.get('/', (req, res) => show(req, res));

  router.post('/', express.urlencoded({ extended: false, limit: '4kb' }), async (req, res) => {
    const t = translators[languageOf(req)];
    const given = form.safeParse(req.body);
    if (!given.success) return show(req, res, { ssid: '', text: t('setup.noName') });
    const { ssid, password, hidden } = given.data;
    if (password !== '' && !PASSWORD.test(password)) {
      return show(req, res, { ssid, text: t('setup.badPassword') });
    }
    const request: JoinRequest = {
      kind: 'wifi',
      ssid,
      ...(password !== '' && { password }),
      ...(hidden && { hidden: true }),
    };
    shell.tell({ type: 'join', request });
    res.redirect(303, `${req.baseUrl}?lang=${languageOf(req)}`);
  });

  return router;
}

/** The networks in sight, and the one that failed when it is not among them (a hidden one). */
function withFailed(
  networks: AccessPoint[],
  failed: string | undefined,
): (AccessPoint & { hidden: boolean })[] {
  const known = networks.map((network) => ({ ...network, hidden: false }));
  if (!failed || known.some(({ ssid }) => ssid === failed)) return known;
  return [{ ssid: failed, strength: 0, secured: true, band: '2.4', hidden: true }, ...known];
}

function languageOf(req: Request): Language {
  const { lang } = req.query;
  return (
    LANGUAGES.find((known) => known === lang) ?? ((req.acceptsLanguages(...LANGUAGES) || 'en') as Language)
  );
}
