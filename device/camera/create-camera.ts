import { createBrowserCamera } from './browser.ts';
import type { Camera } from './camera.ts';
import { createDaemonCamera } from './daemon-camera.ts';
import type { ChooseFrame } from './moment.ts';
import { createPlayer } from './player.ts';

/** The camera of this booth (`CAMERA`), as the page holds it. */
export function createCamera(kind: string | undefined, on: { chooseFrame?: ChooseFrame } = {}): Camera {
  switch (kind) {
    case 'player':
      return createPlayer();
    case 'gphoto2':
    case 'rpicam':
      return createDaemonCamera(on);
    default:
      return createBrowserCamera(on);
  }
}
