/** The faults that a cycle meets, each with the state in which it has to end. */
import type { SyncOutcome } from '../sync/sync.ts';
import {
  type AnswerFault,
  duplicated,
  type Exchange,
  error,
  fromDocument,
  healthyAnswers,
  ifOver,
  loginRedirect,
  lost,
  page,
  shifted,
  trickle,
  truncated,
  truncatedUnseen,
  where,
} from './answer-faults.ts';
import type { Chaos } from './chaos-proxy.ts';
import { blackHole, deafBooth, halfOpen, latency, rate, resetAfter } from './wire-faults.ts';

export const ALL = process.env.CHAOS === 'all';
/** Why a slow test is skipped. */
export const SLOW = ALL ? false : 'CHAOS=all';
/** How many wait in each case. */
export const PHOTOS = ALL ? 12 : 6;
/** A cycle must have ended by then, whatever the fault. */
export const DEADLINE_MS = 20_000;
/** Where the fault is silence, a cycle has to wait for this. */
const SHORT_STALL_MS = 1_000;
/** Documents that are begun before a fault in mid-batch comes. */
const MID_BATCH = 3;

export interface Case {
  name: string;
  fault(chaos: Chaos): void;
  /** How the cycle with the fault ends, as far as it is said here. */
  ends: { kind: SyncOutcome['kind'] } & Record<string, unknown>;
  bytes?: number;
  stallMs?: number;
  deadlineMs?: number;
  /** One cycle goes well before, which leaves connections open. */
  warm?: true;
  /** With CHAOS=all only: it takes its time, or it is much like another. */
  slow?: true;
}

const wire = (fault: Chaos['faults']['wire']) => (chaos: Chaos) => {
  chaos.faults.wire = fault;
};
export const wireInMidBatch = (fault: Chaos['faults']['wire']) => (chaos: Chaos) => {
  chaos.faults.answer = fromDocument(MID_BATCH, healthyAnswers, () => wire(fault)(chaos));
};
const answers = (fault: AnswerFault) => (chaos: Chaos) => {
  chaos.faults.answer = fault;
};
const answersInMidBatch = (fault: AnswerFault) => answers(fromDocument(MID_BATCH, fault));

const asksForMany = ({ request }: Exchange): boolean => /_revs_diff|_all_docs/.test(request.url ?? '');
const aboutPhoto = ({ document }: Exchange): boolean => document !== undefined;

export const OK = { kind: 'ok' } as const;
export const OFFLINE = { kind: 'offline', problem: 'offline' } as const;
const SILENT = { ...OFFLINE, reason: 'no answer' } as const;
const LOGIN_PAGE = { kind: 'offline', problem: 'login-page' } as const;
export const BUSY = { kind: 'busy', retryAfterMs: 30_000 } as const;
/** Small photos: what is under way when silence falls is given time to arrive, at 8 kB a second. */
const SILENCE = { ends: SILENT, stallMs: SHORT_STALL_MS, bytes: 2_000 } as const;

export const CASES: Case[] = [
  { name: 'no fault at all', fault: () => undefined, ends: OK },
  { name: 'latency of 30 ms each way', fault: wire(latency(30)), ends: OK },
  {
    name: 'latency of 2 s each way',
    ...{ fault: wire(latency(2_000)), ends: OK, stallMs: 10_000, deadlineMs: 300_000, slow: true },
  },
  { name: 'a line of 1 Mbit/s', fault: wire(rate(125_000)), ends: OK, slow: true },
  {
    name: 'a line of 64 kbit/s',
    ...{ fault: wire(rate(8_000)), ends: OK, bytes: 30_000, stallMs: 5_000, deadlineMs: 300_000, slow: true },
  },

  { name: 'resets in mid-body', fault: wire(resetAfter(15_000, 'up')), ends: OFFLINE },
  { name: 'resets in mid-batch', fault: wireInMidBatch(resetAfter(0, 'up')), ends: OFFLINE, slow: true },
  { name: 'resets in the answer', fault: wire(resetAfter(100, 'down')), ends: OFFLINE, slow: true },

  { name: 'half-open connections', fault: wire(halfOpen), ...SILENCE, warm: true },
  { name: 'half-open in mid-batch', fault: wireInMidBatch(halfOpen), ...SILENCE, slow: true },
  { name: 'a black hole', fault: wire(blackHole), ...SILENCE, slow: true },
  { name: 'a black hole on open connections', fault: wire(blackHole), ...SILENCE, warm: true },
  { name: 'a black hole in mid-batch', fault: wireInMidBatch(blackHole), ...SILENCE },
  {
    name: 'a black hole among larger photos',
    ...{ fault: wireInMidBatch(blackHole), ...SILENCE, bytes: 60_000, deadlineMs: 90_000, slow: true },
  },
  { name: 'answers that do not come through', fault: wireInMidBatch(deafBooth), ...SILENCE, slow: true },
  { name: 'an answer that trickles', fault: answers(trickle(50)), ...SILENCE, slow: true },

  { name: 'a storm of 500', fault: answers(error(500)), ends: { kind: 'failed' } },
  { name: 'a storm of 502', fault: answers(page(502)), ends: BUSY, slow: true },
  {
    name: 'a storm of 503 with Retry-After',
    fault: answers(error(503, { 'retry-after': '7' })),
    ends: { kind: 'busy', retryAfterMs: 7_000 },
  },
  { name: 'a storm of 504 in mid-batch', fault: answersInMidBatch(page(504)), ends: BUSY, slow: true },
  {
    name: '500 for photos',
    fault: answers(where(aboutPhoto, error(500))),
    ends: { kind: 'failed' },
    slow: true,
  },
  {
    name: '429 in mid-batch',
    fault: answersInMidBatch(error(429, { 'retry-after': '9' })),
    ends: { kind: 'busy', retryAfterMs: 9_000 },
  },

  { name: 'truncated answers', fault: answers(truncated), ends: OFFLINE, slow: true },
  { name: 'truncated answers to photos', fault: answers(where(aboutPhoto, truncated)), ends: OFFLINE },
  { name: 'answers truncated unseen', fault: answers(truncatedUnseen), ends: OFFLINE, slow: true },
  {
    name: 'truncated unseen, the answers to photos',
    ...{ fault: answers(where(aboutPhoto, truncatedUnseen)), ends: OFFLINE, slow: true },
  },
  { name: 'duplicated answers', fault: answers(duplicated), ends: OK },
  { name: 'answers to the request before', fault: answers(shifted()), ends: { kind: 'failed' } },
  { name: 'answers lost after photos were stored', fault: answers(where(aboutPhoto, lost)), ends: OFFLINE },

  { name: 'a login page', fault: answers(page(200)), ends: LOGIN_PAGE },
  { name: 'a redirect to a login page', fault: answers(loginRedirect), ends: LOGIN_PAGE, slow: true },
  { name: 'a redirect in mid-batch', fault: answersInMidBatch(loginRedirect), ends: LOGIN_PAGE },
  { name: 'a call for a login (511)', fault: answers(page(511)), ends: LOGIN_PAGE, slow: true },
  { name: "403 of a venue's proxy", fault: answers(page(403)), ends: LOGIN_PAGE, slow: true },

  { name: '413 for photos', fault: answers(ifOver(15_000, error(413))), ends: { kind: 'incomplete' } },
  {
    name: '413 as nginx says it',
    fault: answers(ifOver(15_000, page(413))),
    ends: { kind: 'incomplete' },
    slow: true,
  },
  {
    name: '413 for long questions about many photos',
    fault: answers(where(asksForMany, ifOver(300, error(413)))),
    ends: OK,
  },
];
