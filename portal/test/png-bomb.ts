import { crc32, deflateSync } from 'node:zlib';

/** A PNG of a few kilobytes that is white and has this many pixels on each side: true in every byte. */
export function pngBomb(side: number): Buffer {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(side, 0);
  size.writeUInt32BE(side, 4);
  size[8] = 1; // bit a pixel
  const pixels = deflateSync(Buffer.alloc((Math.ceil(side / 8) + 1) * side), { level: 9 });
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...Object.entries({ IHDR: size, IDAT: pixels, IEND: Buffer.alloc(0) }).map(chunk),
  ]);
}

function chunk([type, data]: [string, Buffer]): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
}
