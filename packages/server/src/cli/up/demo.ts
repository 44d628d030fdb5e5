/** `demo`: the demonstration brings its own server; here are only its options. */
import type { Call } from '../call.ts';
import { CliError, type ExitName } from '../exit.ts';

export const DEMO_CLIENTS = ['codex', 'claude', 'both'] as const;
export type DemoClient = (typeof DEMO_CLIENTS)[number];

export interface DemoOptions {
  readonly keep: boolean;
  readonly client?: DemoClient;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Narration, a line at a time. */
  readonly say: (line: string) => void;
}

export async function demo(call: Call): Promise<ExitName> {
  const client = DEMO_CLIENTS.find((name) => name === call.text('client'));
  if (call.text('client') !== undefined && client === undefined)
    throw new CliError('usage', `\`--client\` is one of ${DEMO_CLIENTS.join(', ')}`);
  const { runDemo } = await import('../demo/index.ts');
  const { io } = call;
  const ok = await runDemo({
    keep: call.flag('keep'),
    env: io.env,
    signal: io.signal,
    say: (line) => call.write(line),
    ...(client === undefined ? {} : { client }),
  });
  return ok ? 'ok' : 'failed';
}
