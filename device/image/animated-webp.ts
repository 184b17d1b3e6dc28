/**
 * Puts still WebP pictures together to an animated one that plays for ever. The encoders for animations (libwebp's,
 * by sharp) compress every frame alone, one after the other; here the stills are made on all cores, and a frame that
 * is shown twice is compressed once. The format: https://developers.google.com/speed/webp/docs/riff_container
 */
export function animateWebp(
  stills: readonly Buffer[],
  { width, height, frameMs }: { width: number; height: number; frameMs: number },
): Buffer {
  const canvas = Buffer.alloc(10);
  canvas[0] = ANIMATED;
  canvas.writeUIntLE(width - 1, 4, 3);
  canvas.writeUIntLE(height - 1, 7, 3);
  const forEver = Buffer.alloc(6); // on black, played 0 times, which is without end
  const frames = stills.map((still) => {
    const head = Buffer.alloc(16); // at the top left corner
    head.writeUIntLE(width - 1, 6, 3);
    head.writeUIntLE(height - 1, 9, 3);
    head.writeUIntLE(frameMs, 12, 3);
    head[15] = NOT_BLENDED;
    return chunk('ANMF', head, chunk('VP8 ', pictureIn(still)));
  });
  return chunk('RIFF', Buffer.from('WEBP'), chunk('VP8X', canvas), chunk('ANIM', forEver), ...frames);
}

const ANIMATED = 0x02;
const NOT_BLENDED = 0x02;

/** Name, length, bytes, and a byte that makes the length even. */
function chunk(name: string, ...parts: Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(8, name);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, ...parts, Buffer.alloc(length % 2)]);
}

/** The compressed picture (lossy, opaque) of a file that may say other things besides. */
function pictureIn(webp: Buffer): Buffer {
  for (let at = 12; at + 8 <= webp.length; ) {
    const length = webp.readUInt32LE(at + 4);
    if (webp.toString('latin1', at, at + 4) === 'VP8 ') return webp.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length % 2);
  }
  throw new Error('no lossy WebP');
}
