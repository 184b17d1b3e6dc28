/** What every file of figures uses: which are asked for, and how times become one number. */

/** Is a figure of this name asked for? `npm run bench -- sync.push` asks for all that begin so. */
export const isAsked = (name: string): boolean => name.startsWith(process.argv[2] ?? '');

/** Runs what measures these figures, if one of them is asked for. Why it could not goes to stderr in one line. */
export async function measure(names: string[], work: () => Promise<void>): Promise<void> {
  if (!names.some(isAsked)) return;
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${names.join(', ')}: ${reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const sorted = (values: number[]): number[] => [...values].sort((a, b) => a - b);

/** The value that `share` of all values do not exceed: `quantile(0.95, times)`. */
export function quantile(share: number, values: number[]): number {
  const value = sorted(values)[Math.ceil(values.length * share) - 1];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}
