/**
 * The server process under a watchdog: a shell that holds the other end of a pipe of ours. When we end, however we end, the pipe closes
 * and Postgres shuts down with us; an orphan would run on, and the next start would talk to it without knowing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Account, asAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import { environmentOf } from './cluster.ts';
import type { Place } from './place.ts';

/** INT is Postgres' fast shutdown: sessions are cut, everything committed is kept. The reader runs beside, so that an exit of the server is seen at once. */
const WATCHDOG = `exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(while read -r _; do :; done <&3; kill -INT $server 2>/dev/null) &
reader=$!
exec 3<&-
wait $server; code=$?
kill $reader 2>/dev/null
exit $code`;

export interface ServerProcess {
  /** Resolves with the exit code when the server has ended. */
  readonly ended: Promise<number>;
  /** Newest lines of its log, newest last. */
  lines(): readonly string[];
  /** Fast shutdown; ends when the server has. */
  stop(): Promise<void>;
}

const LINES_KEPT = 50;
/** A shutdown that takes longer than this is cut short: recovery at the next start is safe. */
const STOP_MS = 20_000;

export interface ServerTerms {
  readonly place: Place;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly onLine: (line: string) => void;
}

/** Settings that are ours to decide; everything else stays as initdb left it. */
function settings(place: Place): readonly string[] {
  const values: Readonly<Record<string, string>> = {
    listen_addresses: '',
    unix_socket_directories: place.runtime,
    unix_socket_permissions: '0700',
    ssl: 'off',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    max_connections: '100',
    password_encryption: 'scram-sha-256',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_line_prefix: '%p ',
    jit: 'off',
    max_wal_size: '2GB',
    wal_compression: 'off',
    checkpoint_completion_target: '0.9',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

export function startServer({ place, binaries, account, onLine }: ServerTerms): ServerProcess {
  const child: ChildProcess = spawn(
    '/bin/sh',
    ['-c', WATCHDOG, 'countersign-watchdog', binaries.postgres, '-D', place.data, ...settings(place)],
    // A process group of its own: Ctrl-C reaches us first, and requests drain before the store goes.
    { ...asAccount(account), cwd: '/', env: environmentOf(binaries), detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const kept: string[] = [];
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      kept.push(line);
      if (kept.length > LINES_KEPT) kept.shift();
      onLine(line);
    });
  }
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<number>((resolve) => {
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 128));
  });
  return {
    ended,
    lines: () => kept,
    async stop() {
      child.stdin?.end();
      const late = setTimeout(() => endGroup(child), STOP_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGQUIT');
  } catch {
    // Already gone.
  }
}
