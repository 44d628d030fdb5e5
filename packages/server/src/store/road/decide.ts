/** The items of a batch, decided in order of arrival against the locked rows. One that throws is refused alone and leaves no trace. */
import { ledgerId } from '@countersign/kernel/ledger';
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { DecisionResult, ReserveResult } from '../../ports/road-store.ts';
import { type Author, envelope } from '../record/author.ts';
import type { Book, Difference, Threshold } from './book.ts';
import {
  ACT_CHARGED,
  ACT_OPEN,
  ACT_PRESUMED,
  ACT_RELEASED,
  type ActState,
  type DecideJob,
  type Decided,
  type Job,
  jobKey,
  type KnownAct,
  type SettleJob,
  Surprise,
} from './job.ts';
import { NO_HOLDS } from './line.ts';
import type { Writes } from './writes.ts';

/** An act that was allowed without a reservation expires too, so that a forgotten one is noticed. */
const UNRESERVED_MS = 3_600_000;

export interface Sitting {
  readonly book: Book;
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
  readonly decided?: Omit<Decided, 'seqs'> & { readonly from: number; readonly count: number };
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

function decide(sitting: Sitting, job: DecideJob): Verdict {
  const { item, earlier } = job;
  if (earlier !== undefined) {
    const reserve: ReserveResult = { ok: true, granted: earlier.holds.granted };
    return { job, decided: { reserve, approvalsHeld: true, from: 0, count: 0 } };
  }
  const approvals = [...new Set(item.useApprovals ?? [])].map((id) => ({ org: item.org, id, name: `${item.org}\n${id}` }));
  const approvalsHeld = approvals.every(({ name }) => sitting.standing.has(name));
  const staged = item.reserve === undefined || !approvalsHeld ? undefined : sitting.book.stage(item.org, item.reserve, job.lines);
  const result: DecisionResult = { ...(staged === undefined ? {} : { reserve: staged.result }), approvalsHeld };
  const { entries, payloads } = item.record(result);
  const from = sitting.writes.add(item.org, entries, payloads);
  const decided = { ...result, from, count: entries.length };
  const fits = approvalsHeld && staged?.result.ok !== false;
  if (!fits || job.key === undefined) return { job, decided };
  staged?.apply();
  for (const { org, id, name } of approvals) {
    sitting.standing.delete(name);
    sitting.writes.used.push({ org, id, by: item.grant ?? job.key });
  }
  const holds = staged?.holds ?? NO_HOLDS;
  const decision = decisionOf(entries) ?? job.key;
  const expiresAt = item.reserve?.expiresAt ?? new Date(sitting.author.clock.now() + UNRESERVED_MS).toISOString();
  sitting.writes.opened.push({ org: item.org, key: job.key, decision, holds, expiresAt });
  return { job, decided, opened: { decision, holds, state: ACT_OPEN } };
}

function decisionOf(entries: readonly EntryDraft[]): string | undefined {
  for (const entry of entries) if (entry.type === 'decision') return entry.decision.id;
  return undefined;
}

function settle(sitting: Sitting, job: SettleJob): Verdict {
  const { item, act, key } = job;
  if (key === undefined || act === undefined || act === 'absent') {
    sitting.writes.add(item.org, item.entries, item.payloads);
    return { job };
  }
  // Ended already: told again, it changes nothing.
  if (act.state === ACT_CHARGED || act.state === ACT_RELEASED) return { job };
  if (job.presumed && act.state === ACT_PRESUMED) return { job };
  const name = jobKey(item.org, key);
  if (sitting.ended.has(name)) return { job };
  sitting.ended.add(name);
  const late = act.state === ACT_PRESUMED;
  // Memory says open, and the row no longer holds it: another ended it.
  if (!late && !sitting.looked && !sitting.book.holds(item.org, act.holds)) throw new Surprise();
  const difference = late
    ? sitting.book.amend(item.org, act.holds, item.charge)
    : sitting.book.end(item.org, act.holds, item.charge);
  const corrections = correctionEntries(sitting.author, job, difference, late ? 'late' : 'overrun');
  sitting.writes.ended.push({ org: item.org, key, state: endState(job), was: late ? ACT_PRESUMED : ACT_OPEN });
  sitting.writes.add(item.org, [...item.entries, ...corrections], item.payloads);
  return { job };
}

const endState = ({ item, presumed }: SettleJob): ActState =>
  presumed ? ACT_PRESUMED : item.charge === 'none' ? ACT_RELEASED : ACT_CHARGED;

function correctionEntries(
  author: Author,
  { item, act, key }: SettleJob,
  difference: Difference,
  code: string,
): readonly EntryDraft[] {
  if (Object.keys(difference).length === 0 || act === undefined || act === 'absent' || key === undefined) return [];
  const detail = { decision: act.decision, microUsd: difference.microUsd ?? 0, code, reservation: key };
  return [{ ...envelope(author, item.org), type: 'charge.correction', detail }];
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
