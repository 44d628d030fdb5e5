/** A database for the multi-process tests, and nodes on it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startEmbedded } from '../../packages/server/src/store/embedded/index.ts';
import { migrate } from '../../packages/server/src/store/migrations/migrate.ts';
import type { Connection } from '../../packages/server/src/store/postgres/index.ts';
import { silentLog } from '../support/ledger.ts';
import type { NodeTerms } from './node.ts';

export interface Cluster {
  readonly connection: Connection;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-budget-'));
  // The account that runs Postgres when the tests run as root must get through.
  await chmod(dir, 0o755);
  const embedded = await startEmbedded({ dir, log: silentLog, prefer: 'system' });
  await migrate(embedded.connection);
  return {
    connection: embedded.connection,
    async stop() {
      await embedded.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export interface Said {
  readonly started?: string;
  readonly key?: string;
  readonly granted?: Readonly<Record<string, number>> | null;
  readonly settled?: string;
  readonly done?: string;
}

export interface NodeProcess {
  readonly said: Said[];
  /** Resolves when the node said something that fits. */
  until(fits: (said: Said) => boolean): Promise<void>;
  /** Exit code, null after a signal. */
  readonly ended: Promise<number | null>;
  kill(): void;
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export function startNode(terms: NodeTerms): NodeProcess {
  const child: ChildProcess = spawn(process.execPath, [path('run-source.mjs'), path('node.ts'), JSON.stringify(terms)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Said[] = [];
  const waiters: { fits: (said: Said) => boolean; resolve: () => void; reject: (error: Error) => void }[] = [];
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    const one = JSON.parse(line) as Said;
    said.push(one);
    for (const waiter of [...waiters]) if (waiter.fits(one)) waiter.resolve();
  });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[code]]) => code as number | null);
  void ended.then(() => waiters.forEach(({ reject }) => reject(new Error('the node ended before'))));
  return {
    said,
    ended,
    until: (fits) =>
      said.some(fits) ? Promise.resolve() : new Promise((resolve, reject) => waiters.push({ fits, resolve, reject })),
    kill: () => void child.kill('SIGKILL'),
  };
}
