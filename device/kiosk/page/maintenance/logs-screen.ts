import type { LogLine } from '../../../maintenance/log-ring.ts';
import { byId } from '../dom.ts';
import type { ScreenName } from '../screens/screen-name.ts';

let shown: readonly LogLine[] | undefined;

/** The newest first: what went wrong last is what somebody looks for. */
export function fillLogs(lines: readonly LogLine[]): ScreenName {
  if (lines !== shown) {
    shown = lines;
    byId('logs-lines').replaceChildren(...[...lines].reverse().map(makeLine));
  }
  return 'logs';
}

function makeLine({ at, level, part, text }: LogLine): HTMLElement {
  const line = document.createElement('li');
  line.dataset.level = level;
  const time = new Date(at);
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((n) =>
    String(n).padStart(2, '0'),
  );
  line.textContent = [clock.join(':'), level, part, text].filter(Boolean).join(' ');
  return line;
}
