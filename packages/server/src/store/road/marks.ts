/** The marks of tasks as this process knows them, as the database writes them, and as a batch moves them. */
import { ledgerId } from '@countersign/kernel/ledger';
import type { EntryDraft } from '@countersign/kernel/ledger';
import { joinMarks, NO_MARKS, sameMarks, type TaskMarks } from '../../ports/marks.ts';
import { DATA_CLASSES, TAINTS } from '../../ports/registry.ts';
import { IN_TX, statement, type Tx } from '../postgres/index.ts';
import { type Author, envelope } from '../record/author.ts';
import { PairMap } from './pair-map.ts';

export const rankOfMarks = ({ dataClass }: TaskMarks): number => DATA_CLASSES.indexOf(dataClass);
export const bitsOfMarks = ({ taints }: TaskMarks): number =>
  taints.reduce((bits, taint) => bits | (1 << TAINTS.indexOf(taint)), 0);

export function readMarks(rank: number, bits: number): TaskMarks {
  if (rank === 0 && bits === 0) return NO_MARKS;
  return {
    dataClass: DATA_CLASSES[rank] ?? 'restricted',
    taints: TAINTS.filter((_, at) => (bits & (1 << at)) !== 0),
  };
}

/** Tasks come and go; one that is forgotten here is read again when the database contradicts. */
const TASKS_MAX = 50_000;

/** What this process last knew to be committed. */
export class KnownMarks {
  readonly #marks = new PairMap<TaskMarks>();

  of(org: string, task: string): TaskMarks {
    return this.#marks.get(org, task) ?? NO_MARKS;
  }

  learn(org: string, task: string, marks: TaskMarks): void {
    this.#marks.set(org, task, marks);
    if (this.#marks.size > TASKS_MAX) this.#marks.dropOldest();
  }
}

interface Row {
  readonly org: string;
  readonly task: string;
  /** As the process knew it when the batch began; the database must agree. */
  readonly was: TaskMarks;
  now: TaskMarks;
}

/** Why marks rise: the decision whose act or request brought it, and its task. */
export interface Raise {
  readonly org: string;
  readonly task: string;
  readonly marks: TaskMarks;
  readonly decision: string;
}

/** The marks of one batch. */
export class MarkBook {
  readonly #rows = new PairMap<Row>();
  readonly #known: KnownMarks;

  constructor(known: KnownMarks) {
    this.#known = known;
  }

  /** Whether a decision was made on the marks as they stand. Asking is enough to have the database asked too. */
  holds(org: string, task: string, assumed: TaskMarks): boolean {
    return sameMarks(this.#row(org, task).now, assumed);
  }

  /** @returns the entry that tells it, where something rises */
  raise({ org, task, marks, decision }: Raise, author: Author): EntryDraft | undefined {
    const row = this.#row(org, task);
    const joined = joinMarks(row.now, marks);
    if (joined === row.now) return undefined;
    row.now = joined;
    return markEntry(author, { org, task, marks: joined, decision });
  }

  get rows(): readonly Row[] {
    return this.#rows.values();
  }

  /** In the order of keys, so that two batches never wait for each other crosswise. */
  get raised(): readonly Row[] {
    return this.rows.filter(({ was, now }) => was !== now).sort((a, b) => (a.org + a.task < b.org + b.task ? -1 : 1));
  }

  publish(): void {
    for (const { org, task, was, now } of this.#rows.values()) if (was !== now) this.#known.learn(org, task, now);
  }

  #row(org: string, task: string): Row {
    const found = this.#rows.get(org, task);
    if (found !== undefined) return found;
    const was = this.#known.of(org, task);
    const row = { org, task, was, now: was };
    this.#rows.set(org, task, row);
    return row;
  }
}

export function markEntry(author: Author, { org, task, marks, decision }: Raise, by?: string): EntryDraft {
  const detail = { class: marks.dataClass, taints: [...marks.taints], decision: ledgerId(decision) };
  return { ...envelope(author, org), type: 'task.marked', task, detail: by === undefined ? detail : { ...detail, by } };
}

const RAISE = statement(`
insert into task_mark (org, task, rank, taints)
select u.org, u.task, u.rank, u.taints from unnest($1::text[], $2::text[], $3::smallint[], $4::smallint[]) u(org, task, rank, taints)
where ${IN_TX}
on conflict (org, task) do update set rank = greatest(task_mark.rank, excluded.rank), taints = task_mark.taints | excluded.taints,
  changed = clock_timestamp()`);

/** Joined with what another process wrote meanwhile: marks never fall by a race. */
export const sendRaises = (tx: Tx, rows: MarkBook['raised']): Promise<number> =>
  tx.run(RAISE, [
    rows.map(({ org }) => org),
    rows.map(({ task }) => task),
    rows.map(({ now }) => rankOfMarks(now)),
    rows.map(({ now }) => bitsOfMarks(now)),
  ]);

export const FIND_MARKS = statement(`
select k.i::int as i, m.rank, m.taints from unnest($1::text[], $2::text[]) with ordinality k(org, task, i)
join task_mark m on m.org = k.org and m.task = k.task`);
