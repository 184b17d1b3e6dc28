import { crc32 } from 'node:zlib';

/** A file of a zip, of less than 4 GB. Its bytes are read when its turn comes. */
export interface ZipEntry {
  name: string;
  /** As the reader's clock shows it: a zip knows no zones. */
  lastModified?: Date;
  input: string | Uint8Array | AsyncIterable<Uint8Array>;
}

const LARGEST_16 = 0xffff;
const LARGEST_32 = 0xffffffff;
/** Version 4.5 of the format: with the larger numbers of zip64. */
const VERSION = 45;
/** The checksum follows the bytes; names are UTF-8. */
const FLAGS = 0x0808;
/** A file that its owner may write and everybody read, made on Unix. */
const MADE_BY = 0x0300 + VERSION;
const ATTRIBUTES = 0o100644 * 0x10000;

/**
 * A zip of files as they are, made while it is read. Photos do not get smaller, so what costs is their checksum: Node has
 * it as native code, the libraries bring theirs as script (`npm run bench -- zip`).
 * Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 and 4.5.3.
 */
export async function* zipBytes(
  entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>,
): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const { name, lastModified = new Date(), input } of entries) {
    const file = { name: Buffer.from(name), time: dosTime(lastModified), crc: 0, size: 0, offset };
    const header = localHeader(file);
    yield header;
    const isWhole = typeof input === 'string' || input instanceof Uint8Array;
    for await (const bytes of isWhole ? [Buffer.from(input)] : input) {
      file.crc = crc32(bytes, file.crc);
      file.size += bytes.length;
      yield bytes;
    }
    if (file.size > LARGEST_32) throw new RangeError(`too large for this zip: ${name}`);
    const sums = record([4, 0x08074b50], [4, file.crc], [4, file.size], [4, file.size]);
    yield sums;
    directory.push(directoryEntry(file));
    offset += header.length + file.size + sums.length;
  }
  yield* directory;
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  yield endOfZip({ count: directory.length, size, offset });
}

interface File {
  name: Buffer;
  time: number;
  crc: number;
  size: number;
  /** Where it begins. */
  offset: number;
}

const localHeader = ({ name, time }: File): Buffer =>
  Buffer.concat([
    record([4, 0x04034b50], [2, VERSION], [2, FLAGS], [2, 0], [4, time], [4, 0], [4, 0], [4, 0]),
    record([2, name.length], [2, 0]),
    name,
  ]);

function directoryEntry({ name, time, crc, size, offset }: File): Buffer {
  const large = offset >= LARGEST_32 ? record([2, 1], [2, 8], [8, offset]) : Buffer.alloc(0);
  return Buffer.concat([
    record([4, 0x02014b50], [2, MADE_BY], [2, VERSION], [2, FLAGS], [2, 0], [4, time], [4, crc]),
    record([4, size], [4, size], [2, name.length], [2, large.length], [2, 0], [2, 0], [2, 0]),
    record([4, ATTRIBUTES], [4, Math.min(offset, LARGEST_32)]),
    name,
    large,
  ]);
}

/** Where the directory is; what does not fit into the end of old stands before it, in the one of zip64. */
function endOfZip({ count, size, offset }: { count: number; size: number; offset: number }): Buffer {
  const isLarge = count >= LARGEST_16 || offset >= LARGEST_32;
  const [few, at] = [Math.min(count, LARGEST_16), Math.min(offset, LARGEST_32)];
  const end = record([4, 0x06054b50], [4, 0], [2, few], [2, few], [4, size], [4, at], [2, 0]);
  if (!isLarge) return end;
  return Buffer.concat([
    record([4, 0x06064b50], [8, 44], [2, MADE_BY], [2, VERSION], [4, 0], [4, 0], [8, count], [8, count]),
    record([8, size], [8, offset]),
    record([4, 0x07064b50], [4, 0], [8, offset + size], [4, 1]),
    end,
  ]);
}

/** Numbers one after another, the lowest byte first. */
function record(...fields: [bytes: 2 | 4 | 8, value: number][]): Buffer {
  const buffer = Buffer.alloc(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return buffer;
}

/** In steps of two seconds from 1980 on; a booth whose clock was never set is before that. */
function dosTime(date: Date): number {
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  const year = Math.max(0, date.getFullYear() - 1980);
  return time + ((year << 9) | ((date.getMonth() + 1) << 5) | date.getDate()) * 0x10000;
}
