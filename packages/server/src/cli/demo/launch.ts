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
  /** `write`: to its standard input, which is closed unless `answers`. */
  readonly onLine?: (line: string, write: (text: string) => void) => void;
  readonly answers?: boolean;
  readonly signal?: AbortSignal;
  /** Directory whose files the client finds laid over `/etc`; the machine's own is not touched. Needs a Linux where we may mount. */
  readonly etc?: string;
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

/**
 * A command in mount and process namespaces of its own, with a directory laid over `/etc`. Without root: the same user (Codex keeps a directory of
 * the user's), with the privilege to mount given up again.
 */
function over(etc: string): readonly string[] {
  if (/[:,\n]/.test(etc)) throw new Error(`a directory that is laid over /etc may not have \`:\` or \`,\` in its path: ${etc}`);
  const root = process.getuid?.() === 0;
  const user = root ? [] : ['--user', '--map-current-user', '--keep-caps'];
  const drop = root ? '' : 'setpriv --inh-caps=-all --ambient-caps=-all';
  const script = 'mount -t overlay overlay -o "lowerdir=$1:/etc" /etc || exit 97; drop=$2; shift 2; exec $drop "$@"';
  const spaces = ['unshare', ...user, '--mount', '--pid', '--mount-proc', '--kill-child'];
  return ['setpriv', '--pdeathsig', 'KILL', ...spaces, 'sh', '-c', script, 'over-etc', etc, drop];
}

export function launch(file: string, args: readonly string[], options: LaunchOptions): Promise<Launched> {
  const { etc } = options;
  const [command, ...rest] = [...(etc === undefined ? namespace() : over(etc)), file, ...args];
  const child = spawn(command ?? file, rest, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // A client that ends before it reads is no failure of ours.
  child.stdin.on('error', () => undefined);
  if (options.answers !== true) child.stdin.end();
  const write = (text: string): void => void child.stdin.write(text);
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
  const stdout = collect(child.stdout, options.onLine === undefined ? undefined : (line) => options.onLine?.(line, write));
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
