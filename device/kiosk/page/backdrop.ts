/** More is not seen on a screen, and graphics processors of small computers take no textures over 2048 pixels. */
const LONG_SIDE_PX = 1920;

export interface Backdrop {
  /** Undefined while there is none, or it is not loaded yet. */
  picture(): HTMLCanvasElement | undefined;
  /** The event's backdrop has this address now. */
  follow(url: string | undefined): void;
}

/** The picture before which guests stand, where there is a green screen behind them. */
export function createBackdrop({ onChange }: { onChange(): void }): Backdrop {
  let wanted: string | undefined;
  let picture: HTMLCanvasElement | undefined;

  async function load(url: string): Promise<void> {
    const image = new Image();
    image.src = url;
    await image.decode();
    if (url !== wanted) return;
    picture = small(image);
    onChange();
  }

  return {
    picture: () => picture,
    follow(url) {
      if (url === wanted) return;
      wanted = url;
      picture = undefined;
      // Without it the live view is seen as it comes; the final picture has its own.
      if (url) load(url).catch((err: unknown) => console.warn('backdrop', err));
    },
  };
}

function small(image: HTMLImageElement): HTMLCanvasElement {
  const { naturalWidth: width, naturalHeight: height } = image;
  const scale = Math.min(1, LONG_SIDE_PX / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d', { alpha: false })?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}
