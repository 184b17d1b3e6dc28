/** What one client may take of the server; each number with what it protects. */
export const LIMITS = {
  /** CouchDB's default `max_document_size`; attachments do not count. */
  documentBytes: 8_000_000,
  /** One JSON request (`_bulk_docs` of a stock PouchDB carries photos in base64, a few at a time). */
  requestBytes: 96_000_000,
  /** One attachment: the largest DSLR JPEG is below 50 MB, and it is held in memory while it is written. */
  attachmentBytes: 64_000_000,
  /** Request bodies in memory at once, over all connections: beyond it new ones get 503 and come again. */
  bufferedBytes: 384_000_000,
  /** Headers of a request; Node answers 431 above it. */
  headerBytes: 16_384,
  /** A name of a database (CouchDB's own limit), which is also the name of a folder. */
  databaseNameLength: 238,
  /** Nesting of JSON: PouchDB copies documents by recursion, and a deep one would end the process. */
  jsonDepth: 100,
  /** Headers must be complete within this time (slow-loris). */
  headersTimeoutMs: 20_000,
  /** A body may pause this long; a venue's uplink stalls for seconds, not for half a minute. */
  bodyPauseMs: 30_000,
  /** A whole body: 64 MB at a bad venue's 1 Mbit/s takes nine minutes. */
  bodyTimeoutMs: 15 * 60_000,
  /** What is read away of a refused request, so that the client hears why; beyond it the connection ends. */
  discardBytes: 16_000_000,
  discardMs: 10_000,
  /** A reader may stop reading a streamed answer this long before its connection is closed. */
  socketIdleMs: 120_000,
  /** Databases open at once: each holds some file handles and a few MB; the longest idle one is closed. */
  openDatabases: 32,
  /**
   * Of each open database, twice that at most, and only of what was lately written. Photos come in the random order
   * of their digests, and LevelDB's own 4 MB hold one: it then spends more on sorting files than on storing.
   */
  writeBufferBytes: 32 * 2 ** 20,
  /** Ancestors that a revision remembers, as CouchDB's `_revs_limit`. */
  revisions: 1000,
  /** Time for a validator, or a map over a page of documents: the process serves nobody else meanwhile. */
  functionTimeoutMs: 1_000,
  /** Rows that one request reads from the store at a time while it streams its answer. */
  pageRows: 200,
  /** CouchDB's default time-out of a changes feed that hears nothing. */
  feedTimeoutMs: 60_000,
  /** A session cookie and a remembered password check live this long, as CouchDB's `timeout`. */
  sessionMs: 600_000,
  /** Remembered password checks and users; the oldest goes. */
  rememberedUsers: 10_000,
  /** View indexes kept in memory; the longest unused goes and is built again when asked. */
  viewIndexes: 64,
};
