/**
 * The frames of a film in one body, as the page sends them: each is four bytes that say its length (unsigned, big
 * end first), then a JPEG. In the page: `new Blob(frames.flatMap((jpeg) => [lengthOf(jpeg), jpeg]))`.
 */
export const FRAMES_TYPE = 'application/x-photomaton-frames';
export const FRAMES_MAX_BYTES = 64 * 2 ** 20;
const MOST_FRAMES = 60;

/** Undefined when it is not two frames or more, each whole. */
export function splitFrames(body: Buffer): Buffer[] | undefined {
  const frames: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    if (at + 4 > body.length || frames.length === MOST_FRAMES) return undefined;
    const length = body.readUInt32BE(at);
    at += 4;
    if (length === 0 || at + length > body.length) return undefined;
    frames.push(body.subarray(at, at + length));
    at += length;
  }
  return frames.length < 2 ? undefined : frames;
}
