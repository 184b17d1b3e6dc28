/** Small grey pictures on their way from the page to vision. Runs in the page and in the daemon. */

export interface GreyFrame {
  /** A byte a pixel, row by row. */
  grey: Uint8Array;
  width: number;
  height: number;
}
export interface TimedFrame extends GreyFrame {
  /** Milliseconds from zero of the countdown; negative is before. */
  at: number;
}

const MAX_FRAMES = 16;
/** Vision needs no more, and its time grows with it. */
const MAX_PIXELS = 640 * 640;
const MIN_SIDE = 16;
/** A frame begins with its time (int32, ms), width and height (uint16), little-endian; its pixels follow. */
const HEAD_BYTES = 8;
export const MAX_FRAMES_BYTES = MAX_FRAMES * (HEAD_BYTES + MAX_PIXELS);

export function encodeFrames(frames: readonly TimedFrame[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frames.reduce((sum, { grey }) => sum + HEAD_BYTES + grey.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { at, grey, width, height } of frames) {
    view.setInt32(offset, Math.round(at), true);
    view.setUint16(offset + 4, width, true);
    view.setUint16(offset + 6, height, true);
    bytes.set(grey, offset + HEAD_BYTES);
    offset += HEAD_BYTES + grey.length;
  }
  return bytes;
}

/** Undefined for anything but whole frames of a sensible size, as many as there may be. */
export function decodeFrames(bytes: Uint8Array): TimedFrame[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: TimedFrame[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    if (offset + HEAD_BYTES > bytes.length || frames.length === MAX_FRAMES) return undefined;
    const at = view.getInt32(offset, true);
    const width = view.getUint16(offset + 4, true);
    const height = view.getUint16(offset + 6, true);
    offset += HEAD_BYTES;
    const end = offset + width * height;
    if (Math.min(width, height) < MIN_SIDE || width * height > MAX_PIXELS || end > bytes.length)
      return undefined;
    frames.push({ at, width, height, grey: bytes.subarray(offset, end) });
    offset = end;
  }
  return frames.length > 0 ? frames : undefined;
}
