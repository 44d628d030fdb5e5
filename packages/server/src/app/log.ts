/** The process log: one JSON object a line on standard error. Errors appear by name and message; stacks only where a line asks for them. */
import type { Log } from '../ports/log.ts';

type Level = 'info' | 'warn' | 'error';

/** Longer texts are cut: a hostile message must not fill the log. */
const TEXT_MAX = 2_000;

export function jsonLog(write: (line: string) => void = (line) => void process.stderr.write(line)): Log {
  const put =
    (level: Level) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
      write(`${JSON.stringify({ at: new Date().toISOString(), level, event, ...fields }, plain)}\n`);
    };
  return { info: put('info'), warn: put('warn'), error: put('error') };
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return `${value.name}: ${value.message}`.slice(0, TEXT_MAX);
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? value.slice(0, TEXT_MAX) : value;
}
