/** The real Claude Code, with our model door as its base URL. */
import { type Launched, launch } from './launch.ts';
import type { AgentRun } from './codex.ts';

const RUN_MS = 90_000;

export function runClaude(run: AgentRun): Promise<Launched> {
  const env = {
    PATH: process.env['PATH'],
    HOME: run.workshop.home,
    TMPDIR: run.workshop.tmp,
    LANG: 'C.UTF-8',
    ANTHROPIC_BASE_URL: `${run.url}/anthropic`,
    ANTHROPIC_AUTH_TOKEN: run.key,
    ANTHROPIC_CUSTOM_HEADERS: Object.entries(run.headers ?? {})
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  const args = [
    '-p',
    run.prompt,
    '--model',
    run.model,
    '--output-format',
    'json',
    '--strict-mcp-config',
    '--allowedTools',
    'Bash',
    'Read',
    'Edit',
  ];
  return launch(run.binary, args, {
    cwd: run.workshop.repository,
    env,
    timeoutMs: RUN_MS,
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  });
}

/** The final answer of `claude -p --output-format json`. */
export function claudeSays(stdout: string): string {
  try {
    const { result } = JSON.parse(stdout) as { result?: unknown };
    return String(result);
  } catch {
    return stdout.slice(0, 500);
  }
}
