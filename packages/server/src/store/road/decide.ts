/** The items of a batch, decided in order of arrival against the locked rows. One that throws is refused alone and leaves no trace. */
import { ledgerId } from '@countersign/kernel/ledger';
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { DecisionResult } from '../../ports/road-store.ts';
import { type Author, type Envelope, envelope } from '../record/author.ts';
import type { Book, Difference, Staged, Threshold } from './book.ts';
import {
  ACT_CHARGED,
  ACT_OPEN,
  ACT_PRESUMED,
  ACT_RELEASED,
  type ActState,
  type DecideJob,
  type Job,
  jobKey,
  type KnownAct,
  type SettleJob,
  Surprise,
} from './job.ts';
import { type Holds, NO_HOLDS } from './line.ts';
import type { MarkBook, Raise } from './marks.ts';
import type { Writes } from './writes.ts';

/** An act that was allowed without a reservation expires too, so that a forgotten one is noticed. */
const UNRESERVED_MS = 3_600_000;

export interface Sitting {
  readonly book: Book;
  readonly marks: MarkBook;
  readonly writes: Writes;
  readonly author: Author;
  /** Approvals of this batch that stand at this moment, as `org\nid`. */
  readonly standing: Set<string>;
  /** Acts were read from the database, not taken from memory. */
  readonly looked: boolean;
  /** Acts that this batch ended already, as `org\nkey`. */
  readonly ended: Set<string>;
}

/** How a job ended; told to its caller only after the commit. */
export interface Verdict {
  readonly job: Job;
  readonly thrown?: unknown;
  readonly decided?: { readonly result: DecisionResult; readonly from: number; readonly count: number };
  /** The act that is open from now on. */
  readonly opened?: KnownAct;
}

export function sit(sitting: Sitting, jobs: readonly Job[]): readonly Verdict[] {
  return jobs.map((job) => {
    try {
      return job.kind === 'decide' ? decide(sitting, job) : settle(sitting, job);
    } catch (thrown) {
      if (thrown instanceof Surprise) throw thrown;
      return { job, thrown };
    }
  });
}

interface Use {
  readonly org: string;
  readonly id: string;
  /** As `standing` names it. */
  readonly name: string;
}

const usesOf = ({ org, useApprovals = [] }: DecideJob['item']): readonly Use[] =>
  [...new Set(useApprovals)].map((id) => ({ org, id, name: `${org}\n${id}` }));

const stageOf = (book: Book, { item, lines }: DecideJob): Staged | undefined =>
  item.reserve === undefined ? undefined : book.stage(item.org, item.reserve, lines);

/** A key has one answer for ever; what it recorded is not recorded again. */
const firstAnswer = ({ holds }: KnownAct): NonNullable<Verdict['decided']> => ({
  result: { reserve: { ok: true, granted: holds.granted }, approvalsHeld: true, marksHeld: true },
  from: 0,
  count: 0,
});

/** Nothing is recorded: whoever asked decides again, on the marks as they are. */
const MARKS_CHANGED: NonNullable<Verdict['decided']> = {
  result: { approvalsHeld: true, marksHeld: false },
  from: 0,
  count: 0,
};

const marksHold = ({ marks }: Sitting, { org, marks: ask }: DecideJob['item']): boolean =>
  ask === undefined || marks.holds(org, ask.task, ask.assumed);

/** The entry goes after that of the decision, or of the outcome, that it follows from. */
function raiseMarks({ marks, author, writes }: Sitting, raise: Raise): void {
  const entry = marks.raise(raise, author);
  if (entry !== undefined) writes.add(raise.org, [entry], []);
}

function decide(sitting: Sitting, job: DecideJob): Verdict {
  const { item, earlier } = job;
  if (earlier !== undefined) return { job, decided: firstAnswer(earlier) };
  if (!marksHold(sitting, item)) return { job, decided: MARKS_CHANGED };
  const uses = usesOf(item);
  const approvalsHeld = uses.every(({ name }) => sitting.standing.has(name));
  const staged = approvalsHeld ? stageOf(sitting.book, job) : undefined;
  const result: DecisionResult =
    staged === undefined ? { approvalsHeld, marksHeld: true } : { reserve: staged.result, approvalsHeld, marksHeld: true };
  const { entries, payloads } = item.record(result);
  const from = sitting.writes.add(item.org, entries, payloads);
  const decided = { result, from, count: entries.length };
  if (!approvalsHeld || staged?.result.ok === false) return { job, decided };
  // Also where nobody acts through this road: whoever asked acts on the answer, so the approval is spent with it.
  useUp(sitting, uses, spenderOf(job, entries));
  const by = decisionOf(entries);
  decideMarks(sitting, item, by ?? job.key);
  const opened = hold(sitting, job, staged, by);
  return opened === undefined ? { job, decided } : { job, decided, opened };
}

function decideMarks(sitting: Sitting, { org, marks }: DecideJob['item'], decision = ''): void {
  if (marks?.raise !== undefined) raiseMarks(sitting, { org, task: marks.task, marks: marks.raise, decision });
}

/** What an allowed act holds until it ends; nothing where nobody acts through this road. */
function hold(sitting: Sitting, job: DecideJob, staged: Staged | undefined, decision: string | undefined): KnownAct | undefined {
  if (job.key === undefined) return undefined;
  staged?.apply();
  return openAct(sitting, job, { key: job.key, holds: staged?.holds ?? NO_HOLDS, decision: decision ?? job.key });
}

interface Opening {
  readonly key: string;
  readonly decision: string;
  readonly holds: Holds;
}

/** Who an approval was spent by: the grant, or the decision where there is none. */
const spenderOf = ({ item, key }: DecideJob, entries: readonly EntryDraft[]): string =>
  item.grant ?? key ?? decisionOf(entries) ?? '';

function useUp({ standing, writes }: Sitting, uses: readonly Use[], by: string): void {
  for (const { org, id, name } of uses) {
    standing.delete(name);
    writes.used.push({ org, id, by });
  }
}

function openAct({ writes, author }: Sitting, { item }: DecideJob, { key, decision, holds }: Opening): KnownAct {
  const expiresAt = item.reserve?.expiresAt ?? new Date(author.clock.now() + UNRESERVED_MS).toISOString();
  writes.opened.push({ org: item.org, key, decision, holds, expiresAt });
  return { decision, holds, state: ACT_OPEN };
}

function decisionOf(entries: readonly EntryDraft[]): string | undefined {
  for (const entry of entries) if (entry.type === 'decision') return entry.decision.id;
  return undefined;
}

function settle(sitting: Sitting, job: SettleJob): Verdict {
  const { item, act, key } = job;
  if (key === undefined || act === undefined || act === 'absent') {
    sitting.writes.add(item.org, item.entries, item.payloads);
    settleMarks(sitting, item, key);
    return { job };
  }
  const name = jobKey(item.org, key);
  // Told again, it changes nothing.
  if (hasEnded(act, job.presumed) || sitting.ended.has(name)) return { job };
  sitting.ended.add(name);
  endAct(sitting, job, { key, act });
  settleMarks(sitting, item, key);
  return { job };
}

function settleMarks(sitting: Sitting, { org, raise }: SettleJob['item'], key: string | undefined): void {
  if (raise !== undefined) raiseMarks(sitting, { org, ...raise, decision: key ?? '' });
}

const hasEnded = ({ state }: KnownAct, presumed: boolean): boolean =>
  state === ACT_CHARGED || state === ACT_RELEASED || (presumed && state === ACT_PRESUMED);

function endAct({ book, writes, author, looked }: Sitting, job: SettleJob, { key, act }: { key: string; act: KnownAct }): void {
  const { org, charge, entries, payloads } = job.item;
  const late = act.state === ACT_PRESUMED;
  // Memory says open, and the row no longer holds it: another ended it.
  if (!late && !looked && !book.holds(org, act.holds)) throw new Surprise();
  const difference = late ? book.amend(org, act.holds, charge) : book.end(org, act.holds, charge);
  writes.ended.push({ org, key, state: endState(job), was: late ? ACT_PRESUMED : ACT_OPEN });
  if (Object.keys(difference).length === 0) return void writes.add(org, entries, payloads);
  const correction = correctionEntry({ ...envelope(author, org), reservation: key }, act, difference, late ? 'late' : 'overrun');
  writes.add(org, [...entries, correction], payloads);
}

const endState = ({ item, presumed }: SettleJob): ActState =>
  presumed ? ACT_PRESUMED : item.charge === 'none' ? ACT_RELEASED : ACT_CHARGED;

interface CorrectionBase extends Envelope {
  readonly reservation: string;
}

function correctionEntry(base: CorrectionBase, { decision }: KnownAct, difference: Difference, code: string): EntryDraft {
  const { reservation, ...head } = base;
  return { ...head, type: 'charge.correction', detail: { decision, microUsd: difference.microUsd ?? 0, code, reservation } };
}

/** One entry and one message for each threshold, with the same id. */
export function announce({ writes, author }: Sitting, thresholds: readonly Threshold[]): void {
  for (const { org, line, perMille, limit, charged } of thresholds) {
    const percent = Math.floor(perMille / 10);
    const money = line.unit === 'microUsd';
    const counted = line.unit === 'tokens' ? { tokens: charged } : line.unit === 'requests' ? { requests: charged } : {};
    const budget = ledgerId(line.scope);
    const window = line.window === 'life' ? 'life' : `${line.window}/${line.starts}`;
    const detail = { budget, percent, spentMicroUsd: money ? charged : 0, limitMicroUsd: money ? limit : 0, window, ...counted };
    const entry: EntryDraft = { ...envelope(author, org), type: 'budget.threshold', detail };
    writes.add(org, [entry], []);
    const { scope, unit, starts, raise } = line;
    const body = { scope, unit, window: line.window, starts, percent, limit, spent: charged, raise, at: entry.ts };
    writes.outbox.push({ org, id: entry.id, kind: 'budget.threshold', body });
  }
}
