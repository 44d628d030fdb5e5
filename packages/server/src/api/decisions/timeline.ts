/** The timeline of a task: ledger entries folded into acts. The ledger is the truth, this is a view of it. */
import type { LedgerEntry } from '@countersign/kernel/ledger';
import type { LedgerReader } from '../../ports/ledger.ts';
import { parsed } from '../ledger/entries.ts';

/** Entries read at a time while looking for those of a task. */
const SCAN_BATCH = 1_000;

export interface TimelineItem {
  readonly seq: number;
  readonly ts: string;
  readonly type: string;
  readonly decision: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly resource: string | null;
  readonly answer: string | null;
  readonly code: string | null;
  readonly status: string | null;
  readonly microUsd: number | null;
}

interface Loose {
  readonly decision?: { readonly id?: string; readonly answer?: string; readonly code?: string };
  readonly outcome?: { readonly decision?: string; readonly status?: string; readonly code?: string };
  readonly detail?: { readonly decision?: string; readonly code?: string; readonly verdict?: string; readonly microUsd?: number };
  readonly principal?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly task?: string;
  readonly cost?: { readonly microUsd?: number };
}

/** The first of these that is there. */
const first = <T>(...values: (T | undefined)[]): T | null => values.find((value) => value !== undefined) ?? null;

export function timelineItem(seq: number, entry: LedgerEntry): TimelineItem {
  const { principal, action, resource, ...parts } = entry as Loose;
  const { decision = {}, outcome = {}, detail = {}, cost = {} } = parts;
  return {
    seq,
    ts: entry.ts,
    type: entry.type,
    decision: first(decision.id, outcome.decision, detail.decision),
    agent: first(principal),
    action: first(action),
    resource: first(resource),
    answer: first(decision.answer, detail.verdict),
    code: first(decision.code, outcome.code, detail.code),
    status: first(outcome.status),
    microUsd: first(cost.microUsd, detail.microUsd),
  };
}

interface TimelineQuery {
  readonly task: string;
  /** Only what this agent did: agents see their own. */
  readonly agent?: string;
  readonly from: number;
  readonly limit: number;
}

/** Whether an entry belongs: it names the task, or is the outcome of a decision that does. `decisions` grows as decisions pass. */
function belongs(entry: Loose, query: TimelineQuery, decisions: Set<string>): boolean {
  const { task, decision, outcome, principal } = entry;
  const follows = outcome?.decision !== undefined && decisions.has(outcome.decision);
  const named = task === query.task && (query.agent === undefined || principal === query.agent);
  if (named && decision?.id !== undefined) decisions.add(decision.id);
  return named || follows;
}

/** In order, oldest first. Reads the ledger from `from` on. */
export async function timeline(
  ledger: LedgerReader,
  org: string,
  query: TimelineQuery,
): Promise<{ data: TimelineItem[]; nextCursor?: string }> {
  const data: TimelineItem[] = [];
  const decisions = new Set<string>();
  for (let seq = query.from; ; ) {
    const rows = await ledger.read(org, seq, SCAN_BATCH);
    for (const row of rows) {
      seq = row.seq + 1;
      const entry = parsed(row);
      if (belongs(entry as Loose, query, decisions)) data.push(timelineItem(row.seq, entry));
      if (data.length === query.limit) return { data, nextCursor: String(seq) };
    }
    if (rows.length < SCAN_BATCH) return { data };
  }
}
