/** Exit codes: one table for the program, its help, the documentation and a test. */
export const EXITS = {
  ok: { code: 0, text: 'done' },
  failed: { code: 1, text: 'failed' },
  usage: { code: 2, text: 'the command was not understood' },
  denied: { code: 3, text: 'denied by policy' },
  'not-signed-in': { code: 4, text: 'not signed in' },
  unverified: { code: 5, text: 'verification failed' },
  pending: { code: 8, text: 'pending approval' },
  'not-run': { code: 125, text: '`exec`: nothing ran, or nobody knows how it ended' },
} as const;

export type ExitName = keyof typeof EXITS;

/** What went wrong, why, and the next command. */
export class CliError extends Error {
  readonly exit: ExitName;
  readonly why: string | undefined;
  readonly next: string | undefined;

  constructor(exit: ExitName, what: string, more: { why?: string; next?: string; cause?: unknown } = {}) {
    super(what, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'CliError';
    this.exit = exit;
    this.why = more.why;
    this.next = more.next;
  }
}

export function exitTable(): string {
  const rows = Object.values(EXITS).map(({ code, text }) => `  ${code}  ${text}`);
  return ['Exit codes:', ...rows].join('\n');
}
