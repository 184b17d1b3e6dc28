import sharp, { type Metadata } from 'sharp';

/** Is this a whole JPEG, and how large is its picture as shown (EXIF orientation applied)? */
export type JpegCheck =
  | { kind: 'jpeg'; width: number; height: number }
  | { kind: 'rejected'; reason: 'empty' | 'not-jpeg' | 'truncated' | 'too-large' };

/** Far above any camera (100 MP); a picture that claims more is there to exhaust memory. */
const MAX_PIXELS = 100_000_000;

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/**
 * Looks at the structure and the header, not at every pixel: milliseconds, while the guest waits. What only
 * decoding can find is found when the previews are made, and the photo is kept all the same.
 */
export async function checkJpeg(bytes: Buffer, maxBytes: number): Promise<JpegCheck> {
  if (bytes.length === 0) return { kind: 'rejected', reason: 'empty' };
  if (bytes.length > maxBytes) return { kind: 'rejected', reason: 'too-large' };
  const structure = jpegStructure(bytes);
  if (structure !== 'whole') return { kind: 'rejected', reason: structure };
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { failOn: 'truncated', limitInputPixels: false }).metadata();
  } catch {
    // sharp has no codes for its errors; whatever it is, the header is not that of a picture.
    return { kind: 'rejected', reason: 'not-jpeg' };
  }
  const { width, height } = metadata.autoOrient;
  if (width * height > MAX_PIXELS) return { kind: 'rejected', reason: 'too-large' };
  return { kind: 'jpeg', width, height };
}

/**
 * Walks the segments (ITU-T T.81, annex B) up to the picture's data, then asks for its end marker. Looking
 * only behind the first scan keeps the end of an embedded EXIF thumbnail from passing for that of the photo;
 * bytes after the end, as some cameras write them, are allowed.
 */
function jpegStructure(bytes: Buffer): 'whole' | 'not-jpeg' | 'truncated' {
  if (bytes[0] !== 0xff || (bytes.length > 1 && bytes[1] !== SOI)) return 'not-jpeg';
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return 'not-jpeg';
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    const length = bytes.readUInt16BE(at + 2);
    if (length < 2) return 'not-jpeg';
    at += 2 + length;
    // From the end, where it is in a whole photo: not through megabytes of picture.
    if (marker === SOS) return bytes.lastIndexOf(Buffer.from([0xff, EOI])) < at ? 'truncated' : 'whole';
  }
  return 'truncated';
}
