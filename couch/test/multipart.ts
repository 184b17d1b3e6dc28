/** A document with its attachments as `multipart/related`, the way replication sends photos. */
export function multipartRelated(
  doc: object,
  attachments: Record<string, { bytes: Buffer; digest: string }>,
  contentType = 'image/jpeg',
): { type: string; bytes: Buffer } {
  const boundary = 'photomaton-test';
  const stubs = Object.entries(attachments).map(([name, { bytes, digest }]) => [
    name,
    { follows: true, content_type: contentType, length: bytes.length, digest },
  ]);
  const head = JSON.stringify({ ...doc, _attachments: Object.fromEntries(stubs) });
  const parts = Object.entries(attachments).flatMap(([name, { bytes }]) => [
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Disposition: attachment; filename="${name}"\r\n` +
        `Content-Type: ${contentType}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    ),
    bytes,
  ]);
  const bytes = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: application/json\r\n\r\n${head}`),
    ...parts,
    Buffer.from(`\r\n--${boundary}--`),
  ]);
  return { type: `multipart/related;boundary="${boundary}"`, bytes };
}
