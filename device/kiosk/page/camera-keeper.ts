import { type Camera, CameraError, type CameraProblem } from '../../camera/camera.ts';

const LOOK_EVERY_MS = 1_000;
/** Between two tries to open a camera that failed: long enough for a driver to let go. */
const TRY_AGAIN_MS = 3_000;

export interface CameraKeeper {
  start(): void;
  /** Stops the camera and starts it again, as when it gave no picture. */
  restart(): void;
}

/** Keeps the camera alive: opens it, notices when no pictures come, opens it again, and says which it is. */
export function createCameraKeeper({
  camera,
  onLive,
}: {
  camera: Camera;
  /** `problem`: why there are no pictures, once it is known. */
  onLive(live: boolean, problem?: CameraProblem): void;
}): CameraKeeper {
  let opening = false;

  async function open(): Promise<void> {
    if (opening) return;
    opening = true;
    try {
      camera.stop();
      await camera.start();
      onLive(true);
    } catch (err) {
      console.warn('camera', err);
      onLive(false, err instanceof CameraError ? err.code : undefined);
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    } finally {
      opening = false;
    }
  }

  function look(): void {
    if (opening || camera.isLive()) return;
    onLive(false);
    void open();
  }

  return {
    start() {
      void open();
      setInterval(look, LOOK_EVERY_MS);
      navigator.mediaDevices?.addEventListener('devicechange', look);
    },
    restart() {
      onLive(false);
      void open();
    },
  };
}
