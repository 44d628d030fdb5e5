/**
 * Kill -9 of Postgres, of the node, and of both, under load; then: nothing that was acknowledged is lost, indices are dense, node chains
 * are whole, and every root that was ever signed is reproduced. COUNTERSIGN_CRASH_ROUNDS sets the number of kills.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hexEncode, leafHash, parseEntry, RightEdge } from '@countersign/kernel/ledger';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Embedded, startEmbedded } from '../../packages/server/src/store/embedded/index.ts';
import {
  admitLog,
  loadLogKey,
  openIntegration,
  publishedIn,
  sha256,
  writeExport,
} from '../../packages/server/src/store/ledger/index.ts';
import { openStore, type Store } from '../../packages/server/src/store/postgres/index.ts';
import { verifyExport } from '../../packages/server/src/verify/index.ts';
import { silentLog } from '../support/ledger.ts';

const ROUNDS = Number(process.env['COUNTERSIGN_CRASH_ROUNDS'] ?? 10);
/** The store is opened and everything read again after so many kills. */
const CHECK_EVERY = 20;
const root = fileURLToPath(new URL('../..', import.meta.url));

let dir = '';
let acknowledged = '';

beforeAll(async () => {
  if (!existsSync(join(root, 'packages/server/dist/store/ledger/index.js')))
    await promisify(execFile)('npx', ['tsc', '-b'], { cwd: root });
  dir = await mkdtemp(join(tmpdir(), 'countersign-crash-'));
  await chmod(dir, 0o755);
  acknowledged = join(dir, 'acknowledged');
  await writeFile(acknowledged, '');
}, 300_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startWriter(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(root, 'tests/crash/writer.mjs'), dir, acknowledged], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  if (child.stdout === null) throw new Error('no standard output');
  const ready = once(createInterface({ input: child.stdout }), 'line');
  const ended = once(child, 'exit').then(
    ([code, signal]: unknown[]) => `the writer ended with ${String(code ?? signal)}: ${said}`,
  );
  const first = await Promise.race([ready.then(() => 'ready'), ended]);
  if (first !== 'ready') throw new Error(first);
  return child;
}

async function killPostgres(): Promise<void> {
  const pid = Number((await readFile(join(dir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
  if (pid > 1) process.kill(pid, 'SIGKILL');
}

async function killWriter(child: ChildProcess): Promise<void> {
  // One that ended by itself found a broken promise: its words are the failure.
  expect(child.exitCode).toBeNull();
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function crash(round: number): Promise<void> {
  const child = await startWriter();
  await sleep(80 + Math.random() * 250);
  if (round % 3 !== 0) await killPostgres();
  // Postgres alone: the node must bring it back and write on.
  if (round % 3 === 1) await sleep(150 + Math.random() * 400);
  await killWriter(child);
}

async function opened<T>(work: (store: Store) => Promise<T>): Promise<T> {
  let embedded: Embedded | undefined;
  while (embedded === undefined) {
    embedded = await startEmbedded({ dir, log: silentLog }).catch(async (thrown: { code?: string }) => {
      if (thrown.code !== 'request.conflict') throw thrown;
      await sleep(50);
      return undefined;
    });
  }
  const store = await openStore({ connection: embedded.connection, log: silentLog });
  try {
    return await work(store);
  } finally {
    await store.close();
    await embedded.stop();
  }
}

interface Row {
  readonly seq: number;
  readonly body: Buffer;
}

async function checkAll(store: Store): Promise<number> {
  const checkpoints = await store.query<{ size: number; root: Buffer }>(
    `select size, root from log_checkpoint where org = 'acme' order by size`,
  );
  const roots = new Map(checkpoints.map(({ size, root: hash }) => [size, hexEncode(hash)]));
  const edge = new RightEdge(sha256);
  const ids: string[] = [];
  const chains = new Map<string, { seq: number; leaf: string }>();
  for (;;) {
    const rows = await store.query<Row & Record<string, unknown>>(
      `select seq, body from audit_entry where org = 'acme' and seq >= $1 order by seq limit 5000`,
      [ids.length],
    );
    for (const { seq, body } of rows) {
      expect(seq).toBe(ids.length);
      const entry = parseEntry(body);
      const leaf = leafHash(body, sha256);
      const before = chains.get(entry.node);
      expect([entry.nodeSeq, entry.nodePrev]).toEqual(before === undefined ? [0, null] : [before.seq + 1, before.leaf]);
      chains.set(entry.node, { seq: entry.nodeSeq, leaf: hexEncode(leaf) });
      ids.push(entry.id);
      edge.append(leaf);
      const signed = roots.get(edge.size);
      if (signed !== undefined) expect(hexEncode(edge.root())).toBe(signed);
    }
    if (rows.length === 0) break;
  }
  expect(new Set(ids).size).toBe(ids.length);
  const lines = (await readFile(acknowledged, 'utf8')).split('\n').filter((line) => line !== '');
  const lost = lines.filter((line) => {
    const [id, seq] = line.split(' ');
    return ids[Number(seq)] !== id;
  });
  expect(lost).toEqual([]);
  expect(checkpoints.at(-1)?.size ?? 0).toBeLessThanOrEqual(ids.length);
  return lines.length;
}

test(`${ROUNDS} kills under load: nothing acknowledged is lost, and old roots are reproduced`, {
  timeout: 60_000 + ROUNDS * 15_000,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    await crash(round);
    if (round % CHECK_EVERY === CHECK_EVERY - 1 && round < ROUNDS - 1) await opened(checkAll);
  }
  const count = await opened(async (store) => {
    const acknowledgedCount = await checkAll(store);
    const key = loadLogKey(join(dir, 'log.key'));
    const published = publishedIn(join(dir, 'published'));
    const since = await published.newest('acme');
    const integration = openIntegration({ store, key, published, admit: admitLog({ store, key, published }) });
    await sleep(400);
    for (let done = await integration.step('acme', 0); done.state === 'elsewhere' || done.behind > 0; )
      done = await integration.step('acme', 0);
    await writeExport(join(dir, 'export'), { store, key }, { org: 'acme' });
    const report = await verifyExport(join(dir, 'export'), { vkey: key.vkey('acme'), ...(since === undefined ? {} : { since }) });
    expect(report.levels.flatMap(({ findings }) => findings)).toEqual([]);
    return acknowledgedCount;
  });
  expect(count).toBeGreaterThan(ROUNDS);
  process.stderr.write(`${ROUNDS} kills, ${count} acknowledged entries, 0 lost\n`);
});
