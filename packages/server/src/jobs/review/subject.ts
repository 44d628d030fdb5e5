/** What auto-review reads out of an approval request: only what the approver is shown, so that both judge the same thing. */
import { createHash } from 'node:crypto';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { canonicalize } from '@countersign/kernel/ledger';
import type { ReviewFacts } from '@countersign/kernel/review';
import type { ApprovalRecord } from '../../ports/approvals.ts';
import type { TaskMarks } from '../../ports/marks.ts';
import { DATA_CLASSES } from '../../ports/registry.ts';

/** `command/draft`: what people's words about the reviewer are counted by. */
export const classOf = ({ gates, actionClass }: ApprovalRecord): string =>
  `${gates
    .map(({ gate }) => gate)
    .sort()
    .join('+')}/${actionClass}`.slice(0, 256);

const member = (value: Json | undefined, name: string): Json | undefined => (isRecord(value) ? value[name] : undefined);

/** Requests of one agent for the same thing with the same words, whatever their figures and digests are. */
export function likenessOf({ requester, action, gates, shown }: ApprovalRecord): string {
  const like = {
    requester,
    action,
    gates: gates.map(({ gate }) => gate),
    resource: shown['resource'] ?? null,
    args: words(shown['args'] ?? null),
    // The facts that policies read of a command or of a tool's call do not hold its words.
    command: member(shown['content'], 'command') ?? null,
    arguments: words(member(shown['content'], 'arguments') ?? null),
  };
  return createHash('sha256').update(canonicalize(like)).digest('hex');
}

/** Without numbers: amounts differ from call to call. */
function words(value: Json): Json {
  if (typeof value === 'number') return null;
  if (Array.isArray(value)) return value.map(words);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, words(inner as Json)]));
}

/** What is not there, or not of its type, is outside of every bound. */
export function factsOf(
  approval: ApprovalRecord,
  marks: TaskMarks,
  before: { readonly approved: number; readonly refused: number },
): ReviewFacts {
  const { shown } = approval;
  const number = (value: Json | undefined): number => (typeof value === 'number' ? value : Number.NaN);
  const dataClass = Math.max(rankOf(shown['dataClass']), rankOf(marks.dataClass));
  return {
    gates: approval.gates.map(({ gate, min }) => ({ gate, min })),
    actionClass: approval.actionClass,
    tier: number(member(shown['agent'], 'tier')),
    estimateMicroUsd: number(member(shown['cost'], 'estimateMicroUsd')),
    dataRank: dataClass,
    taints: marks.taints,
    texts: textsOf(shown),
    approvedBefore: before.approved,
    refusedBefore: before.refused,
  };
}

function rankOf(name: Json | undefined): number {
  const rank = (DATA_CLASSES as readonly unknown[]).indexOf(name);
  return rank < 0 ? DATA_CLASSES.length : rank;
}

function textsOf(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => [...(OURS.test(name) ? [] : [name]), ...textsOf(inner as Json)]);
}

/** Members of what is shown; any other is one of a call, which may name files with it. */
const OURS = /^[a-z][A-Za-z0-9]*$/;

const TOLD = ['action', 'actionClass', 'resource', 'args', 'content', 'dataClass', 'why', 'gates'] as const;
const OF_AGENT = ['purpose', 'role', 'tier'] as const;

const pick = (value: Json | undefined, names: readonly string[]): JsonRecord =>
  Object.fromEntries(names.map((name) => [name, member(value, name) ?? null]));

/** The part of what is shown that a model needs: no ids of people, no budgets. */
export const questionOf = ({ shown }: ApprovalRecord): JsonRecord => ({
  ...pick(shown, TOLD),
  agent: pick(shown['agent'], OF_AGENT),
  repository: member(shown['task'], 'repository') ?? null,
});
