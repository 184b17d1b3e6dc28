/** Why a request to CouchDB did not do what was asked; told apart by `code`, never by message. */
export type CouchErrorCode =
  /** Nobody answers, or the answer broke off: offline, wrong address, server down. */
  | 'UNREACHABLE'
  /** No answer within the deadline. */
  | 'TIMEOUT'
  /** 401: wrong name or password. */
  | 'UNAUTHORIZED'
  /** 403: a validator or the database's security refused; the message is its reason. */
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  /** Any other answer of 400 or more. */
  | 'REFUSED';

export class CouchError extends Error {
  readonly code: CouchErrorCode;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  constructor(code: CouchErrorCode, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status;
  }
}
