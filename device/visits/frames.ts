import { MOST_SHOTS } from '@photomaton/design-docs/docs';

/**
 * The frames of a film: the page sends them as a form with a part for each (`multipart/form-data`, all called
 * `frame`); on the disk they are one file, each with its length (four bytes, big end first) before it.
 */
export const FRAMES_MAX_BYTES = 64 * 2 ** 20;

/** Undefined when the form is not whole, or not of two to sixty frames. */
export async function framesOfForm(body: Buffer, type: string): Promise<Buffer[] | undefined> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => undefined); // not a form, or torn
  const parts = form?.getAll('frame') ?? [];
  if (parts.length < 2 || parts.length > MOST_SHOTS) return undefined;
  return Promise.all(parts.map(async (part) => Buffer.from(await new Blob([part]).arrayBuffer())));
}

export function joinFrames(frames: Buffer[]): Buffer {
  return Buffer.concat(
    frames.flatMap((frame) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(frame.length);
      return [length, frame];
    }),
  );
}

/** As many as are whole. */
export function splitFrames(file: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 4 <= file.length; ) {
    const end = at + 4 + file.readUInt32BE(at);
    if (end > file.length) break;
    frames.push(file.subarray(at + 4, end));
    at = end;
  }
  return frames;
}
