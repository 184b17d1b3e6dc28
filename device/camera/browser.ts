import { type Camera, CameraError, type Drawable, recordFrom, SILENCE_MS, shotOf, until } from './camera.ts';
import { createLargerPhoto, type LargerPhoto } from './larger-photo.ts';
import { type ChooseFrame, choose, type Frame, LOOK_EVERY_MS, WINDOW_MS } from './moment.ts';

/**
 * The largest mode that moves: without the least rate the browser would take a 4K mode of five frames a second,
 * which many webcams have. What is too much for a small computer is made smaller, see {@link SMALLER}.
 */
const WANTED = {
  width: { ideal: 3840 },
  height: { ideal: 2160 },
  frameRate: { ideal: 30, min: 20 },
  facingMode: 'user',
} satisfies MediaTrackConstraints;
/** For a computer to which a larger picture is too much: that stutters, or that takes long over a photo of it. */
const SMALLER = { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30 } };
const LARGE = 1920;
const SMOOTH = 0.7;
const SHOT_WITHIN_MS = 600;
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
        const rate = (judged.frames * 1000) / (shownAt - judged.from);
        const { frameRate = rate } = stream.getVideoTracks()[0]?.getSettings() ?? {};
        if (rate < frameRate * SMOOTH) void makeSmaller(stream);
        judged = undefined;
      }
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    stream.getVideoTracks()[0]?.addEventListener('ended', () => {
      if (video.srcObject === stream) stop(); // unplugged
    });
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
      if (!chosen) return await timed(() => shotOf(now()));
      const { width, height } = chosen.picture;
      return await timed(() => shotOf({ image: chosen.picture, width, height }));
    } finally {
      for (const { picture } of ring) picture.close();
    }
  }

  async function timed(shoot: () => Promise<Blob>): Promise<Blob> {
    const startedAt = performance.now();
    const shot = await shoot();
    const stream = video.srcObject as MediaStream | null;
    if (stream && performance.now() - startedAt > SHOT_WITHIN_MS) void makeSmaller(stream);
    return shot;
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
      return at === undefined || at <= performance.now() ? timed(() => shotOf(now())) : frameOf(at);
    },
    record: (ms, frames) => recordFrom(now, ms, frames),
    isLive: () => performance.now() - lastFrameAt < SILENCE_MS,
    stop,
  };
}

/** Full HD at once is better than more with a guest who waits. */
async function makeSmaller(stream: MediaStream): Promise<void> {
  const [track] = stream.getVideoTracks();
  if ((track?.getSettings().width ?? 0) <= LARGE) return;
  await track?.applyConstraints(SMALLER).catch((err: unknown) => console.warn('not made smaller', err));
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
