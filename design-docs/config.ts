import { existsSync, readFileSync } from 'node:fs';
import type { z } from 'zod';

/** All problems of a configuration at once, one a line, each with what would work. */
export class ConfigError extends Error {
  readonly code = 'CONFIG';
}

/** How one setting is read: its environment variable, and a value that works (for the message). */
export interface Setting {
  env: string;
  example: string;
}

/**
 * Reads a configuration once: defaults < file (JSON) < environment, frozen and typed.
 * The schema's keys are the file's keys; `settings` maps each to its environment variable.
 * Unknown keys of the file are refused. Throws a {@link ConfigError} that names every problem.
 */
export function loadConfig<S extends z.ZodObject>(
  schema: S,
  settings: Record<keyof z.input<S> & string, Setting>,
  sources: { file?: string | undefined; env: NodeJS.ProcessEnv },
): Readonly<z.output<S>> {
  const fromFile = sources.file === undefined ? {} : readFile(sources.file);
  const fromEnv = Object.fromEntries(
    Object.entries(settings)
      .map(([key, { env }]) => [key, sources.env[env]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.strict().safeParse({ ...fromFile, ...fromEnv });
  if (parsed.success) return Object.freeze(parsed.data) as Readonly<z.output<S>>;
  const lines = parsed.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') return `unknown setting ${issue.keys.join(', ')}`;
    const key = String(issue.path[0]);
    const setting = settings[key];
    return `${setting?.env ?? key}: ${issue.message} (for example ${setting?.env ?? key}=${setting?.example ?? ''})`;
  });
  throw new ConfigError(lines.join('\n'));
}

function readFile(path: string): Record<string, unknown> {
  if (!existsSync(path)) throw new ConfigError(`configuration file ${path} does not exist`);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigError(`configuration file ${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
