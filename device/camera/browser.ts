import { type Camera, CameraError, type Drawable, recordFrom, SILENCE_MS, shotOf, until } from './camera.ts';
import { createLargerPhoto, type LargerPhoto } from './larger-photo.ts';
import { type ChooseFrame, choose, type Frame, LOOK_EVERY_MS, WINDOW_MS } from './moment.ts';

/**
 * The largest mode that moves: without the least rate the browser would take a 4K mode of five frames a second,
 * which many webcams have. What a small computer cannot decode in time is made smaller, see {@link LARGE}.
 */
const WANTED = {
  width: { ideal: 3840 },
  height: { ideal: 2160 },
  frameRate: { ideal: 30, min: 20 },
  facingMode: 'user',
} satisfies MediaTrackConstraints;
/** For a computer that shows less than {@link SMOOTH} of the frames of a larger picture. */
const SMALLER = { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30 } };
const LARGE = 1920;
const SMOOTH = 0.7;
/** So many frames tell how fast they come. */
const JUDGED_FRAMES = 60;
/** A driver that hangs must not hang the booth. */
const OPEN_WITHIN_MS = 10_000;

/** A webcam, through the browser. */
export function createBrowserCamera({ chooseFrame }: { chooseFrame?: ChooseFrame } = {}): Camera {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  let lastFrameAt = Number.NEGATIVE_INFINITY;
  let larger: LargerPhoto | undefined;
  let onFrame: ((at: number) => void) | undefined;

  const now = (): Drawable => {
    const { videoWidth: width, videoHeight: height } = video;
    if (width === 0) throw new CameraError('missing');
    return { image: video, width, height };
  };

  function watch(stream: MediaStream, first: () => void): void {
    let judged: { from: number; frames: number } | undefined = { from: performance.now(), frames: 0 };
    const look: VideoFrameRequestCallback = (shownAt, { captureTime }) => {
      if (video.srcObject !== stream) return;
      lastFrameAt = shownAt;
      first();
      onFrame?.(captureTime ?? shownAt);
      if (judged && ++judged.frames === JUDGED_FRAMES) {
        void makeSmooth(stream, (judged.frames * 1000) / (shownAt - judged.from));
        judged = undefined;
      }
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  }

  /** The frames from now on until shortly after `at`, as far as they are near it: uncompressed, so not all of them. */
  async function gather(at: number): Promise<Frame<ImageBitmap>[]> {
    const ring: Promise<Frame<ImageBitmap>>[] = [];
    let heldAt = Number.NEGATIVE_INFINITY;
    onFrame = (frameAt) => {
      if (frameAt < at - WINDOW_MS || frameAt - heldAt < LOOK_EVERY_MS) return;
      heldAt = frameAt;
      ring.push(createImageBitmap(video).then((picture) => ({ at: frameAt, picture })));
    };
    await until(chooseFrame ? at + WINDOW_MS : at);
    onFrame = undefined;
    return Promise.all(ring);
  }

  async function frameOf(at: number): Promise<Blob> {
    const ring = await gather(at);
    try {
      const chosen = await choose(ring, at, chooseFrame);
      if (!chosen) return await shotOf(now());
      const { width, height } = chosen.picture;
      return await shotOf({ image: chosen.picture, width, height });
    } finally {
      for (const { picture } of ring) picture.close();
    }
  }

  function stop(): void {
    for (const track of (video.srcObject as MediaStream | null)?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    lastFrameAt = Number.NEGATIVE_INFINITY;
  }

  return {
    view: video,
    shutterDelayMs: 0,
    async start() {
      stop();
      const stream = await open();
      video.srcObject = stream;
      const firstFrame = new Promise<void>((resolve) => watch(stream, resolve));
      await video.play();
      await within(OPEN_WITHIN_MS, firstFrame);
      larger = await createLargerPhoto(stream);
    },
    async capture(at) {
      now();
      if (larger) {
        if (at !== undefined) await until(at);
        const photo = await larger.take();
        if (photo) return photo;
      }
      return at === undefined || at <= performance.now() ? shotOf(now()) : frameOf(at);
    },
    record: (ms, frames) => recordFrom(now, ms, frames),
    isLive: () => performance.now() - lastFrameAt < SILENCE_MS,
    stop,
  };
}

/** A large picture that stutters is worse than one of full HD. */
async function makeSmooth(stream: MediaStream, shownRate: number): Promise<void> {
  const [track] = stream.getVideoTracks();
  const { width = 0, frameRate = 0 } = track?.getSettings() ?? {};
  if (width > LARGE && shownRate < frameRate * SMOOTH) {
    await track?.applyConstraints(SMALLER).catch((err: unknown) => console.warn('not made smaller', err));
  }
}

async function open(): Promise<MediaStream> {
  // Without a secure context (loopback is one) there is no such interface.
  if (!navigator.mediaDevices) throw new CameraError('refused');
  const ask = (video: MediaTrackConstraints) =>
    within(OPEN_WITHIN_MS, navigator.mediaDevices.getUserMedia({ audio: false, video }));
  try {
    return await ask(WANTED).catch((cause: DOMException) => {
      if (cause.name !== 'OverconstrainedError') throw cause;
      return ask(SMALLER); // a slow camera is better than none
    });
  } catch (cause) {
    // Names of https://w3c.github.io/mediacapture-main/#dom-mediadevices-getusermedia
    const { name } = cause as DOMException;
    if (name === 'NotFoundError' || name === 'OverconstrainedError')
      throw new CameraError('missing', { cause });
    if (name === 'NotReadableError' || name === 'AbortError') throw new CameraError('busy', { cause });
    throw new CameraError('refused', { cause });
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: number | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new DOMException('the camera does not answer', 'AbortError')), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
