import { readdirSync, readFileSync } from 'node:fs';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import i18next, { type TFunction } from 'i18next';
import { safeNext } from './web/origin.ts';

/** One catalogue file a part, `i18n/<language>/<part>.json`; its keys are asked for as `part:key`. */
export const LANGUAGES = ['fr', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const COOKIE = 'lang';
const A_YEAR_MS = 365 * 24 * 3600 * 1000;

const isLanguage = (text: unknown): text is Language => LANGUAGES.some((known) => known === text);

export interface Catalogue {
  translator(lang: Language): TFunction;
}

/** Reads every catalogue file once. */
export async function openCatalogue(): Promise<Catalogue> {
  const folder = (lang: Language): URL => new URL(`i18n/${lang}/`, import.meta.url);
  const resources = Object.fromEntries(
    LANGUAGES.map((lang) => [
      lang,
      Object.fromEntries(
        readdirSync(folder(lang))
          .filter((file) => file.endsWith('.json'))
          .map((file) => [
            file.slice(0, -'.json'.length),
            JSON.parse(readFileSync(new URL(file, folder(lang)), 'utf8')) as Record<string, string>,
          ]),
      ),
    ]),
  );
  const instance = i18next.createInstance();
  await instance.init({
    resources,
    supportedLngs: LANGUAGES,
    fallbackLng: 'en',
    // Standard output is for our own lines.
    showSupportNotice: false,
    // Views print with <%=, which escapes.
    interpolation: { escapeValue: false },
  });
  // i18next's own `getFixedT` copies all of its options at each word, which takes longer than to find the word.
  const inLanguage = (lng: Language) =>
    ((key: string, options?: object) => instance.t(key, { ...options, lng })) as TFunction;
  const translators = { fr: inLanguage('fr'), en: inLanguage('en') };
  return { translator: (lang) => translators[lang] };
}

/**
 * Chooses the language: the visitor's own choice (cookie), the account's, the browser's. Runs before the
 * session is read, so that an error page has words too; {@link useAccountLanguage} looks at it again after.
 */
export function languageHandler(o: { catalogue: Catalogue; secureCookies: boolean }): RequestHandler {
  return (req, res, next) => {
    // A choice is a preference in the visitor's own browser, so a plain link may make it.
    if (req.method === 'GET' && isLanguage(req.query.lang)) {
      res.cookie(COOKIE, req.query.lang, {
        ...{ maxAge: A_YEAR_MS, httpOnly: true, sameSite: 'lax', secure: o.secureCookies },
      });
      return res.redirect(303, safeNext(withLanguage(req, undefined)));
    }
    speak(res, o.catalogue, chosen(req) ?? browserLanguage(req));
    // The answer to a POST has no address to come back to.
    const offered = req.method === 'GET' ? LANGUAGES : [];
    res.locals.languageLinks = offered.map((lang) => ({ lang, href: withLanguage(req, lang) }));
    next();
  };
}

/** After the login is known: an account's language comes before the browser's, not before the choice. */
export function useAccountLanguage(catalogue: Catalogue) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const { account } = res.locals;
    if (account && !chosen(req)) speak(res, catalogue, account.language);
    next();
  };
}

function speak(res: Response, catalogue: Catalogue, lang: Language): void {
  res.locals.lang = lang;
  res.locals.t = catalogue.translator(lang);
  res.set('Content-Language', lang);
  res.vary('Accept-Language').vary('Cookie');
}

function chosen(req: Request): Language | undefined {
  const match = /(?:^|;\s*)lang=([a-z]{2})(?:;|$)/.exec(req.headers.cookie ?? '');
  return isLanguage(match?.[1]) ? match[1] : undefined;
}

function browserLanguage(req: Request): Language {
  const accepted = req.acceptsLanguages(...LANGUAGES);
  return isLanguage(accepted) ? accepted : 'en';
}

/** This page's address with `lang` set or taken away. */
function withLanguage(req: Request, lang: Language | undefined): string {
  const [, path = '/', search = ''] = /^([^?]*)(.*)$/.exec(req.originalUrl) ?? [];
  const query = new URLSearchParams(search);
  query.delete('lang');
  if (lang) query.set('lang', lang);
  return query.size === 0 ? path : `${path}?${query}`;
}
