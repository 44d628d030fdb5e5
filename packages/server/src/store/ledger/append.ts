/**
 * Appending: within anybody's transaction, as its last statement, or alone with group commit. Nothing is acknowledged before its commit;
 * a batch that fails fails all who wait for it, and their acts don't happen.
 */
import type { EntryDraft } from '@countersign/kernel/ledger';
import { Fault } from '@countersign/kernel/fault';
import { type Clock, isoTime } from '../../ports/clock.ts';
import type { Store } from '../postgres/store.ts';
import { READS_ONLY, type Tx } from '../postgres/tx.ts';
import type { Batch } from './batch.ts';
import { NodeChain } from './chain.ts';
import { findEntry } from './find.ts';
import { GroupCommit } from './group.ts';
import { APPEND, FIND_BATCH, LOCK_HEAD, OPEN_LOG } from './statements.ts';
import type { Appended, LedgerWriter } from './writer.ts';

export interface AppendTerms {
  readonly store: Store;
  readonly clock: Clock;
  /** UUIDv7 with dashes. */
  readonly newEntryId: () => string;
  /** Id of this node, fresh for every start of the process. */
  readonly node: string;
  /** Asked once for each log before the first append. @throws where appending could fork a published log */
  readonly admit?: (org: string) => Promise<void>;
}

/** What this process knows of a log: its place in the chain, and how far the log has come. */
interface Log {
  readonly chain: NodeChain;
  readonly admitted: Promise<void>;
  /** Size after our newest commit: a log that is shorter later has lost what was acknowledged. */
  reached: number;
}

/** A log that is behind what it acknowledged would fork: nothing is appended to it until a person has looked. */
const wentBackwards = (org: string, base: number, reached: number): Fault =>
  new Fault('ledger.corrupt', 'The ledger is shorter than it was. Nothing is allowed until it is restored.', {
    internal: `log of ${org} has size ${base}, had ${reached}: restored from a backup or promoted from a replica that was behind`,
  });

export function openLedger(terms: AppendTerms): LedgerWriter {
  const { store, node } = terms;
  const logs = new Map<string, Log>();

  const opening = (org: string) => (): EntryDraft => ({
    v: 1,
    org,
    id: terms.newEntryId(),
    ts: isoTime(terms.clock.now()),
    type: 'node.started',
  });

  const landed: LedgerWriter['landed'] = (org, nodeSeq) =>
    store.tx(
      async (tx) => {
        await tx.query(LOCK_HEAD, [org]);
        const [row] = await tx.query<{ base: number; n: number }>(FIND_BATCH, [org, node, nodeSeq]);
        return row === undefined ? undefined : { base: row.base, count: row.n };
      },
      { ...READS_ONLY, pool: 'jobs' },
    );

  const seqOf: LedgerWriter['seqOf'] = (org, id) =>
    store.tx(
      async (tx) => {
        await tx.query(LOCK_HEAD, [org]);
        return (await findEntry(tx, org, id))?.seq;
      },
      { ...READS_ONLY, pool: 'jobs' },
    );

  function logOf(org: string): Log {
    const known = logs.get(org);
    if (known !== undefined) return known;
    const chain = new NodeChain({
      node,
      opening: opening(org),
      landed: async (nodeSeq) => (await landed(org, nodeSeq)) !== undefined,
    });
    const log: Log = { chain, admitted: terms.admit?.(org) ?? Promise.resolve(), reached: 0 };
    // A refusal is not kept: the next append asks again.
    log.admitted.catch(() => logs.delete(org));
    logs.set(org, log);
    return log;
  }

  async function appendInTx(tx: Tx, org: string, drafts: readonly EntryDraft[]): Promise<Appended> {
    if (drafts.length === 0) throw new RangeError('an append has at least one entry');
    if (drafts.some((draft) => draft.org !== org)) throw new RangeError('all entries of an append are of its organisation');
    const log = logOf(org);
    await log.admitted;
    const turn = await log.chain.take(drafts);
    let end = 0;
    tx.onEnd((ending) => {
      if (ending === 'committed') log.reached = Math.max(log.reached, end);
      turn.end(ending);
    });
    const base = await send(tx, org, node, turn.batch);
    if (base < log.reached) throw wentBackwards(org, base, log.reached);
    end = base + turn.batch.count;
    const first = base + turn.skip;
    return { seqs: drafts.map((_, i) => first + i), nodeSeq: turn.batch.before.next };
  }

  const group = new GroupCommit({ store, appendInTx, landed });
  return { node, appendInTx, landed, seqOf, append: (drafts) => group.append(drafts) };
}

/** @returns index of the batch's first entry */
async function send(tx: Tx, org: string, node: string, batch: Batch): Promise<number> {
  const values = [org, batch.count, batch.lengths, batch.bodies, batch.fixed, node, batch.before.next];
  for (const last of [false, true]) {
    const [row] = await tx.query<{ base: number }>(APPEND, values);
    if (row !== undefined) return row.base;
    if (!last) await tx.run(OPEN_LOG, [org]);
  }
  throw new Error('the log has no head');
}
