import { byId, setText } from './dom.ts';

const PHOTOS = 4;
const WIDTH = 320;

/** The strip of the latest photos beside the title; they are kept small, and only in this page's memory. */
export function createStrip(): { add(shot: Blob): Promise<void>; show(caption: string): void } {
  const figure = byId('strip');
  const photos = byId('strip-photos');
  return {
    async add(shot) {
      const bitmap = await createImageBitmap(shot, { resizeWidth: WIDTH, resizeQuality: 'medium' });
      const canvas = document.createElement('canvas');
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
      bitmap.close();
      photos.append(canvas);
      if (photos.children.length > PHOTOS) photos.firstElementChild?.remove();
    },
    show(caption) {
      figure.hidden = photos.children.length === 0;
      setText(byId('strip-caption'), caption);
    },
  };
}
