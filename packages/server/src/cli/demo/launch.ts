/** Runs a client to its end. Nothing that it started outlives it: its sandboxes open sessions of their own, so it gets a process namespace where we may. */
import { spawn, spawnSync } from 'node:child_process';

export interface Launched {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface LaunchOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Output beyond this is cut: a client that floods its output must not fill our memory. */
const OUTPUT_MAX = 4 * 1024 * 1024;

let namespaceArgs: readonly string[] | undefined;

/** `unshare` with a process namespace where this machine and user allow it, else nothing. */
function namespace(): readonly string[] {
  if (namespaceArgs !== undefined) return namespaceArgs;
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user'];
  const args = ['unshare', ...user, '--pid', '--fork', '--kill-child', '--mount-proc'];
  const works = spawnSync(args[0] ?? '', [...args.slice(1), 'true'], { stdio: 'ignore' }).status === 0;
  namespaceArgs = works ? args : [];
  return namespaceArgs;
}

export function launch(file: string, args: readonly string[], options: LaunchOptions): Promise<Launched> {
  const [command, ...rest] = [...namespace(), file, ...args];
  const child = spawn(command ?? file, rest, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, options.timeoutMs);
  options.signal?.addEventListener('abort', end, { once: true });
  const stdout = collect(child.stdout, options.onLine);
  const stderr = collect(child.stderr);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      end();
      resolve({ code, stdout: stdout(), stderr: stderr(), timedOut });
    });
  });
}

function collect(stream: NodeJS.ReadableStream, onLine?: (line: string) => void): () => string {
  let text = '';
  let line = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    if (text.length < OUTPUT_MAX) text += chunk;
    if (onLine === undefined) return;
    const parts = (line + chunk).split('\n');
    line = parts.pop() ?? '';
    for (const part of parts) onLine(part);
  });
  return () => text;
}
