import { fileURLToPath } from 'node:url';
import type { Couch } from '@photomaton/couch';
import type { Provisioner } from '@photomaton/couch/setup';
import { browserCode, lookRoutes } from '@photomaton/design-docs/look';
import type { ImageWorker } from '@photomaton/device/image';
import ejs from 'ejs';
import express, { type Express, type RequestHandler, type Router } from 'express';
import session from 'express-session';
import type { Logger } from 'pino';
import type { Accounts } from './accounts/accounts.ts';
import { customersRoutes } from './accounts/customers-routes.ts';
import { invitationRoutes } from './accounts/invitation-routes.ts';
import { loginRoutes } from './accounts/login-routes.ts';
import { createPassport } from './accounts/passport.ts';
import type { Passwords } from './accounts/passwords.ts';
import { SessionStore } from './accounts/session-store.ts';
import { createLoginThrottle } from './accounts/throttle.ts';
import type { Audit } from './audit.ts';
import { csrfHandler } from './csrf.ts';
import { errorPage, nothingHere } from './error-page.ts';
import { logoRoutes } from './events/logo-routes.ts';
import { eventsRoutes } from './events/routes.ts';
import { EVENT_TABS } from './events/tabs.ts';
import type { Access } from './fleet/access.ts';
import { fleetRoutes } from './fleet/routes.ts';
import { type Newsroom, openNewsroom } from './gallery/news.ts';
import { galleryRoutes } from './gallery/routes.ts';
import { healthz } from './health.ts';
import { homeRoutes } from './home/routes.ts';
import { type Catalogue, languageHandler, useAccountLanguage } from './i18n.ts';
import type { Secrets } from './secrets.ts';
import { securityHeaders } from './security-headers.ts';
import { shareRoutes } from './share/routes.ts';
import { eventLookRoutes } from './templates/look-routes.ts';
import { uploads } from './upload.ts';
import { vendorRoutes } from './vendor.ts';

/** What the web app is made of. */
interface AppParts {
  /** Public origin, without a trailing slash. Links are made from it, never from a request's headers. */
  portalUrl: string;
  trustProxy: false | number | string[];
  isEmbedded: boolean;
  couch: Couch;
  provisioner: Provisioner;
  secrets: Secrets;
  accounts: Accounts;
  passwords: Passwords;
  catalogue: Catalogue;
  audit: Audit;
  /** The customer's pages of pairing. */
  pairing: Router;
  access: Access;
  images: ImageWorker;
  /** Where booths replicate; knows no sessions. */
  syncProxy: RequestHandler;
  now: () => Date;
  log: Logger;
}

const folder = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The web app as a value, and what Socket.io shares: the handlers that know who is logged in, and the news of galleries. */
export function createApp(parts: AppParts): { app: Express; login: RequestHandler[]; newsroom: Newsroom } {
  const { portalUrl, couch, accounts, passwords, audit, catalogue, log } = parts;
  const isTls = portalUrl.startsWith('https:');
  const app = express();
  app.set('trust proxy', parts.trustProxy);
  app.set('views', folder('views'));
  app.engine('ejs', ejs.renderFile);
  app.set('view engine', 'ejs');
  app.enable('view cache');
  app.disable('x-powered-by');
  app.locals.eventTabs = EVENT_TABS;
  app.use(securityHeaders({ portalUrl }));
  app.use((req, res, next) => {
    // Until the session is read; an error page before that is drawn for nobody.
    Object.assign(res.locals, { account: undefined, path: req.path, csrfToken: '' });
    next();
  });

  // Without a session: what needs none, and what must not wait for one.
  app.get('/healthz', healthz({ couch, isEmbedded: parts.isEmbedded }));
  app.use('/couch', parts.syncProxy);
  app.use('/look', lookRoutes());
  app.use('/static/vendor', vendorRoutes());
  app.use('/static', browserCode({ folder: folder('public') }), express.static(folder('public')));

  app.use(languageHandler({ catalogue, secureCookies: isTls }));
  const passport = createPassport({ accounts });
  const sessionHandler = session({
    store: new SessionStore({ couch, now: parts.now }),
    secret: parts.secrets.deriveKey('session cookie').toString('base64url'),
    // `__Host-` binds the cookie to this host and to TLS; browsers refuse the name without it.
    name: isTls ? '__Host-photomaton' : 'photomaton',
    cookie: { httpOnly: true, sameSite: 'lax', secure: isTls, path: '/' },
    resave: false,
    saveUninitialized: false,
  });
  const login = [sessionHandler, passport.session() as RequestHandler];
  app.use(login);
  app.use((req, res, next) => {
    res.locals.account = req.user;
    // What a session sees is for nobody's cache; routes of public or immutable bytes say otherwise.
    res.set('Cache-Control', 'private, no-cache');
    next();
  });
  app.use(useAccountLanguage(catalogue));
  app.use(express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 100 }));
  app.use(uploads());
  app.use((req, _res, next) => {
    // A POST without a body is an empty form.
    req.body ??= {};
    next();
  });
  app.use(csrfHandler({ portalUrl }));

  app.use(homeRoutes({ couch, now: parts.now }));
  app.use(loginRoutes({ passport, throttle: createLoginThrottle(), audit }));
  app.use(invitationRoutes({ accounts, passwords, audit }));
  app.use(customersRoutes({ accounts, passwords, audit, portalUrl }));

  app.use(parts.pairing);
  const { provisioner, access, now } = parts;
  app.use(fleetRoutes({ couch, provisioner, access, audit, now }));
  const key = parts.secrets.deriveKey('ids of events');
  app.use(logoRoutes({ couch, provisioner, access, audit }));
  app.use(eventsRoutes({ couch, provisioner, access, audit, key, now }));
  app.use(eventLookRoutes({ couch, access, images: parts.images, now }));
  const newsroom = openNewsroom({ couch, catalogue, now, render: renderer(app) });
  app.use(galleryRoutes({ couch, access, audit, newsroom, now }));
  app.use(shareRoutes({ couch, secrets: parts.secrets }));

  app.use(nothingHere);
  app.use(errorPage({ log }));
  return { app, login, newsroom };
}

/** Views outside of a request. */
function renderer(app: Express): (view: string, data: object) => Promise<string> {
  return (view, data) =>
    new Promise((resolve, reject) => {
      app.render(view, data, (error: Error | null, html) => (error ? reject(error) : resolve(html)));
    });
}
