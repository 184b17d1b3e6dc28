/** CouchDB as the rest of Photomaton sees it: documents in, documents out, errors by code. */
export { openCouch } from './client.ts';
export type {
  AttachmentAnswer,
  Couch,
  CouchAddress,
  Door,
  Put,
  RangeOptions,
  Stored,
  ViewOptions,
  ViewRow,
} from './couch.ts';
export { CouchError, type CouchErrorCode } from './errors.ts';
