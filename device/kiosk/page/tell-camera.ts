import type { CameraState } from '../../camera/camera.ts';

/** Tells the daemon how the camera is. Said at each try to open it, so a word that is lost is said again. */
export async function tellCamera(state: CameraState): Promise<void> {
  await fetch(`/api/camera/is/${state}`, { method: 'POST', signal: AbortSignal.timeout(5_000) }).catch(
    () => undefined,
  );
}
