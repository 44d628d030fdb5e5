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
  readonly decision?: { readonly id: string; readonly answer: string; readonly code: string };
  readonly outcome?: { readonly decision: string; readonly status: string; readonly code?: string };
  readonly detail?: { readonly decision?: string; readonly code?: string; readonly verdict?: string; readonly microUsd?: number };
  readonly principal?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly task?: string;
  readonly cost?: { readonly microUsd?: number };
}

export function timelineItem(seq: number, entry: LedgerEntry): TimelineItem {
  const { decision, outcome, detail, principal, action, resource, cost } = entry as Loose;
  return {
    seq,
    ts: entry.ts,
    type: entry.type,
    decision: decision?.id ?? outcome?.decision ?? detail?.decision ?? null,
    agent: principal ?? null,
    action: action ?? null,
    resource: resource ?? null,
    answer: decision?.answer ?? detail?.verdict ?? null,
    code: decision?.code ?? outcome?.code ?? detail?.code ?? null,
    status: outcome?.status ?? null,
    microUsd: cost?.microUsd ?? detail?.microUsd ?? null,
  };
}

/** Entries that name the task, and outcomes of decisions that do. `agent`: only what this agent did. */
export async function timeline(
  ledger: LedgerReader,
  org: string,
  query: { task: string; agent?: string; from: number; limit: number },
) {
  const data: TimelineItem[] = [];
  const decisions = new Set<string>();
  let seq = query.from;
  for (;;) {
    const rows = await ledger.read(org, seq, SCAN_BATCH);
    for (const row of rows) {
      seq = row.seq + 1;
      const entry = parsed(row);
      const { task, decision, outcome, principal } = entry as Loose;
      const belongs = task === query.task || (outcome !== undefined && decisions.has(outcome.decision));
      if (!belongs || (query.agent !== undefined && principal !== undefined && principal !== query.agent)) continue;
      if (decision !== undefined) decisions.add(decision.id);
      data.push(timelineItem(row.seq, entry));
      if (data.length === query.limit) return { data, nextCursor: String(seq) };
    }
    if (rows.length < SCAN_BATCH) return { data };
  }
}
