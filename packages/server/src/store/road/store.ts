/** The durable side of the road: group commit of decisions and settlements. Specified by ports/road-store.ts. */
import type { TaskMarks } from '../../ports/marks.ts';
import type { BudgetLine, DecisionItem, RoadStore, SettleItem } from '../../ports/road-store.ts';
import { type Done, type RoadParts, runBatch } from './batch.ts';
import { Batcher } from './batcher.ts';
import type { Verdict } from './decide.ts';
import { type Decided, type DecideJob, jobKey, type KnownAct, type SettleJob } from './job.ts';
import { KnownLines } from './known.ts';
import { KnownMarks } from './marks.ts';
import { checkLine, lineKey } from './line.ts';

export class PostgresRoad implements RoadStore {
  readonly #memory = { lines: new KnownLines(), marks: new KnownMarks() };
  /** Acts that this process opened and has not ended. */
  readonly #acts = new Map<string, KnownAct>();
  /** First attempts under way, by key: a second one waits for the same answer. */
  readonly #pending = new Map<string, Promise<Decided>>();
  readonly #batcher: Batcher;
  readonly #org: string;

  constructor(parts: RoadParts) {
    this.#org = parts.org;
    this.#batcher = new Batcher(
      (jobs) => runBatch(parts, this.#memory, jobs),
      (done) => this.#answer(done),
    );
  }

  async decide(item: DecisionItem): Promise<Decided> {
    const key = item.reserve?.key ?? item.grant;
    const lines = linesOf(item);
    if (key === undefined) return this.#ask(item, lines);
    const name = jobKey(item.org, key);
    const pending = this.#pending.get(name);
    if (pending !== undefined) return pending;
    return this.#ask(item, lines, { key, name });
  }

  #ask(item: DecisionItem, lines: DecideJob['lines'], act?: { readonly key: string; readonly name: string }): Promise<Decided> {
    const { promise, resolve, reject } = promised<Decided>();
    const forget = (): void => {
      if (act !== undefined) this.#pending.delete(act.name);
    };
    const earlier = act === undefined ? undefined : this.#acts.get(act.name);
    if (act !== undefined) this.#pending.set(act.name, promise);
    this.#batcher.push({
      kind: 'decide',
      item,
      key: act?.key,
      lines,
      earlier,
      resolve: (decided) => {
        forget();
        resolve(decided);
      },
      reject: (thrown) => {
        forget();
        reject(thrown);
      },
    });
    return promise;
  }

  settle(item: SettleItem): Promise<void> {
    return this.end(item, false);
  }

  /** `presumed`: nobody knows how the act ended. It is charged in full, and a later word of its owner puts that right. */
  end(item: SettleItem, presumed: boolean): Promise<void> {
    const key = item.reservation;
    const act = key === undefined ? undefined : this.#acts.get(jobKey(item.org, key));
    const { promise, resolve, reject } = promised<void>();
    this.#batcher.push({ kind: 'settle', item, key, presumed, act, resolve, reject });
    return promise;
  }

  left(line: BudgetLine): number {
    return this.#memory.lines.left(this.#org, line);
  }

  marks(task: string): TaskMarks {
    return this.#memory.marks.of(this.#org, task);
  }

  /** Resolves when everything that was asked so far has its answer. */
  idle(): Promise<void> {
    return this.#batcher.idle();
  }

  #answer({ verdicts, seqs }: Done): void {
    for (const verdict of verdicts) {
      if (verdict.thrown !== undefined) verdict.job.reject(verdict.thrown);
      else if (verdict.job.kind === 'decide') this.#answerDecision(verdict, verdict.job, seqs);
      else this.#answerSettlement(verdict.job);
    }
  }

  #answerDecision({ decided, opened }: Verdict, job: DecideJob, seqs: Done['seqs']): void {
    if (decided === undefined) return;
    const { result, from, count } = decided;
    if (opened !== undefined && job.key !== undefined) this.#acts.set(jobKey(job.item.org, job.key), opened);
    const own = (seqs.get(job.item.org) ?? []).slice(from, from + count);
    const { reserve, approvalsHeld, marksHeld } = result;
    job.resolve(
      reserve === undefined ? { approvalsHeld, marksHeld, seqs: own } : { reserve, approvalsHeld, marksHeld, seqs: own },
    );
  }

  #answerSettlement(job: SettleJob): void {
    if (job.key !== undefined) this.#acts.delete(jobKey(job.item.org, job.key));
    job.resolve();
  }
}

interface Promised<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (thrown: unknown) => void;
}

function promised<T>(): Promised<T> {
  let resolve: Promised<T>['resolve'] = () => undefined;
  let reject: Promised<T>['reject'] = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const NO_LINES: ReadonlyMap<string, BudgetLine> = new Map();
const keyed = new WeakMap<readonly BudgetLine[], ReadonlyMap<string, BudgetLine>>();

/** A list that comes again is checked and keyed once. @throws Fault internal.fault on a line that could not be stored */
function linesOf({ reserve }: DecisionItem): ReadonlyMap<string, BudgetLine> {
  if (reserve === undefined || reserve.lines.length === 0) return NO_LINES;
  const known = keyed.get(reserve.lines);
  if (known !== undefined) return known;
  const lines = new Map(reserve.lines.map((line) => [lineKey(checkLine(line)), line]));
  keyed.set(reserve.lines, lines);
  return lines;
}
