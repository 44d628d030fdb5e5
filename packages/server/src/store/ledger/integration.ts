/**
 * Integration: one process per log hashes committed entries into tiles and signs checkpoints. The lease is a row; each transaction locks it
 * first and compares the epoch, so that a process that slept through its lease changes nothing.
 */
import { randomUUID } from 'node:crypto';
import { consistencyPlan, proofFrom, type Tile, type TileEdge, tilesOfPlan, verifyConsistency } from '@countersign/kernel/ledger';
import { Fault } from '@countersign/kernel/fault';
import type { IntegrationStep, LedgerIntegration, LogKey, PublishedCheckpoints } from '../../ports/ledger.ts';
import { statement } from '../postgres/statement.ts';
import type { Store } from '../postgres/store.ts';
import type { Tx } from '../postgres/tx.ts';
import { edgeAtCheckpoint, grow, readEntries, ROWS_MAX } from './edge.ts';
import { sizeOf } from './head.ts';
import { sha256 } from './sha256.ts';
import { type CheckpointRow, corrupt, dropPartials, newestCheckpoint, sourceOf, writeCheckpoint, writeTiles } from './tiles.ts';

export interface IntegrationTerms {
  readonly store: Store;
  readonly key: LogKey;
  readonly published: PublishedCheckpoints;
  /** The check of a restored database; see `admitLog`. */
  readonly admit: (org: string) => Promise<void>;
  readonly leaseMs?: number;
}

/** Long enough for a slow transaction, short enough that a dead holder is followed soon. */
const LEASE_MS = 5_000;
/** Part of the lease after which a quiet log costs a transaction again. */
const KEEP_AFTER = 1 / 3;

const TAKE = statement(`insert into log_integration (org, size, epoch, holder, until)
values ($1, 0, 1, $2, clock_timestamp() + $3::int * interval '1 millisecond')
on conflict (org) do update set epoch = log_integration.epoch + 1, holder = excluded.holder, until = excluded.until
where log_integration.until < clock_timestamp() or log_integration.holder = excluded.holder
returning epoch`);
const HOLD = statement('select 1 from log_integration where org = $1 and epoch = $2 and holder = $3 for update');
const KEEP = statement(`update log_integration set size = $4, until = clock_timestamp() + $5::int * interval '1 millisecond'
where org = $1 and epoch = $2 and holder = $3`);
const GIVE_BACK = statement('update log_integration set until = clock_timestamp() where holder = $1');
const LOGS = statement('select org from log_head order by org');

interface Held {
  readonly epoch: number;
  readonly edge: TileEdge;
  signed: number;
  /** A transaction that grew the edge is under way: if it does not end well, the edge is ahead of the database and of no use. */
  growing: boolean;
  /** When the newest checkpoint was signed here, by the process clock; minus infinity before the first. */
  signedAt: number;
  /** When the transaction began that last prolonged the lease, by the process clock. */
  keptAt: number;
}

interface Round {
  readonly size: number;
  readonly caughtUp: boolean;
  readonly checkpoint: CheckpointRow | undefined;
}

class LeaseLost extends Error {}

export function openIntegration(terms: IntegrationTerms): LedgerIntegration {
  const { store, published } = terms;
  const holder = randomUUID();
  const held = new Map<string, Held>();
  const stopped = new Map<string, unknown>();
  const integrator = new Integrator(terms, holder);
  const headOf = (org: string): Promise<number> => sizeOf(store, org, 'jobs');

  async function round(org: string, signAfterMs: number): Promise<IntegrationStep> {
    const state = held.get(org) ?? (await integrator.take(org));
    if (state === undefined) return { state: 'elsewhere' };
    if (integrator.isIdle(state, await headOf(org)))
      return { state: 'ours', size: state.signed, signed: state.signed, behind: 0 };
    // Until the round is whole, the edge in memory is ahead of the database: a failure drops it.
    held.delete(org);
    const done = await integrator.advance(org, state, signAfterMs);
    if (done.checkpoint !== undefined) {
      await published.publish(org, Buffer.from(done.checkpoint.note));
      state.signed = done.checkpoint.size;
      state.signedAt = performance.now();
    }
    held.set(org, state);
    return { state: 'ours', size: done.size, signed: state.signed, behind: Math.max(0, (await headOf(org)) - done.size) };
  }

  return {
    logs: async () => (await store.query<{ org: string }>(LOGS, [], 'jobs')).map(({ org }) => org),
    async step(org, signAfterMs) {
      if (stopped.has(org)) throw stopped.get(org);
      try {
        return await round(org, signAfterMs);
      } catch (thrown) {
        if (thrown instanceof LeaseLost) return { state: 'elsewhere' };
        if (thrown instanceof Fault && /^ledger\./.test(thrown.code)) stopped.set(org, thrown);
        throw thrown;
      }
    },
    async release() {
      held.clear();
      await store.query(GIVE_BACK, [holder], 'jobs');
    },
  };
}

class Integrator {
  readonly #terms: IntegrationTerms;
  readonly #holder: string;

  constructor(terms: IntegrationTerms, holder: string) {
    this.#terms = terms;
    this.#holder = holder;
  }

  /** The lease and the edge at the newest checkpoint, or undefined while another process has it. */
  async take(org: string): Promise<Held | undefined> {
    const { store, admit, leaseMs = LEASE_MS } = this.#terms;
    const [lease] = await store.query<{ epoch: number }>(TAKE, [org, this.#holder, leaseMs], 'jobs');
    if (lease === undefined) return undefined;
    await admit(org);
    const edge = await edgeAtCheckpoint(store, org);
    const never = Number.NEGATIVE_INFINITY;
    return { epoch: lease.epoch, edge, signed: edge.size, growing: false, signedAt: never, keptAt: never };
  }

  /** Everything is hashed and signed, and the lease has long to go. */
  isIdle({ edge, signed, keptAt }: Held, head: number): boolean {
    const { leaseMs = LEASE_MS } = this.#terms;
    return head === edge.size && head === signed && performance.now() - keptAt < leaseMs * KEEP_AFTER;
  }

  /** Hashes what is new, at most some thousand entries a transaction, until the log is caught up; signs where it is time. */
  async advance(org: string, state: Held, signAfterMs: number): Promise<Round> {
    for (;;) {
      const done = await this.#terms.store.tx((tx) => this.#transaction(tx, org, state, signAfterMs), { pool: 'jobs' });
      state.growing = false;
      if (done.caughtUp || done.checkpoint !== undefined) return done;
    }
  }

  async #transaction(tx: Tx, org: string, state: Held, signAfterMs: number): Promise<Round> {
    const { leaseMs = LEASE_MS } = this.#terms;
    const { epoch, edge } = state;
    if (state.growing) throw new LeaseLost();
    state.growing = true;
    const began = performance.now();
    if ((await tx.query(HOLD, [org, epoch, this.#holder])).length === 0) throw new LeaseLost();
    const rows = await readEntries(tx, org, edge.size, ROWS_MAX);
    await writeTiles(tx, org, grow(edge, org, rows));
    const due = edge.size > state.signed && performance.now() - state.signedAt >= signAfterMs;
    const checkpoint = due ? await this.#sign(tx, org, edge) : undefined;
    await tx.run(KEEP, [org, epoch, this.#holder, edge.size, leaseMs]);
    state.keptAt = began;
    return { size: edge.size, caughtUp: rows.length < ROWS_MAX, checkpoint };
  }

  async #sign(tx: Tx, org: string, edge: TileEdge): Promise<CheckpointRow> {
    const { key } = this.#terms;
    const size = edge.size;
    const root = edge.root();
    const partials: readonly Tile[] = edge.partials();
    await writeTiles(tx, org, partials);
    const before = await newestCheckpoint(tx, org);
    if (before !== undefined && before.size > 0) await checkContinues(tx, org, before, { size, root });
    const note = Buffer.from(key.sign(org, { size, root })).toString('utf8');
    const row = { size, root: Buffer.from(root), note };
    await writeCheckpoint(tx, org, row);
    await dropPartials(tx, org, size);
    return row;
  }
}

/** From the stored tiles, not from the edge that made them. INVARIANT: two checkpoints of one log are never inconsistent. */
async function checkContinues(
  tx: Tx,
  org: string,
  before: CheckpointRow,
  now: { size: number; root: Uint8Array },
): Promise<void> {
  if (before.size >= now.size)
    throw corrupt(`checkpoint ${before.size} of ${org} was signed before, and ${now.size} is not larger`);
  const plan = consistencyPlan(before.size, now.size);
  const source = await sourceOf(tx, org, tilesOfPlan(plan, now.size), now.size);
  const claim = {
    size1: before.size,
    root1: before.root,
    size2: now.size,
    root2: now.root,
    proof: proofFrom(plan, source, sha256),
  };
  try {
    verifyConsistency(claim, sha256);
  } catch (cause) {
    throw corrupt(
      `the tree of ${org} does not go on from checkpoint ${before.size}: ${cause instanceof Error ? cause.message : ''}`,
    );
  }
}
