/**
 * Finds the JPEGs in a stream of bytes that may hold anything: what a camera program writes, cut anywhere, with
 * words between the pictures, or pictures that end in the middle. Memory is bounded by `maxBytes`.
 */
export interface JpegFinder {
  push(chunk: Buffer): void;
}

const MAX_BYTES = 16 * 2 ** 20;
const START = Buffer.from([0xff, 0xd8, 0xff]);
const EOI = 0xd9;
const SOS = 0xda;
/** Markers that stand alone: TEM, and the restarts. */
const isAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

export function createJpegFinder({
  onJpeg,
  maxBytes = MAX_BYTES,
}: {
  onJpeg(jpeg: Buffer): void;
  maxBytes?: number;
}): JpegFinder {
  /** Chunks are joined only when the picture that they belong to cannot be read on without. */
  let held: Buffer = Buffer.alloc(0);
  /** Everything before it has been looked at: where the walk goes on. */
  let at = 0;
  let isInScan = false;
  let hasScan = false;

  const drop = (bytes: number) => {
    held = held.subarray(bytes);
    at = 0;
    isInScan = false;
    hasScan = false;
  };

  /** One step of the walk (ITU-T T.81, annex B). False when more bytes are needed. */
  function step(): boolean {
    if (at === 0) {
      const start = held.indexOf(START);
      if (start === -1) {
        drop(Math.max(0, held.length - (START.length - 1)));
        return false;
      }
      drop(start);
      at = 2;
      return true;
    }
    if (isInScan) {
      const end = held.indexOf(0xff, at);
      at = end === -1 ? held.length : end;
      if (at + 1 >= held.length) return false;
      const marker = held[at + 1] ?? 0;
      // A stuffed byte of the picture's data, a restart, a fill byte.
      if (marker === 0x00 || isAlone(marker)) at += 2;
      else if (marker === 0xff) at += 1;
      else isInScan = false;
      return true;
    }
    if (at + 1 >= held.length) return false;
    const marker = held[at + 1] ?? 0;
    if (held[at] !== 0xff || marker === 0x00 || marker === 0xd8 || (marker === EOI && !hasScan)) {
      drop(2); // no picture after all, or one that ended in the middle: the next may begin here
      return true;
    }
    if (marker === EOI) {
      const jpeg = Buffer.from(held.subarray(0, at + 2));
      drop(at + 2);
      onJpeg(jpeg);
      return true;
    }
    if (marker === 0xff) {
      at += 1;
      return true;
    }
    if (isAlone(marker)) {
      at += 2;
      return true;
    }
    if (at + 3 >= held.length) return false;
    const length = held.readUInt16BE(at + 2);
    if (length < 2) {
      drop(2);
      return true;
    }
    isInScan = marker === SOS;
    hasScan ||= isInScan;
    at += 2 + length;
    return true;
  }

  return {
    push(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      while (held.length > 0 && step());
      if (held.length > maxBytes) drop(held.length); // whatever it is, it is no frame
    },
  };
}
