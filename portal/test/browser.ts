/** A visitor without a browser: keeps cookies, sends the CSRF token of a page it was shown, follows nothing. */
export interface Visitor {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Posts a form as a page of ours would: token and Origin included. */
  post(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** Logs in; throws when the portal does not let us. */
  login(who: Login): Promise<void>;
  /** A token that belongs to this visitor's session. */
  csrfToken(): Promise<string>;
  /** The cookies as a header, for sockets and for tests that copy them. */
  cookies(): string;
  setCookie(name: string, value: string): void;
}

export interface Login {
  email: string;
  password: string;
  /** Of whoever has a second factor; each is used once. */
  recoveryCodes?: string[];
}

/** `url` is where the portal listens; `origin` what it calls itself, when that is another. */
export function openVisitor({ url, origin = url }: { url: string; origin?: string }): Visitor {
  const jar = new Map<string, string>();
  const cookies = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');

  async function send(method: string, path: string, headers: Record<string, string>, body?: URLSearchParams) {
    const res = await fetch(`${url}${path}`, {
      method,
      headers: { 'Accept-Language': 'en', ...(jar.size > 0 ? { Cookie: cookies() } : {}), ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(20_000),
      ...(body ? { body } : {}),
    });
    for (const line of res.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return res;
  }

  async function csrfToken(): Promise<string> {
    // The login form shows a token to nobody, the logout button (here on the 404 page) to somebody.
    for (const path of ['/login', '/no-such-page']) {
      const [, token] = /name="_csrf" value="([^"]+)"/.exec(await (await send('GET', path, {})).text()) ?? [];
      if (token) return token;
    }
    throw new Error('no page shows a CSRF token');
  }

  const post: Visitor['post'] = async (path, fields = {}, headers = {}) => {
    const _csrf = await csrfToken();
    return send('POST', path, { Origin: origin, ...headers }, new URLSearchParams({ _csrf, ...fields }));
  };

  return {
    get: (path, headers = {}) => send('GET', path, headers),
    post,
    async login({ email, password, recoveryCodes }) {
      let res = await post('/login', { email, password });
      if (recoveryCodes) res = await post('/login/code', { code: recoveryCodes.pop() ?? '' });
      if (res.status !== 303) throw new Error(`login of ${email} answered ${res.status}`);
    },
    csrfToken,
    cookies,
    setCookie: (name, value) => jar.set(name, value),
  };
}
