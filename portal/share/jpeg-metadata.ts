const SOI = 0xffd8;
const APP1 = 0xe1;
const APP13 = 0xed;
const COMMENT = 0xfe;
const START_OF_SCAN = 0xda;

/** How much of a file has to be looked at: what comes before its pixels fits in, or is suspicious. */
export const HEADER_BYTES = 64 * 1024;

/**
 * Might this JPEG say more than its pixels: where and by whom it was taken (EXIF and XMP in APP1, IPTC in
 * APP13, comments)? Given the beginning of the file; true as well when it cannot be told.
 * Segments as in ITU T.81, annex B.
 */
export function mayHoldMetadata(head: Buffer): boolean {
  if (head.length < 4 || head.readUInt16BE(0) !== SOI) return true;
  for (let at = 2; at + 4 <= head.length; ) {
    if (head[at] !== 0xff) return true;
    const marker = head[at + 1] ?? 0;
    if (marker === START_OF_SCAN) return false;
    if (marker === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    if (marker === APP1 || marker === APP13 || marker === COMMENT) return true;
    at += 2 + head.readUInt16BE(at + 2);
  }
  return true;
}
