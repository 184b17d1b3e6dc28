/** What can be wrong with answers. Each fault deals with one request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The connection to the booth. */
  socket: Socket;
  /** The photo or preview that the request would write. */
  document: string | undefined;
  /** Has the server answer, once. Rejects when it or the booth is gone. */
  forward(): Promise<Answer>;
}

export type AnswerFault = (exchange: Exchange) => void | Promise<void>;

export const healthyAnswers: AnswerFault = async (exchange) => send(exchange, await exchange.forward());

function send({ response }: Exchange, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}

/** Answers in the server's place, which hears nothing of it. */
function instead(exchange: Exchange, status: number, headers: Record<string, string>, body: string): void {
  exchange.request.resume();
  send(exchange, { status, headers, body: Buffer.from(body) });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const HTML_TYPE = { 'content-type': 'text/html; charset=utf-8' };
const PAGE = '<!doctype html><title>Hotel</title><p>Welcome! Room number, please.';

/** A status with an error as CouchDB writes it. */
export const error =
  (status: number, headers: Record<string, string> = {}): AnswerFault =>
  (exchange) =>
    instead(exchange, status, { ...JSON_TYPE, ...headers }, '{"error":"chaos","reason":"as told"}');

/** A status with a web page, as proxies write it: a login page with 200, or nginx with 413. */
export const page =
  (status: number): AnswerFault =>
  (exchange) =>
    instead(exchange, status, HTML_TYPE, PAGE);

/** A hotel that sends everyone to its login page. */
export const loginRedirect: AnswerFault = (exchange) =>
  exchange.request.url === '/login'
    ? page(200)(exchange)
    : instead(exchange, 302, { location: `http://${exchange.request.headers.host}/login` }, '');

/** The connection ends in the middle of the body that the header has announced. */
export const truncated: AnswerFault = async (exchange) => {
  const { status, headers, body } = await exchange.forward();
  const half = body.subarray(0, body.length / 2);
  exchange.response.writeHead(status, headers).write(half, () => exchange.socket.destroy());
};

/** The same, and nothing had announced how long it would be: for HTTP it is complete. */
export const truncatedUnseen: AnswerFault = async (exchange) => {
  const { status, headers, body } = await exchange.forward();
  const half = body.subarray(0, body.length / 2);
  send(exchange, { status, headers: { ...headers, 'content-length': String(half.length) }, body: half });
};

/** One byte at a time, for ever: something always moves. */
export const trickle =
  (everyMs: number): AnswerFault =>
  ({ request, response }) => {
    request.resume();
    response.writeHead(200, JSON_TYPE);
    const timer = setInterval(() => response.write(' '), everyMs);
    response.once('close', () => clearInterval(timer));
  };

/** Sent twice: the second one answers a question that nobody asked. */
export const duplicated: AnswerFault = async (exchange) => {
  const answer = await exchange.forward();
  exchange.socket.cork();
  send(exchange, answer);
  exchange.socket.write(raw(answer));
  exchange.socket.uncork();
};

/** Once an answer has come twice late enough, each request on its connection gets the answer to the one before. */
export function shifted(): AnswerFault {
  const last = new WeakMap<Socket, Answer>();
  return async (exchange) => {
    const before = last.get(exchange.socket);
    const answer = await exchange.forward();
    last.set(exchange.socket, answer);
    send(exchange, before ?? answer);
  };
}

function raw({ status, headers, body }: Answer): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Again\r\n${lines.join('')}\r\n`), body]);
}

/** The server has done it, and its answer is lost. */
export const lost: AnswerFault = async ({ forward, socket }) => {
  await forward();
  socket.destroy();
};

/** Requests with a longer body get the fault. */
export const ifOver =
  (bytes: number, fault: AnswerFault): AnswerFault =>
  (exchange) =>
    Number(exchange.request.headers['content-length'] ?? 0) > bytes
      ? fault(exchange)
      : healthyAnswers(exchange);

/** Requests for which this is true get the fault. */
export const where =
  (isMeant: (exchange: Exchange) => boolean, fault: AnswerFault): AnswerFault =>
  (exchange) =>
    isMeant(exchange) ? fault(exchange) : healthyAnswers(exchange);

/** The first so many requests get the fault. */
export function first(count: number, fault: AnswerFault): AnswerFault {
  let left = count;
  return (exchange) => {
    left -= 1;
    return left >= 0 ? fault(exchange) : healthyAnswers(exchange);
  };
}

/** All goes well until this many documents were begun; then the deed is done, and the fault is what answers. */
export function fromDocument(
  count: number,
  fault: AnswerFault,
  deed: () => void = () => undefined,
): AnswerFault {
  let begun = 0;
  return (exchange) => {
    if (exchange.document && ++begun === count) deed();
    return begun >= count ? fault(exchange) : healthyAnswers(exchange);
  };
}
