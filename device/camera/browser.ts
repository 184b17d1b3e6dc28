import { type Camera, CameraError, encode, MIN_WIDTH, SILENCE_MS } from './camera.ts';

const WANTED: MediaStreamConstraints = {
  audio: false,
  video: { width: { ideal: 1920 }, height: { ideal: 1080 }, facingMode: 'user' },
};
/** A driver that hangs must not hang the booth. */
const OPEN_WITHIN_MS = 10_000;

/** A webcam, through the browser. */
export function createBrowserCamera(): Camera {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  let lastFrameAt = Number.NEGATIVE_INFINITY;

  function watch(): void {
    video.requestVideoFrameCallback((now) => {
      lastFrameAt = now;
      watch();
    });
  }

  function stop(): void {
    for (const track of (video.srcObject as MediaStream | null)?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    lastFrameAt = Number.NEGATIVE_INFINITY;
  }

  return {
    view: video,
    async start() {
      stop();
      video.srcObject = await open();
      const firstFrame = new Promise<void>((resolve) => {
        video.requestVideoFrameCallback((now) => {
          lastFrameAt = now;
          resolve();
        });
      });
      await video.play();
      await within(OPEN_WITHIN_MS, firstFrame);
      watch();
    },
    async capture() {
      const { videoWidth, videoHeight } = video;
      if (videoWidth === 0) throw new CameraError('missing');
      const scale = Math.max(1, MIN_WIDTH / videoWidth);
      const canvas = document.createElement('canvas');
      canvas.width = Math.round(videoWidth * scale);
      canvas.height = Math.round(videoHeight * scale);
      const pen = canvas.getContext('2d', { alpha: false });
      if (!pen) throw new Error('no canvas');
      pen.imageSmoothingQuality = 'high';
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      return encode(canvas);
    },
    isLive: () => performance.now() - lastFrameAt < SILENCE_MS,
    stop,
  };
}

async function open(): Promise<MediaStream> {
  // Without a secure context (loopback is one) there is no such interface.
  if (!navigator.mediaDevices) throw new CameraError('refused');
  try {
    return await within(OPEN_WITHIN_MS, navigator.mediaDevices.getUserMedia(WANTED));
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
