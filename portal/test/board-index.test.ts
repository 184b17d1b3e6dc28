import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BoardQuery, createBoardIndex } from '../fleet/board-index.ts';
import { BOOTH_STATES, type BoardRow, stateOf } from '../fleet/board-row.ts';
import { ONLINE_MS } from '../fleet/presence.ts';

const PAGE = 50;

/** Whole numbers below `most`, the same in every run. */
function numbers(seed: number) {
  let at = seed;
  return (most: number): number => {
    at = (Math.imul(at, 1664525) + 1013904223) >>> 0;
    return Math.floor((at / 2 ** 32) * most);
  };
}

function stage() {
  let nowMs = Date.parse('2026-07-14T12:00:00Z');
  const index = createBoardIndex({ now: () => new Date(nowMs) });
  const rows = new Map<string, BoardRow>();
  return {
    index,
    nowMs: () => nowMs,
    later(ms: number) {
      nowMs += ms;
      index.age();
    },
    put(row: BoardRow) {
      rows.set(row.booth, row);
      index.put(row);
    },
    drop(booth: string) {
      rows.delete(booth);
      index.drop(booth);
    },
    /** What a look at every row finds. */
    searched({ q = '', state, version, from = '' }: BoardQuery) {
      const words = q.toLowerCase().split(' ').filter(Boolean);
      const found = [...rows.values()]
        .filter((row) => words.every((word) => row.text.includes(word)))
        .filter((row) => version === undefined || row.version === version)
        .sort((a, b) => (a.booth < b.booth ? -1 : 1));
      const is = (row: BoardRow) => stateOf(row, nowMs);
      const shown = found.filter((row) => row.booth >= from && (!state || is(row) === state));
      return {
        rows: shown.slice(0, PAGE),
        next: shown[PAGE]?.booth,
        counts: Object.fromEntries(
          BOOTH_STATES.map((one) => [one, found.filter((r) => is(r) === one).length]),
        ),
        versions: [...new Set([...rows.values()].flatMap((row) => row.version || []))].sort(),
      };
    },
  };
}

function someRow(booth: string, nowMs: number, below: (most: number) => number): BoardRow {
  const name = ['Salon', 'Jardin', 'Terrasse'][below(3)] ?? '';
  return {
    ...{ booth, name, owner: 'o', ownerName: 'Camille', waiting: below(9), freeBytes: 1 },
    version: ['', '1.0.0', '1.1.0'][below(3)] ?? '',
    seenMs: below(5) === 0 ? 0 : nowMs - below(2 * ONLINE_MS),
    troubles: below(6) === 0 ? ['refused'] : [],
    text: `${booth} ${name} camille`.toLowerCase(),
    ...{ pairedMs: 0, isOut: false, given: undefined },
    ...{ chosen: undefined, hasUnwanted: false, applied: undefined },
  };
}

const QUERIES: BoardQuery[] = [
  {},
  { state: 'online' },
  { state: 'away', version: '1.0.0' },
  { q: 'SALON camille' },
  { q: 'jardin', state: 'trouble' },
  { q: 'nobody' },
  { version: '1.1.0', from: '0100' },
  { q: 'a', from: '0150', state: 'new' },
];

test('pages, counts and versions are those of a look at every row, whatever came, changed, aged and went', () => {
  const below = numbers(7);
  const { index, put, drop, later, searched, nowMs } = stage();
  for (let step = 0; step < 3_000; step += 1) {
    const booth = String(below(400)).padStart(4, '0');
    if (below(10) === 0) drop(booth);
    else put(someRow(booth, nowMs(), below));
    if (step % 10 === 0) later(below(60_000));
    const query = QUERIES[step % QUERIES.length] ?? {};
    assert.deepEqual(index.page(query), searched(query), `step ${step}: ${JSON.stringify(query)}`);
  }
});

test('the pages follow one another and meet every booth once', () => {
  const { index, put, nowMs } = stage();
  const below = numbers(3);
  for (let n = 0; n < 173; n += 1) put(someRow(String((n * 71) % 173).padStart(4, '0'), nowMs(), below));
  const met: string[] = [];
  for (let from: string | undefined = ''; from !== undefined; ) {
    const page = index.page({ q: 'camille', from });
    met.push(...page.rows.map(({ booth }) => booth));
    from = page.next;
  }
  assert.deepEqual(
    met,
    [...Array(173).keys()].map((n) => String(n).padStart(4, '0')),
  );
});

test('booths come by serial, or in the order that is asked for, page after page', () => {
  const { index, put, nowMs } = stage();
  const below = numbers(3);
  for (let n = 0; n < 120; n += 1)
    put({
      ...someRow(`${below(1_000_000_000)}${String((n * 71) % 120).padStart(4, '0')}`, nowMs(), below),
      ...{ name: `Stand ${(n * 7) % 120}`, ownerName: n % 2 === 0 ? 'Élodie' : 'Fred' },
    });
  function met(query: BoardQuery): BoardRow[] {
    const rows: BoardRow[] = [];
    for (let from: string | undefined, isMore = true; isMore; isMore = from !== undefined) {
      const page = index.page({ ...query, from });
      rows.push(...page.rows);
      from = page.next;
    }
    return rows;
  }
  const serials = [...Array(120).keys()].map((n) => String(n).padStart(4, '0'));
  assert.deepEqual(
    met({}).map(({ booth }) => booth.slice(-4)),
    serials,
  );
  const names = [...Array(120).keys()].map((n) => `Stand ${n}`);
  assert.deepEqual(
    met({ order: 'name' }).map(({ name }) => name),
    names,
  );
  const owners = met({ order: 'customer' }).map(({ ownerName }) => ownerName);
  assert.deepEqual(owners, [...Array(60).fill('Élodie'), ...Array(60).fill('Fred')]);
  const seen = met({ order: 'seen' }).map(({ seenMs }) => seenMs);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  const waiting = met({ order: 'waiting', state: 'online' }).map((row) => row.waiting);
  assert.deepEqual(
    waiting,
    waiting.toSorted((a, b) => b - a),
  );
  assert.equal(new Set(met({ order: 'waiting' }).map(({ booth }) => booth)).size, 120);
});

test('many questions do not pile up, and one that is asked again knows what happened meanwhile', () => {
  const { index, put, searched, nowMs } = stage();
  const below = numbers(5);
  index.page({ q: 'salon' });
  for (let n = 0; n < 60; n += 1) {
    put(someRow(String(n).padStart(4, '0'), nowMs(), below));
    index.page({ q: String(n) });
  }
  assert.deepEqual(index.page({ q: 'salon' }), searched({ q: 'salon' }));
});

test('a question that was asked before looks at no row again', () => {
  const { index, put, nowMs } = stage();
  const below = numbers(5);
  let looks = 0;
  for (let n = 0; n < 200; n += 1) {
    const row = someRow(String(n).padStart(4, '0'), nowMs(), below);
    const { text } = row;
    put({
      ...row,
      get text() {
        looks += 1;
        return text;
      },
    });
  }
  index.page({ q: 'camille' });
  assert.equal(looks, 200);
  index.page({ q: 'camille', state: 'online' });
  index.page({ q: 'camille', from: '0100' });
  assert.equal(looks, 200);
});
