/**
 * Some webcams take photos with more pixels than they show. Where such a photo can be had as a true JPEG, and soon,
 * it is taken; a frame of the live view is as good as any other, and in time.
 */
export interface LargerPhoto {
  /** Undefined when it did not come in time or is no larger JPEG: then none is asked for any more. */
  take(): Promise<Blob | undefined>;
}

/** Drivers that change their mode for a photo take seconds, and the live view stands still. */
const PHOTO_WITHIN_MS = 1_000;
const ASK_WITHIN_MS = 1_000;

/** Undefined when the camera has nothing better than its frames. */
export async function createLargerPhoto(stream: MediaStream): Promise<LargerPhoto | undefined> {
  const [track] = stream.getVideoTracks();
  if (!track || !('ImageCapture' in window)) return undefined;
  const capture = new ImageCapture(track);
  const { imageWidth } = (await within(ASK_WITHIN_MS, capture.getPhotoCapabilities())) ?? {};
  const frameWidth = track.getSettings().width ?? Number.POSITIVE_INFINITY;
  const photoWidth = imageWidth?.max ?? 0;
  if (photoWidth <= frameWidth) return undefined;
  let isGood = true;
  return {
    async take() {
      if (!isGood) return undefined;
      const photo = await within(PHOTO_WITHIN_MS, capture.takePhoto({ imageWidth: photoWidth }));
      isGood = photo?.type === 'image/jpeg' && (await widthOf(photo)) > frameWidth;
      return isGood ? photo : undefined;
    },
  };
}

async function widthOf(photo: Blob): Promise<number> {
  const picture = await createImageBitmap(photo);
  const { width } = picture;
  picture.close(); // and then it has none
  return width;
}

/** Late or failed is the same: undefined. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  const outcome = await Promise.race([work.catch(() => undefined), tooLate]);
  clearTimeout(timer);
  return outcome;
}
