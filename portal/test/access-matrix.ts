/**
 * Who may go where: one line for every route and every socket event of the portal. `access-matrix.test.ts` takes the
 * routes from the running app, walks all of them as everybody, and fails on one that has no line here.
 *
 *   everybody   no login
 *   customer    every customer, each to what is their own
 *   owner       the customer whose event, booth or photo it is; to all others it does not exist
 *   operator    to customers it does not exist
 *   link        who has the true link, and nobody with another
 */
export type Door = 'everybody' | 'customer' | 'owner' | 'operator' | 'link';

export const ROUTES: Record<string, Door> = {
  'GET /healthz': 'everybody',
  'GET /look/look.css': 'everybody',
  'GET /static/vendor/socket.io.js': 'everybody',
  'GET /static/vendor/photoswipe.js': 'everybody',
  'GET /static/vendor/photoswipe-lightbox.js': 'everybody',
  'GET /static/vendor/photoswipe.css': 'everybody',
  'GET /': 'everybody',
  'GET /login': 'everybody',
  'POST /login': 'everybody',
  'POST /logout': 'everybody',

  'GET /invitation/:token': 'link',
  'POST /invitation/:token': 'link',
  'GET /p/:token': 'link',
  'GET /p/:token/state': 'link',
  'GET /p/:token/screen': 'link',
  'GET /p/:token/clip.mp4': 'link',
  'GET /p/:token/clip.webp': 'link',
  'GET /p/:token/original': 'link',

  'GET /customers': 'operator',
  'GET /customers/new': 'operator',
  'POST /customers': 'operator',
  'POST /customers/:account/invitation': 'operator',

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
  'GET /events/:event/settings': 'owner',
  'POST /events/:event/settings': 'owner',
  'GET /events/:event/booths': 'owner',
  'POST /events/:event/booths': 'owner',
  'GET /events/:event/logo': 'owner',
  'POST /events/:event/logo': 'owner',
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
};
export const FORMS: Record<string, (ids: Record<string, string>) => Record<string, string>> = {
  'POST /events/:event/booths': ({ booth = '' }) => ({ booth }),
};

/**
 * What is mounted at a path and is neither a door (`accounts/require.ts`) nor a route: folders of the same files for
 * everybody, headers, and the booths' way to CouchDB, which has rules of its own (`sync-rules.test.ts`).
 */
export const MOUNTS = ['/couch', '/look/fonts', '/static', '/p/:token'];

/** What a socket may send. A booth is asked to prove its key, and can answer for itself alone (`pairing-security.test.ts`). */
export const SOCKET_EVENTS: Record<string, 'owner' | 'booth'> = {
  '/io watch': 'owner',
  '/booth-io confirm': 'booth',
  '/booth-io decline': 'booth',
};
