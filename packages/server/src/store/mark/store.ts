/** Marks of tasks for people: to see, and to lower. Raising is the road's, see store/road/marks.ts. */
import { Fault } from '@countersign/kernel/fault';
import { joinMarks, type Lowering, type MarkStore, NO_MARKS, sameMarks, type TaskMarks } from '../../ports/marks.ts';
import { statement, type Tx } from '../postgres/index.ts';
import { pseudonymOf } from '../record/author.ts';
import { REPEATABLE, type StateParts } from '../record/parts.ts';
import { bitsOfMarks, markEntry, rankOfMarks, readMarks } from '../road/marks.ts';

interface Row extends Record<string, unknown> {
  readonly rank: number;
  readonly taints: number;
}

const READ = statement('select rank, taints from task_mark where org = $1 and task = $2');
const LOCK = statement('select rank, taints from task_mark where org = $1 and task = $2 for update');
const LOWER = statement('update task_mark set rank = $3, taints = $4, changed = clock_timestamp() where org = $1 and task = $2');

const marksOf = (rows: readonly Row[]): TaskMarks => {
  const [row] = rows;
  return row === undefined ? NO_MARKS : readMarks(row.rank, row.taints);
};

export class PostgresMarks implements MarkStore {
  readonly #parts: StateParts;

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  async read(org: string, task: string): Promise<TaskMarks> {
    return marksOf(await this.#parts.store.query<Row>(READ, [org, task]));
  }

  /** Every node finds out with its next decision of the task. The same lowering again changes nothing. */
  async lower({ org, task, marks, by, decision }: Lowering): Promise<void> {
    const { store, ledger, author } = this.#parts;
    await store.tx(async (tx: Tx) => {
      const stands = marksOf(await tx.query<Row>(LOCK, [org, task]));
      if (sameMarks(stands, marks)) return;
      if (!sameMarks(joinMarks(stands, marks), stands))
        throw new Fault('request.conflict', 'Marks are lowered here, and these are not below what stands.');
      await tx.run(LOWER, [org, task, rankOfMarks(marks), bitsOfMarks(marks)]);
      await ledger.appendInTx(tx, org, [markEntry(author, { org, task, marks, decision }, pseudonymOf(by))]);
    }, REPEATABLE);
  }
}
