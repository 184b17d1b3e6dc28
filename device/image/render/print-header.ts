import sharp from 'sharp';

let profile: Promise<Buffer> | undefined;

/**
 * Says in a JPEG's header that it is sRGB, with the profile, and how many pixels an inch of paper has. sharp would
 * convert every pixel from sRGB to sRGB for that (60 ms at 3600x2400), and write EXIF.
 */
export async function asPrint(jpeg: Buffer, dpi: number): Promise<Buffer> {
  profile ??= srgbProfile();
  const density = Buffer.from([1, dpi >> 8, dpi & 0xff, dpi >> 8, dpi & 0xff]); // 1: by the inch
  const jfif = segment(0xe0, [Buffer.from('JFIF\0\x01\x02', 'latin1'), density, Buffer.from([0, 0])]);
  // Part 1 of 1.
  const icc = segment(0xe2, [Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), await profile]);
  return Buffer.concat([jpeg.subarray(0, 2), jfif, icc, jpeg.subarray(2)]);
}

function segment(marker: number, parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

async function srgbProfile(): Promise<Buffer> {
  const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: 'black' } });
  const { icc } = await sharp(await pixel.withIccProfile('srgb').jpeg().toBuffer()).metadata();
  if (!icc) throw new Error('sharp wrote no sRGB profile');
  return icc;
}
