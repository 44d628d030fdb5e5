/** The real Codex CLI, configured as a user would: our model door as its provider, nothing else changed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Launched, launch } from './launch.ts';
import type { Workshop } from './workshop.ts';

export interface AgentRun {
  readonly binary: string;
  readonly workshop: Workshop;
  /** Origin of the installation, `http://127.0.0.1:7601`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly prompt: string;
  /** Extra headers on every model call: a declared data class, a use case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A run that takes longer than this hangs. */
const RUN_MS = 90_000;

export function runCodex(run: AgentRun): Promise<Launched> {
  // Beside the temporary directory, never below it: Codex makes no helper programs there.
  const codexHome = join(run.workshop.home, 'codex');
  mkdirSync(codexHome, { recursive: true });
  writeFileSync(join(codexHome, 'config.toml'), configOf(run));
  const env = {
    PATH: process.env['PATH'],
    HOME: run.workshop.home,
    TMPDIR: run.workshop.tmp,
    LANG: 'C.UTF-8',
    CODEX_HOME: codexHome,
    COUNTERSIGN_TOKEN: run.key,
  };
  const args = ['exec', '--json', '--sandbox', 'workspace-write', '--skip-git-repo-check', run.prompt];
  const { onLine, signal } = run;
  return launch(run.binary, args, {
    cwd: run.workshop.repository,
    env,
    timeoutMs: RUN_MS,
    ...(onLine === undefined ? {} : { onLine }),
    ...(signal === undefined ? {} : { signal }),
  });
}

function configOf({ url, model, headers = {} }: AgentRun): string {
  const pairs = Object.entries(headers).map(([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(value)}`);
  return [
    `model = ${JSON.stringify(model)}`,
    'model_provider = "countersign"',
    'check_for_update_on_startup = false',
    '[features]',
    'plugins = false',
    'apps = false',
    '[model_providers.countersign]',
    'name = "Countersign"',
    `base_url = "${url}/openai/v1"`,
    'wire_api = "responses"',
    'env_key = "COUNTERSIGN_TOKEN"',
    `http_headers = { ${pairs.join(', ')} }`,
    'request_max_retries = 1',
    'stream_max_retries = 1',
    'stream_idle_timeout_ms = 120000',
    '[shell_environment_policy]',
    'exclude = ["COUNTERSIGN_*"]',
    '',
  ].join('\n');
}

/** What a person would see of one line of Codex' output; undefined for lines that say nothing new. */
export function codexSays(line: string): string | undefined {
  let event: { type?: string; item?: Record<string, unknown>; message?: string; error?: { message?: string } };
  try {
    event = JSON.parse(line) as typeof event;
  } catch {
    return undefined;
  }
  const { item } = event;
  if (event.type === 'item.completed' && item !== undefined) {
    if (item['type'] === 'agent_message') return `says: ${String(item['text'])}`;
    if (item['type'] === 'command_execution')
      return `ran: ${String(item['command']).slice(0, 90)} (exit ${String(item['exit_code'])})`;
    if (item['type'] === 'file_change') return 'changed the code';
  }
  if (event.type === 'turn.failed') return `was told: ${sentenceOf(event.error?.message ?? '')}`;
  return undefined;
}

/** Codex shows the door's whole answer; here its sentence is enough. */
function sentenceOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    return error?.message ?? text;
  } catch {
    return text;
  }
}
