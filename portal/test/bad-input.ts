/** Input that no form of ours would send, from dice that fall the same way again for the same seed. */
export interface Dice {
  /** 0 to `count - 1`. */
  below(count: number): number;
  oneOf<T>(choices: readonly T[]): T;
  /** Three times out of four. */
  often(): boolean;
}

/** Mulberry32. */
export function createDice(seed: number): Dice {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number) => Math.floor(next() * count);
  return {
    below,
    oneOf: (choices) => {
      const one = choices[below(choices.length)];
      if (one === undefined) throw new RangeError('nothing to choose from');
      return one;
    },
    often: () => next() < 0.75,
  };
}

const TEXTS = [
  ...['', ' ', '0', '-1', '1e309', 'NaN', 'null', 'true', 'undefined', '[]', '{}', '[object Object]'],
  ...['9007199254740993', '2026-02-30', '2026-11-25T00:00:00Z', '9999-99-99', '+275760-09-14', '0000-01-01'],
  ...['../../etc/passwd', '_design/portal', '_users', '_all_docs', '%00', '%2e%2e%2f', 'a/b', 'a?b#c'],
  ...['<script>alert(1)</script>', '"><img src=x>', "' OR 1=1 --", '<%= 1 %>', '{{1}}'],
  ...['\u0000', '\u202e\u200b\ufeff', '\ud800', '👩‍👩‍👧‍👦', 'ﷺ'.repeat(50), '\r\nSet-Cookie: a=b', '\u2028'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'yes', 'fr', 'en', '#ffffff', '#zzz'],
  ...['//evil.example', '\\\\evil.example', 'javascript:alert(1)', 'a@b', 'a@example.com', 'A'.repeat(300)],
];

export function badText(dice: Dice): string {
  switch (dice.below(8)) {
    case 0:
      return dice.oneOf(TEXTS).repeat(1 + dice.below(4));
    case 1:
      return String.fromCharCode(...Array.from({ length: dice.below(40) }, () => dice.below(0x10000)));
    case 2:
      return 'x'.repeat(dice.oneOf([1, 99, 101, 255, 257, 4_097, 20_000]));
    case 3:
      return String(dice.below(2 ** 31) - 2 ** 30);
    default:
      return dice.oneOf(TEXTS);
  }
}

/** Without halves of characters, where they cannot be sent. */
export const wellFormed = (text: string): string => Buffer.from(text).toString();

/** Names that reach for what is not theirs. */
const HOSTILE = [
  '__proto__',
  'constructor',
  '_id',
  '_rev',
  'role',
  'owner',
  'customerId',
  'disabled',
  '_csrf',
];

interface Form {
  headers: Record<string, string>;
  body: string | FormData | Uint8Array<ArrayBuffer>;
}

/**
 * A form in one of the ways a body can be written, well or not: with fields of ours and others, or (`whole`, if there
 * is one) as it should be but for a field or two.
 */
export function badForm(
  dice: Dice,
  { fields, ids, whole }: { fields: string[]; ids: Record<string, string>; whole?: string[][] | undefined },
): Form {
  const value = () => (dice.often() ? badText(dice) : dice.oneOf(Object.values(ids)));
  const names = Array.from({ length: dice.below(12) }, () =>
    dice.often() ? dice.oneOf(fields) : dice.oneOf([...HOSTILE, `${dice.oneOf(fields)}[]`, badText(dice)]),
  );
  const wild = () =>
    names.flatMap((name) => Array.from({ length: 1 + dice.below(2) }, () => [name, value()]));
  const spoilt = whole && dice.below(whole.length);
  const nearly = whole?.map(([name = '', text = ''], i) => [name, i === spoilt ? value() : text]);
  const pairs = nearly && dice.often() ? nearly : wild();
  const plain = new URLSearchParams(pairs).toString();
  const typed = (type: string, body: Form['body']) => ({ headers: { 'content-type': type }, body });
  switch (dice.below(12)) {
    case 0:
      return typed('application/json', JSON.stringify(Object.fromEntries(pairs)));
    case 1:
      return typed(
        dice.oneOf(['text/plain', 'application/xml', '', ';', 'application/json;charset=x']),
        plain,
      );
    case 2:
      return typed('application/x-www-form-urlencoded; charset=utf-16', plain);
    case 3:
      return {
        headers: {
          ...typed('application/x-www-form-urlencoded', '').headers,
          'content-encoding': dice.oneOf(['gzip', 'br', 'x']),
        },
        body: plain,
      };
    case 4:
      return typed(
        'application/x-www-form-urlencoded',
        `${plain}&${'a=1&'.repeat(dice.below(200))}%ff=%&=&&`,
      );
    case 5:
      return typed('application/x-www-form-urlencoded', `x=${'y'.repeat(70_000)}`);
    case 6:
      return typed(
        `multipart/form-data${dice.oneOf(['', '; boundary=', '; boundary=x'])}`,
        `--x\r\n${plain}\r\n--x--`,
      );
    case 7: {
      const form = new FormData();
      for (const [name = '', text = ''] of pairs) form.append(wellFormed(name), wellFormed(text));
      const bytes = Uint8Array.from({ length: dice.below(2_000) }, () => dice.below(256));
      form.append(
        dice.oneOf(['logo', 'backdrop']),
        new Blob([bytes], { type: dice.oneOf(['image/png', 'image/svg+xml', 'x/y']) }),
        wellFormed(badText(dice).slice(0, 50)),
      );
      return { headers: {}, body: form };
    }
    default:
      return typed('application/x-www-form-urlencoded', plain);
  }
}
