import { type Browser, chromium } from 'playwright-core';

/** A webcam that Chromium plays itself, and the permission to use it. */
export const FAKE_CAMERA = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'];

/**
 * For who looks at what WebGL draws. Without a graphics processor each frame of a live view is drawn in software, which
 * takes more than all else that a test does: others see the camera's own view, as booths without WebGL do.
 */
export const WEBGL = '--enable-unsafe-swiftshader';

/** Debian's Chromium without its windows, for whoever closes it again. */
export const launchChromium = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium-headless-shell',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(args.includes(WEBGL) ? [] : ['--disable-software-rasterizer']),
      ...args,
    ],
  });
