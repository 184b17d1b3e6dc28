import type { RequestHandler } from 'express';

/**
 * How phones and computers find out whether a network leads anywhere: they ask for a page that they know. While
 * the answer is another one, a phone opens its "log in to the network" sheet, and that is how the setup page
 * opens by itself.
 */
interface Probe {
  hosts: string[];
  path: string;
  /** What the phone would get on the internet. */
  success: { status: 200 | 204; headers?: Record<string, string>; type?: string; body?: string };
}

const nothing = { status: 204 } as const;
const words = (body: string) => ({ status: 200, type: 'text/plain', body }) as const;
const page = (body: string) => ({ status: 200, type: 'text/html', body }) as const;
const ANDROID = [
  'connectivitycheck.gstatic.com',
  'connectivitycheck.android.com',
  'clients3.google.com',
  'www.google.com',
  'play.googleapis.com',
  'connect.rom.miui.com',
];
const APPLE = page('<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>');
const NETWORK_MANAGER = words('NetworkManager is online\n');

export const PROBES: readonly Probe[] = [
  { hosts: ANDROID, path: '/generate_204', success: nothing },
  { hosts: ANDROID, path: '/gen_204', success: nothing },
  { hosts: ['captive.apple.com'], path: '/hotspot-detect.html', success: APPLE },
  { hosts: ['www.apple.com'], path: '/library/test/success.html', success: APPLE },
  {
    hosts: ['www.msftconnecttest.com', 'ipv6.msftconnecttest.com'],
    path: '/connecttest.txt',
    success: words('Microsoft Connect Test'),
  },
  { hosts: ['www.msftncsi.com'], path: '/ncsi.txt', success: words('Microsoft NCSI') },
  {
    hosts: ['detectportal.firefox.com'],
    path: '/canonical.html',
    success: page(
      '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>',
    ),
  },
  { hosts: ['detectportal.firefox.com'], path: '/success.txt', success: words('success\n') },
  { hosts: ['nmcheck.gnome.org'], path: '/check_network_status.txt', success: NETWORK_MANAGER },
  { hosts: ['network-test.debian.org'], path: '/nm', success: NETWORK_MANAGER },
  {
    hosts: ['connectivity-check.ubuntu.com'],
    path: '/',
    success: { status: 204, headers: { 'X-NetworkManager-Status': 'online' } },
  },
];

/**
 * Sends whoever asks for another host's page to ours: whatever name a phone asks for, it got our address. A phone
 * that was let go of gets what its probe wants to hear: it stays in the hotspot and leaves the page alone.
 *
 * @param address of the page, `http://10.42.0.1`
 */
export function captivePortal({
  address,
  isFree,
}: {
  address(): string;
  /** Was the phone of this address let go of? */
  isFree(phone: string | undefined): boolean;
}): RequestHandler {
  return (req, res, next) => {
    const host = req.headers.host ?? '';
    const isOurs = host === new URL(address()).host;
    if (isOurs && !PROBES.some(({ path }) => path !== '/' && path === req.path)) return next();
    res.set('Cache-Control', 'no-store');
    const name = host.replace(/:\d+$/, '').toLowerCase();
    const probe = PROBES.find(({ hosts, path }) => path === req.path && hosts.includes(name));
    if (!probe || !isFree(req.socket.remoteAddress)) {
      res.redirect(302, `${address()}/`);
      return;
    }
    const { status, headers = {}, type, body } = probe.success;
    if (type) res.type(type);
    res.status(status).set(headers).send(body);
  };
}
