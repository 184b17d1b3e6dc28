import { fileURLToPath } from 'node:url';
import type { Couch } from '@photomaton/couch';
import type { Provisioner } from '@photomaton/couch/setup';
import { browserCode, lookRoutes } from '@photomaton/design-docs/look';
import type { ImageWorker } from '@photomaton/device/image';
import ejs from 'ejs';
import express, { type Express, type RequestHandler, type Router } from 'express';
import session from 'express-session';
import type { Logger } from 'pino';
import { accountRoutes } from './accounts/account-routes.ts';
import type { Accounts } from './accounts/accounts.ts';
import { actingHandler, actingRoutes } from './accounts/acting.ts';
import { customersRoutes } from './accounts/customers-routes.ts';
import { createEntrance } from './accounts/enter.ts';
import { exportRoutes } from './accounts/export-routes.ts';
import { invitationRoutes } from './accounts/invitation-routes.ts';
import { openKnownDevices } from './accounts/known-device.ts';
import { loginRoutes } from './accounts/login-routes.ts';
import { openOwnAccount } from './accounts/own-account.ts';
import { createPassport } from './accounts/passport.ts';
import type { Passwords } from './accounts/passwords.ts';
import { resetRoutes } from './accounts/reset-routes.ts';
import { openSecondFactor } from './accounts/second-factor.ts';
import { secondFactorRoutes } from './accounts/second-factor-routes.ts';
import { SessionStore } from './accounts/session-store.ts';
import { createLoginThrottle } from './accounts/throttle.ts';
import type { Audit } from './audit/audit.ts';
import { auditRoutes } from './audit/routes.ts';
import { pictureRoutes } from './events/picture-routes.ts';
import { eventsRoutes } from './events/routes.ts';
import { EVENT_TABS } from './events/tabs.ts';
import { type Access, createAccess } from './fleet/access.ts';
import type { Board } from './fleet/board.ts';
import { operatorRoutes } from './fleet/operator-routes.ts';
import { fleetRolloutRoutes } from './fleet/rollout-routes.ts';
import { fleetRoutes } from './fleet/routes.ts';
import { openKnownPictures } from './gallery/known-pictures.ts';
import { type Newsroom, openNewsroom } from './gallery/news.ts';
import { galleryRoutes } from './gallery/routes.ts';
import { homeRoutes } from './home/routes.ts';
import { type Catalogue, languageHandler, useAccountLanguage } from './i18n.ts';
import type { Post } from './mail.ts';
import type { Secrets } from './secrets.ts';
import { openEventLinks } from './share/event-links.ts';
import { guestRoutes } from './share/guest-routes.ts';
import { shareRoutes } from './share/routes.ts';
import { sharingRoutes } from './share/sharing-routes.ts';
import { createDrawing } from './templates/drawing.ts';
import { editorRoutes } from './templates/editor-routes.ts';
import { templatesRoutes } from './templates/list-routes.ts';
import { eventLookRoutes } from './templates/look-routes.ts';
import { designPages } from './templates/pages.ts';
import { rolloutRoutes } from './templates/rollout-routes.ts';
import { versionRoutes } from './templates/version-routes.ts';
import { csrfHandler } from './web/csrf.ts';
import { errorPage, nothingHere } from './web/error-page.ts';
import { healthz } from './web/health.ts';
import { securityHeaders } from './web/security-headers.ts';
import { uploads } from './web/upload.ts';
import { vendorRoutes } from './web/vendor.ts';
import { formDeadline } from './web/web-server.ts';

/** What the web app is made of. */
interface AppParts {
  /** Public origin, without a trailing slash. Links are made from it, never from a request's headers. */
  portalUrl: string;
  trustProxy: false | number | string[];
  isEmbedded: boolean;
  couch: Couch;
  known: Pick<Couch, 'get'>;
  provisioner: Provisioner;
  secrets: Secrets;
  accounts: Accounts;
  passwords: Passwords;
  catalogue: Catalogue;
  audit: Audit;
  post: Post;
  /** The customer's pages of pairing. */
  pairing: Router;
  access: Access;
  board: Board;
  /** From which device keys follow that replace others. */
  rotationKey: Buffer;
  images: ImageWorker;
  /** Where booths replicate; knows no sessions. */
  syncProxy: RequestHandler;
  now: () => Date;
  log: Logger;
}

const folder = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The web app as a value, and what Socket.io shares: the handlers that know who is logged in, and the news of galleries. */
export function createApp(parts: AppParts): { app: Express; login: RequestHandler[]; newsroom: Newsroom } {
  const { portalUrl, couch, known, accounts, passwords, audit, catalogue, log } = parts;
  const isTls = portalUrl.startsWith('https:');
  const app = express();
  app.set('trust proxy', parts.trustProxy);
  app.set('views', folder('views'));
  app.engine('ejs', ejs.renderFile);
  app.set('view engine', 'ejs');
  app.enable('view cache');
  app.disable('x-powered-by');
  app.locals.eventTabs = EVENT_TABS;
  app.locals.hasPost = parts.post.isOpen;
  app.use(securityHeaders({ portalUrl }));
  app.use((req, res, next) => {
    // Until the session is read; an error page before that is drawn for nobody.
    Object.assign(res.locals, { account: undefined, path: req.path, csrfToken: '' });
    next();
  });

  // Without a session: what needs none, and what must not wait for one.
  app.get('/healthz', healthz({ couch, isEmbedded: parts.isEmbedded }));
  app.use('/couch', parts.syncProxy);
  app.use(formDeadline());
  app.use('/look', lookRoutes());
  app.use('/static/vendor', vendorRoutes());
  app.use('/static', browserCode({ folder: folder('public') }), express.static(folder('public')));

  app.use(languageHandler({ catalogue, secureCookies: isTls }));
  const passport = createPassport({ accounts });
  const sessionHandler = session({
    store: new SessionStore({ couch, known, now: parts.now }),
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
  app.use(actingHandler(parts));
  app.use(csrfHandler({ portalUrl }));

  app.use(homeRoutes({ couch, now: parts.now }));
  app.use(accountsPages(parts, passport));

  app.use(parts.pairing);
  const { provisioner, access, now } = parts;
  app.use(fleetRolloutRoutes({ couch, board: parts.board, audit, now }));
  app.use(
    operatorRoutes({
      accounts,
      couch,
      provisioner,
      board: parts.board,
      audit,
      rotationKey: parts.rotationKey,
      now,
    }),
  );
  app.use(fleetRoutes({ couch, provisioner, access, audit, now }));
  const key = parts.secrets.deriveKey('ids of events');
  app.use(pictureRoutes({ couch, provisioner, access, audit }));
  app.use(eventsRoutes({ couch, provisioner, access, audit, key, now }));
  const links = openEventLinks({ couch, secrets: parts.secrets, now });
  app.use(sharingRoutes({ couch, access, audit, links, passwords, portalUrl, now }));
  const pictures = openKnownPictures({ couch });
  app.use(guestRoutes({ couch, pictures, links, passwords, secureCookies: isTls }));
  const draw = createDrawing({ couch, images: parts.images, now });
  app.use(eventLookRoutes({ couch, access, draw }));
  const pages = designPages({ couch, draw });
  const templates = { couch, provisioner, audit, images: parts.images, pages, now };
  for (const routes of [editorRoutes, rolloutRoutes, versionRoutes, templatesRoutes])
    app.use(routes(templates));
  const newsroom = openNewsroom({ couch, catalogue, now, render: renderer(app) });
  app.use(
    galleryRoutes({ couch, pictures, access: createAccess({ couch: known }), audit, newsroom, now, log }),
  );
  app.use(shareRoutes({ couch, pictures, secrets: parts.secrets, audit, now }));

  app.use(nothingHere);
  app.use(errorPage({ log }));
  return { app, login, newsroom };
}

/** How people come in, and what they may change about themselves and, as operators, about customers. */
function accountsPages(parts: AppParts, passport: ReturnType<typeof createPassport>): Router[] {
  const own = openOwnAccount(parts);
  const secondFactor = openSecondFactor(parts);
  const entrance = createEntrance({ ...parts, own });
  const all = { ...parts, own, secondFactor, entrance, passport };
  const devices = openKnownDevices({
    key: parts.secrets.deriveKey('known devices'),
    secure: parts.portalUrl.startsWith('https:'),
  });
  return [
    loginRoutes({ ...all, throttle: createLoginThrottle(), devices }),
    invitationRoutes(all),
    resetRoutes(all),
    accountRoutes(all),
    secondFactorRoutes(all),
    exportRoutes(all),
    customersRoutes(all),
    actingRoutes(all),
    auditRoutes(all),
  ];
}

/** Views outside of a request. */
function renderer(app: Express): (view: string, data: object) => Promise<string> {
  return (view, data) =>
    new Promise((resolve, reject) => {
      app.render(view, data, (error: Error | null, html) => (error ? reject(error) : resolve(html)));
    });
}
