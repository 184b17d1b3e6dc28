/** An answer that a route gives by throwing; the error page says what to do. */
export class HttpError extends Error {
  readonly status: 403 | 404 | 429 | 503;
  /** For 429 and 503: when to come back. */
  readonly retryAfterS: number | undefined;
  constructor(status: HttpError['status'], message: string, retryAfterS?: number) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** The one 404: "not yours" and "does not exist" are the same answer. */
export function notFound(): never {
  throw new HttpError(404, 'not found');
}

/** Too many tries; the page says how long to wait. */
export function tooMany(retryAfterS: number): never {
  throw new HttpError(429, 'too many requests', retryAfterS);
}
