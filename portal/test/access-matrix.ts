/**
 * Who may go where: one line for every route and every socket event of the portal. `access-matrix.test.ts` takes the
 * routes from the running app, walks all of them as everybody, and fails on one that has no line here.
 *
 *   everybody   no login
 *   account     whoever is logged in, to what is their own
 *   customer    every customer, each to what is their own
 *   owner       the customer whose event, booth or photo it is; to all others it does not exist
 *   operator    to customers it does not exist
 *   link        who has the true link, and nobody with another
 */
export type Door = 'everybody' | 'account' | 'customer' | 'owner' | 'operator' | 'link';

export const ROUTES: Record<string, Door> = {
  'GET /healthz': 'everybody',
  'GET /look/look.css': 'everybody',
  'GET /static/vendor/socket.io.js': 'everybody',
  'GET /static/vendor/photoswipe.js': 'everybody',
  'GET /static/vendor/photoswipe-lightbox.js': 'everybody',
  'GET /static/vendor/photoswipe.css': 'everybody',
  'GET /static/vendor/konva.js': 'everybody',
  'GET /': 'everybody',
  'GET /login': 'everybody',
  'POST /login': 'everybody',
  'POST /logout': 'everybody',
  'GET /login/code': 'everybody',
  'POST /login/code': 'everybody',
  'GET /login/again': 'account',
  'POST /login/again': 'account',
  'GET /password': 'everybody',
  'POST /password': 'everybody',
  'POST /acting/end': 'everybody',

  'GET /account': 'account',
  'POST /account/language': 'account',
  'GET /account/password': 'account',
  'POST /account/password': 'account',
  'GET /account/email': 'account',
  'POST /account/email': 'account',
  'POST /account/sessions': 'account',
  'POST /account/sessions/:session': 'account',
  'GET /account/close': 'account',
  'POST /account/close': 'account',
  'GET /account/second-factor': 'account',
  'POST /account/second-factor': 'account',
  'GET /account/export': 'customer',

  'GET /invitation/:token': 'link',
  'POST /invitation/:token': 'link',
  'GET /email/:token': 'link',
  'POST /email/:token': 'link',
  'GET /p/:token': 'link',
  'GET /p/:token/state': 'link',
  'GET /p/:token/thumbnail': 'link',
  'GET /p/:token/screen': 'link',
  'GET /p/:token/clip.mp4': 'link',
  'GET /p/:token/clip.webp': 'link',
  'GET /p/:token/original': 'link',
  'GET /p/:token/delete': 'link',
  'POST /p/:token/delete': 'link',
  'GET /g/:token': 'link',
  'POST /g/:token': 'link',
  'GET /g/:token/photos.zip': 'link',
  'GET /g/:token/photos/:photo': 'link',
  'GET /g/:token/photos/:photo/thumbnail': 'link',
  'GET /g/:token/photos/:photo/screen': 'link',
  'GET /g/:token/photos/:photo/clip.mp4': 'link',
  'GET /g/:token/photos/:photo/clip.webp': 'link',
  'GET /g/:token/photos/:photo/original': 'link',

  'GET /customers': 'operator',
  'GET /customers/new': 'operator',
  'POST /customers': 'operator',
  'POST /customers/:account/invitation': 'operator',
  'GET /customers/:account': 'operator',
  'POST /customers/:account/suspend': 'operator',
  'POST /customers/:account/resume': 'operator',
  'POST /customers/:account/reset': 'operator',
  'POST /customers/:account/act': 'operator',
  'GET /audit': 'operator',
  'GET /audit.csv': 'operator',
  'GET /fleet': 'operator',
  'GET /fleet/rows': 'operator',
  'GET /fleet/:booth': 'operator',
  'POST /fleet/:booth': 'operator',
  'POST /fleet/:booth/revoke': 'operator',
  'POST /fleet/:booth/rotate': 'operator',
  'POST /fleet/:booth/owner': 'operator',

  'GET /booths': 'customer',
  'GET /booths/cards': 'customer',
  'GET /booths/:booth': 'owner',
  'POST /booths/:booth': 'owner',
  'GET /booths/register': 'customer',
  'POST /booths/register': 'customer',
  'GET /booths/register/confirm': 'customer',
  'POST /booths/register/confirm': 'customer',
  'GET /booths/register/wait': 'customer',
  'GET /booths/register/wait/state': 'owner',

  'GET /events': 'customer',
  'GET /events/new': 'customer',
  'POST /events/new': 'customer',
  'GET /events/:event': 'owner',
  'GET /events/:event/cards': 'owner',
  'GET /events/:event/filter': 'owner',
  'GET /events/:event/changes': 'owner',
  'GET /events/:event/slideshow': 'owner',
  'GET /events/:event/wall': 'owner',
  'GET /events/:event/download': 'owner',
  'GET /events/:event/photos.zip': 'owner',
  'POST /events/:event/photos.zip': 'owner',
  'POST /events/:event/marks': 'owner',
  'GET /events/:event/move': 'owner',
  'POST /events/:event/move': 'owner',
  'GET /events/:event/settings': 'owner',
  'POST /events/:event/settings': 'owner',
  'GET /events/:event/booths': 'owner',
  'POST /events/:event/booths': 'owner',
  'GET /events/:event/look': 'owner',
  'GET /events/:event/look/:template': 'owner',
  'GET /templates': 'customer',
  'POST /templates': 'customer',
  'GET /templates/:template/sample': 'customer',
  'GET /templates/:design': 'owner',
  'POST /templates/:design': 'owner',
  'POST /templates/:design/preview': 'owner',
  'GET /templates/:design/picture': 'owner',
  'GET /templates/:design/pictures/:image': 'owner',
  'GET /templates/:design/remove': 'owner',
  'POST /templates/:design/remove': 'owner',
  'GET /templates/:design/booths': 'owner',
  'POST /templates/:design/booths': 'owner',
  'GET /templates/:design/versions': 'owner',
  'POST /templates/:design/versions': 'owner',
  'GET /templates/:design/versions/:version': 'owner',
  'GET /events/:event/sharing': 'owner',
  'POST /events/:event/sharing': 'owner',
  'GET /events/:event/sharing/print': 'owner',
  'GET /events/:event/logo': 'owner',
  'POST /events/:event/logo': 'owner',
  'GET /events/:event/backdrop': 'owner',
  'POST /events/:event/backdrop': 'owner',
  'GET /events/:event/photos/:photo': 'owner',
  'GET /events/:event/photos/:photo/thumbnail': 'owner',
  'GET /events/:event/photos/:photo/screen': 'owner',
  'GET /events/:event/photos/:photo/original': 'owner',
  'GET /events/:event/photos/:photo/clip.mp4': 'owner',
  'GET /events/:event/photos/:photo/clip.webp': 'owner',
};

/** What a route needs besides its address to let in who may. */
export const QUERIES: Record<string, string> = {
  'GET /events/:event/changes': '?since=0',
  'GET /events/:event/move': `?photo=20260714T133000.000Z:${'ab'.repeat(12)}:1`,
};
export const FORMS: Record<string, (ids: Record<string, string>) => Record<string, string>> = {
  'POST /events/:event/booths': ({ booth = '' }) => ({ booth }),
  'POST /templates': ({ template = '' }) => ({ from: template }),
  'POST /templates/:design/booths': () => ({ act: 'everywhere' }),
  'POST /templates/:design/versions': ({ version = '' }) => ({ version }),
  'POST /account/language': () => ({ language: 'en' }),
  'POST /login/again': ({ password = '' }) => ({ password }),
};

/**
 * What is mounted at a path and is neither a door (`accounts/require.ts`) nor a route: folders of the same files for
 * everybody, headers, and the booths' way to CouchDB, which has rules of its own (`sync-rules.test.ts`).
 */
export const MOUNTS = ['/couch', '/look/fonts', '/static', '/p/:token', '/g/:token'];

/** What a socket may send. A booth is asked to prove its key, and can answer for itself alone (`pairing-security.test.ts`). */
export const SOCKET_EVENTS: Record<string, 'owner' | 'booth'> = {
  '/io watch': 'owner',
  '/booth-io confirm': 'booth',
  '/booth-io decline': 'booth',
};
