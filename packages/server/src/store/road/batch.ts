/**
 * One batch, one transaction. In the usual case two trips: BEGIN with all writes and the append, then COMMIT. What is true of the database is
 * taken from memory and checked by the writes, which change a row only where it is as it was remembered; a surprise runs the batch again,
 * with its rows locked first, and then with its acts looked up too.
 */
import { NO_MARKS } from '../../ports/marks.ts';
import type { LedgerWriter } from '../ledger/index.ts';
import type { Store, Tx } from '../postgres/index.ts';
import type { Author } from '../record/author.ts';
import { Book, MissingRow } from './book.ts';
import { announce, sit, type Sitting, type Verdict } from './decide.ts';
import { type ActState, type DecideJob, type Job, type KnownAct, type SettleJob, StaleMarks, Surprise } from './job.ts';
import type { KnownLines } from './known.ts';
import { type FoundRow, readHolds } from './line.ts';
import { FIND_MARKS, type KnownMarks, MarkBook, readMarks } from './marks.ts';
import { PairMap } from './pair-map.ts';
import { ENSURE_LINES, FIND_ACTS, LOCK_APPROVALS, LOCK_LINES } from './statements.ts';
import { type Books, type PayloadWriter, Writes } from './writes.ts';

export interface RoadParts {
  readonly store: Store;
  readonly ledger: LedgerWriter;
  readonly payloads: PayloadWriter;
  readonly author: Author;
  /** The installation's organisation: whose lines `left` speaks of. */
  readonly org: string;
}

export interface Done {
  readonly verdicts: readonly Verdict[];
  readonly seqs: ReadonlyMap<string, readonly number[]>;
}

const ATTEMPTS_MAX = 6;

/** What a batch takes from memory: budget rows and open acts, open acts alone, or nothing. */
type Trust = 'rows' | 'acts' | 'nothing';

const LESS: Readonly<Record<Trust, Trust>> = { rows: 'acts', acts: 'nothing', nothing: 'nothing' };

/** What this process remembers of the database. */
export interface Memory {
  readonly lines: KnownLines;
  readonly marks: KnownMarks;
}

export async function runBatch(parts: RoadParts, memory: Memory, jobs: readonly Job[]): Promise<Done> {
  const { lines: known } = memory;
  let trust: Trust = jobs.some(usesApprovals) || !known.trusted() ? 'acts' : 'rows';
  for (let attempt = 1; ; attempt++) {
    try {
      await lookUp(parts, jobs, trust === 'nothing');
      return await runOnce(parts, memory, jobs, trust);
    } catch (thrown) {
      if (attempt >= ATTEMPTS_MAX) throw thrown;
      if (thrown instanceof StaleMarks) {
        await readTasks(parts.store, memory.marks, jobs);
        continue;
      }
      if (!(thrown instanceof Surprise || thrown instanceof MissingRow)) throw thrown;
      if (thrown instanceof MissingRow) known.clear();
      trust = LESS[trust];
    }
  }
}

const usesApprovals = (job: Job): boolean => job.kind === 'decide' && (job.item.useApprovals?.length ?? 0) > 0;

/** The marks of every task of the batch, as they are now. */
async function readTasks(store: Store, known: KnownMarks, jobs: readonly Job[]): Promise<void> {
  const tasks = new PairMap<{ readonly org: string; readonly task: string }>();
  for (const job of jobs) {
    const task = job.kind === 'decide' ? job.item.marks?.task : job.item.raise?.task;
    const { org } = job.item;
    if (task !== undefined) tasks.set(org, task, { org, task });
  }
  const asked = tasks.values();
  const values = [asked.map(({ org }) => org), asked.map(({ task }) => task)];
  const rows = await store.query<{ i: number; rank: number; taints: number }>(FIND_MARKS, values, 'hot');
  const found = new Map(rows.map(({ i, rank, taints }) => [i - 1, readMarks(rank, taints)]));
  for (const [at, { org, task }] of asked.entries()) known.learn(org, task, found.get(at) ?? NO_MARKS);
}

interface Attempt extends Books {
  readonly verdicts: readonly Verdict[];
  readonly writes: Writes;
}

async function runOnce(parts: RoadParts, memory: Memory, jobs: readonly Job[], trust: Trust): Promise<Done> {
  const { lines: known } = memory;
  const lines = linesOf(known, jobs);
  await ensureLines(parts.store, known, lines);
  const remembered = trust === 'rows' ? decideFromMemory(parts, memory, jobs, lines) : undefined;
  let attempt = remembered;
  const work = async (tx: Tx): Promise<ReadonlyMap<string, readonly number[]>> => {
    attempt = remembered ?? (await decideOnLocked({ parts, memory, tx, lines, looked: trust === 'nothing' }, jobs));
    return await attempt.writes.send(tx, attempt, parts);
  };
  const resolve = async () => {
    const seqs = attempt === undefined ? undefined : await seqsOf(parts.ledger, attempt.writes);
    return seqs === undefined ? undefined : { found: seqs };
  };
  try {
    const seqs = await parts.store.tx(work, { pool: 'hot', resolve, together: true });
    if (remembered !== undefined) known.learnTrust(true);
    attempt?.book.publish();
    attempt?.marks.publish();
    return { verdicts: attempt?.verdicts ?? [], seqs };
  } catch (thrown) {
    if (remembered !== undefined && thrown instanceof Surprise) known.learnTrust(false);
    throw thrown;
  }
}

/**
 * Decided before the transaction begins, on the rows as this process last left them; undefined where it does not know them all. A
 * reservation that does not fit is decided on locked rows: another process may have made room.
 */
function decideFromMemory(
  parts: RoadParts,
  memory: Memory,
  jobs: readonly Job[],
  lines: readonly LineToLock[],
): Attempt | undefined {
  const { lines: known } = memory;
  const book = new Book(known);
  for (const { org, key } of lines) {
    const row = known.find(org, key)?.row;
    if (row === undefined) return undefined;
    book.add(org, key, row);
  }
  try {
    const marks = new MarkBook(memory.marks);
    const attempt = decideAll(parts, { book, marks }, jobs, { standing: new Set(), looked: false });
    return attempt.verdicts.some(isDenied) ? undefined : attempt;
  } catch (thrown) {
    if (thrown instanceof Surprise || thrown instanceof MissingRow) return undefined;
    throw thrown;
  }
}

interface Locked {
  readonly parts: RoadParts;
  readonly memory: Memory;
  readonly tx: Tx;
  readonly lines: readonly LineToLock[];
  readonly looked: boolean;
}

async function decideOnLocked({ parts, memory, tx, lines, looked }: Locked, jobs: readonly Job[]): Promise<Attempt> {
  const books = { book: await lockLines(tx, memory.lines, lines), marks: new MarkBook(memory.marks) };
  const attempt = decideAll(parts, books, jobs, { standing: await lockApprovals(tx, jobs), looked });
  if (!looked) await checkDenied(tx, attempt.verdicts);
  return attempt;
}

function decideAll(
  { author }: RoadParts,
  { book, marks }: Books,
  jobs: readonly Job[],
  seen: Pick<Sitting, 'standing' | 'looked'>,
): Attempt {
  const sitting: Sitting = { ...seen, book, marks, writes: new Writes(), author, ended: new Set() };
  const verdicts = sit(sitting, jobs);
  announce(sitting, book.thresholds());
  return { verdicts, writes: sitting.writes, book, marks };
}

const isDenied = ({ decided }: Verdict): boolean => decided?.result.reserve?.ok === false;

/** Indices of what an unknown commit made durable. Entries of one batch and organisation stand together, so the first one tells. */
async function seqsOf(ledger: LedgerWriter, writes: Writes): Promise<ReadonlyMap<string, readonly number[]> | undefined> {
  const seqs = new Map<string, readonly number[]>();
  for (const [org, entries] of writes.entries) {
    const base = await ledger.seqOf(org, entries[0]?.id ?? '');
    if (base === undefined) return undefined;
    seqs.set(
      org,
      entries.map((_, at) => base + at),
    );
  }
  return seqs;
}

/** What was denied may have been granted to the same key before, on another node: then that first answer stands. */
async function checkDenied(tx: Tx, verdicts: readonly Verdict[]): Promise<void> {
  const denied = verdicts.filter(isDenied).map(({ job }) => job);
  if (denied.length === 0) return;
  const found = await tx.query(FIND_ACTS, [denied.map(({ item }) => item.org), denied.map(({ key }) => key)]);
  if (found.length > 0) throw new Surprise();
}

interface LineToLock {
  readonly org: string;
  readonly key: string;
}

function linesOf(known: KnownLines, jobs: readonly Job[]): readonly LineToLock[] {
  const lines = new PairMap<LineToLock>();
  // Most items of a batch ask for the same lines, which then need one look.
  let same: DecideJob | undefined;
  const want = (org: string, key: string): void => {
    if (lines.get(org, key) === undefined) lines.set(org, key, { org, key });
  };
  for (const job of jobs) {
    const { org } = job.item;
    if (job.kind === 'settle') {
      if (job.act !== undefined && job.act !== 'absent') for (const key of job.act.holds.lines) want(org, key);
      continue;
    }
    if (job.earlier !== undefined || (same?.lines === job.lines && same.item.org === org)) continue;
    same = job;
    for (const [key, line] of job.lines) {
      known.learn(org, line, key);
      want(org, key);
    }
  }
  return lines.values();
}

async function ensureLines(store: Store, known: KnownLines, lines: readonly LineToLock[]): Promise<void> {
  const missing = lines.flatMap(({ org, key }) => {
    const line = known.find(org, key);
    return line === undefined || line.exists ? [] : [{ org, key, line }];
  });
  if (missing.length === 0) return;
  const values = [missing.map(({ org }) => org), missing.map(({ key }) => key), missing.map(({ line }) => line.line.limit)];
  await store.query(ENSURE_LINES, values, 'hot');
  for (const { line } of missing) line.exists = true;
}

async function lockLines(tx: Tx, known: KnownLines, lines: readonly LineToLock[]): Promise<Book> {
  const book = new Book(known);
  if (lines.length === 0) return book;
  const values = [lines.map(({ org }) => org), lines.map(({ key }) => key)];
  const rows = await tx.query<FoundRow & { readonly i: number }>(LOCK_LINES, values);
  for (const row of rows) {
    const line = lines[row.i - 1];
    if (line !== undefined) book.add(line.org, line.key, row);
  }
  if (rows.length !== lines.length) throw new MissingRow();
  return book;
}

async function lockApprovals(tx: Tx, jobs: readonly Job[]): Promise<Set<string>> {
  const asked = jobs.flatMap((job) =>
    job.kind === 'decide' && job.earlier === undefined
      ? (job.item.useApprovals ?? []).map((id) => ({ org: job.item.org, id }))
      : [],
  );
  if (asked.length === 0) return new Set();
  const values = [asked.map(({ org }) => org), asked.map(({ id }) => id)];
  const rows = await tx.query<{ org: string; id: string }>(LOCK_APPROVALS, values);
  return new Set(rows.map(({ org, id }) => `${org}\n${id}`));
}

const hasUnknown = (job: Job): job is SettleJob => job.kind === 'settle' && job.key !== undefined && job.act === undefined;
const hasKey = (job: Job): boolean => job.key !== undefined;

/** Reads the acts that this process does not know; all of them after a surprise. */
async function lookUp({ store }: RoadParts, jobs: readonly Job[], all: boolean): Promise<void> {
  const asked = jobs.filter(all ? hasKey : hasUnknown);
  if (asked.length === 0) return;
  const values = [asked.map(({ item }) => item.org), asked.map(({ key }) => key)];
  const rows = await store.query<{ i: number; state: ActState; holds: string; decision: string }>(FIND_ACTS, values, 'hot');
  const found = new Map<number, KnownAct>(
    rows.map(({ i, state, holds, decision }) => [i - 1, { state, decision, holds: readHolds(holds) }]),
  );
  for (const [at, job] of asked.entries()) note(job, found.get(at));
}

function note(job: DecideJob | SettleJob, act: KnownAct | undefined): void {
  if (job.kind === 'decide') job.earlier = act;
  else job.act = act ?? 'absent';
}
