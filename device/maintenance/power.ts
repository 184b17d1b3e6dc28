import { execFile } from 'node:child_process';

/** `impossible`: this machine does not let the booth do it; `detail` has its words. */
export type PowerOutcome = { kind: 'going' } | { kind: 'impossible'; detail: string };

const DEADLINE_MS = 10_000;

/** Shuts the machine down, where systemd lets the booth's user do so (a rule of polkit in the booth's image). */
export function powerOff({
  command = ['systemctl', '--no-ask-password', 'poweroff'],
  deadlineMs = DEADLINE_MS,
} = {}): Promise<PowerOutcome> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    execFile(program, args, { timeout: deadlineMs, killSignal: 'SIGKILL' }, (error, _stdout, stderr) => {
      if (!error) resolve({ kind: 'going' });
      else if (error.killed) resolve({ kind: 'impossible', detail: `no answer within ${deadlineMs} ms` });
      else resolve({ kind: 'impossible', detail: stderr.trim().slice(0, 300) || error.message });
    });
  });
}
