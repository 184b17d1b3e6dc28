/** One figure of `npm run bench`, printed as one JSON line. */
export interface Figure {
  /** Dotted, e.g. `store.save.vs_stock`. */
  name: string;
  value: number;
  unit: string;
  /** The same thing measured on a reference in the same run. */
  reference?: number;
  /** `>=6`, `<=1.5`: judged on value / reference where there is one, else on the value. */
  goal: string;
}

const round = (x: number) => Number(x.toPrecision(4));

/** Prints a figure as one JSON line on stdout: `{"name","value","unit","reference","ratio","goal"}`. */
export function printFigure({ name, value, unit, reference, goal }: Figure): void {
  const measured =
    reference === undefined ? {} : { reference: round(reference), ratio: round(value / reference) };
  process.stdout.write(`${JSON.stringify({ name, value: round(value), unit, ...measured, goal })}\n`);
}
