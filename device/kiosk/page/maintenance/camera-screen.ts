import { byId, setPicture, setText } from '../dom.ts';
import type { ScreenName } from '../screens/screen-name.ts';
import type { Words } from '../words.ts';

export interface CameraView {
  kind: 'camera-test';
  shot?: { url: string; width: number; height: number; kb: number; ms: number };
  failed: boolean;
}

/** The live picture behind, and a shot that is looked at and kept nowhere. */
export function fillCameraTest({ shot, failed }: CameraView, live: boolean, { t }: Words): ScreenName {
  const picture = byId('camera-shot', HTMLImageElement);
  picture.alt = t('camera.shot');
  setPicture(picture, shot?.url);
  setText(byId('camera-text'), textOf());
  return 'camera-test';

  function textOf(): string {
    if (failed) return t('camera.failed');
    if (shot) return t('camera.measures', { ...shot });
    return t(live ? 'camera.live' : 'camera.silent');
  }
}

export async function shootForTest(capture: () => Promise<Blob>): Promise<NonNullable<CameraView['shot']>> {
  const begin = performance.now();
  const blob = await capture();
  const ms = Math.round(performance.now() - begin);
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  bitmap.close();
  return { url: URL.createObjectURL(blob), width, height, kb: Math.round(blob.size / 1024), ms };
}
