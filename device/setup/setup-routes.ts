import express, { type Request, type Response, type Router } from 'express';
import type { TFunction } from 'i18next';
import { z } from 'zod';
import type { Attempt } from '../booth.ts';
import type { BoothShell } from '../booth-shell.ts';
import { LANGUAGES, type Language } from '../i18n/catalogue.ts';
import type { AccessPoint, Network } from '../network/network.ts';
import { COUNTRIES } from './countries.ts';
import { type FormProblem, readForm, typedIn } from './form.ts';

/** The answer has to reach the phone before its network goes. */
const LINGER_MS = 500;

/** What stands above the form that it is about. */
interface Notice {
  text: string;
  attempt?: Attempt;
}

/** The page that an installer's phone gets in the hotspot. It works without JavaScript. */
export function setupRoutes({
  serial,
  shell,
  network,
  translators,
  suggestTime,
  hasPhotos,
}: {
  serial: string;
  shell: Pick<BoothShell, 'state' | 'tell'>;
  network: Pick<Network, 'scan' | 'setCountry'>;
  translators: Record<Language, TFunction>;
  /** What the phone's clock says, for a booth that does not know the time. */
  suggestTime(time: Date): void;
  /** May the phone have the pictures of the event? */
  hasPhotos(): Promise<boolean>;
}): Router {
  const router = express.Router();
  const form = express.urlencoded({ extended: false, limit: '4kb' });

  router.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  /** What every view is given. */
  function words(req: Request, res: Response) {
    const lang = languageOf(req);
    res.set('Content-Language', lang);
    return { t: translators[lang], lang, languages: LANGUAGES, serial, path: '/' };
  }

  async function show(req: Request, res: Response, { problem, done }: { problem?: Notice; done?: string }) {
    const page = words(req, res);
    const { t, lang } = page;
    const state = shell.state();
    if (state.kind !== 'hotspot') return look(req, res, t('setup.look.waiting'));
    const notice = problem ?? (state.failure && noticeOf(state.failure, t));
    res.status(problem ? 422 : 200).render('setup', {
      ...page,
      networks: withAttempt(await network.scan(), notice?.attempt),
      notice,
      done,
      countries: countriesIn(lang),
      country: countryOf(req),
      hasPhotos: await hasPhotos(),
    });
  }

  /** "Now look at the booth": the phone is about to lose this page. */
  function look(req: Request, res: Response, text: string): void {
    res.render('look', { ...words(req, res), text });
  }

  function later(res: Response, then: () => void): void {
    res.on('finish', () => setTimeout(then, LINGER_MS));
  }

  router.get('/', (req, res) => show(req, res, {}));

  router.post('/join', form, async (req, res) => {
    const t = translators[languageOf(req)];
    const given = readForm(req.body);
    if (given.kind === 'bad') return show(req, res, { problem: mendable(given.problem, req.body, t) });
    const { request } = given;
    look(req, res, t('setup.look.joining', { name: nameOf(request, t) }));
    later(res, () => shell.tell({ type: 'join', request }));
  });

  router.post('/search', (req, res) => {
    look(req, res, translators[languageOf(req)]('setup.look.searching'));
    later(res, () => shell.tell({ type: 'search' }));
  });

  router.post('/country', form, async (req, res) => {
    const lang = languageOf(req);
    const given = z
      .object({ country: z.string().refine((code) => COUNTRIES.includes(code)) })
      .safeParse(req.body);
    if (!given.success) {
      res.status(400).type('text').send('country: two letters');
      return;
    }
    const { country } = given.data;
    await network.setCountry(country);
    const name = new Intl.DisplayNames(lang, { type: 'region' }).of(country);
    await show(req, res, { done: translators[lang]('setup.country.done', { country: name }) });
  });

  router.post('/time', form, (req, res) => {
    const given = z.object({ now: z.coerce.number().int() }).safeParse(req.body);
    if (given.success) suggestTime(new Date(given.data.now));
    res.status(given.success ? 204 : 400).end();
  });

  return router;
}

/** What a network is called in a sentence; a cable has no name of its own. */
function nameOf(attempt: Attempt, t: TFunction): string {
  return attempt.kind === 'wifi' ? attempt.ssid : t('network.cable');
}

function noticeOf({ attempt, reason }: { attempt: Attempt; reason: string }, t: TFunction): Notice {
  return { attempt, text: t(`failed.${reason}`, { name: nameOf(attempt, t) }) };
}

/** The notice goes to the form it came from; what was typed, but the password, is still there. */
function mendable(problem: FormProblem, body: unknown, t: TFunction): Notice {
  const attempt = typedIn(body);
  return { attempt, text: t(`setup.${problem}`, { name: attempt.kind === 'wifi' ? attempt.ssid : '' }) };
}

type Listed = AccessPoint & { attempted?: Attempt };

/** The networks in sight, the tried one marked. One that is out of sight has its place in the form for hidden ones. */
function withAttempt(networks: AccessPoint[], attempt: Attempt | undefined): Listed[] {
  if (attempt?.kind !== 'wifi' || attempt.hidden) return networks;
  const isIt = ({ ssid, bytes }: AccessPoint) => ssid === attempt.ssid && bytes === attempt.bytes;
  return networks.map((one) => (isIt(one) ? { ...one, attempted: attempt } : one));
}

const countryLists = new Map<Language, { code: string; name: string }[]>();

function countriesIn(lang: Language): { code: string; name: string }[] {
  const known = countryLists.get(lang);
  if (known) return known;
  const names = new Intl.DisplayNames(lang, { type: 'region' });
  const list = COUNTRIES.map((code) => ({ code, name: names.of(code) ?? code })).sort((a, b) =>
    a.name.localeCompare(b.name, lang),
  );
  countryLists.set(lang, list);
  return list;
}

/** What the phone's languages say of where it is at home: `fr-BE` is Belgium. */
function countryOf(req: Request): string | undefined {
  const regions = req.acceptsLanguages().map((tag) => /-([A-Za-z]{2})$/.exec(tag)?.[1]?.toUpperCase());
  return regions.find((code) => code !== undefined && COUNTRIES.includes(code));
}

export function languageOf(req: Request): Language {
  const { lang } = req.query;
  return (
    LANGUAGES.find((known) => known === lang) ?? ((req.acceptsLanguages(...LANGUAGES) || 'en') as Language)
  );
}
