import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import type { CameraState } from '../camera.ts';
import { type CameraPart, createCameraPart } from './camera-part.ts';
import { createGphoto2 } from './gphoto2.ts';
import { createRpicam } from './rpicam.ts';

/** The camera that the daemon holds, or undefined where the page has its own. */
export function openCamera({
  config,
  onState,
  log,
}: {
  config: Pick<Config, 'camera' | 'gphoto2Settings'>;
  onState(state: CameraState): void;
  log: Logger;
}): CameraPart | undefined {
  switch (config.camera) {
    case 'gphoto2':
      return createCameraPart({
        ...{ source: createGphoto2({ settings: config.gphoto2Settings, log }), onState, log },
      });
    case 'rpicam':
      return createCameraPart({ source: createRpicam(), onState, log });
    default:
      return undefined;
  }
}
