/** The chain of budget rows that one request must fit on: every rule of the bundle that covers it, and the mandate's own budget. */
import type { EntityRef } from '@countersign/kernel/action';
import { windowStart } from '@countersign/kernel/budget';
import type { Mandate } from '../ports/mandate.ts';
import type { AgentRecord, BudgetRule, BudgetWindow, BundleSnapshot } from '../ports/registry.ts';
import type { BudgetLine } from '../ports/road-store.ts';
import type { Caller } from '../ports/road.ts';

export interface Spender {
  readonly caller: Caller;
  readonly action: string;
  readonly model?: string;
  /** What is acted on; a tool or a tool server is money and rate of its own. */
  readonly resource?: EntityRef;
}

/** The concrete scope that a rule means for this spender, or undefined where it does not cover it. */
function scopeFor(rule: BudgetRule, { caller, action, model, resource }: Spender): string | undefined {
  if (rule.scope === 'org') return 'org';
  const colon = rule.scope.indexOf(':');
  const kind = rule.scope.slice(0, colon);
  const wanted = rule.scope.slice(colon + 1);
  const names: Readonly<Record<string, string | undefined>> = {
    team: caller.agent.team,
    agent: caller.agent.id,
    environment: caller.agent.environment,
    task: caller.mandate?.task,
    useCase: caller.mandate?.useCase,
    model,
    action,
    ...toolNames(resource),
  };
  const name = names[kind];
  if (name === undefined || (wanted !== '*' && wanted !== name)) return undefined;
  return `${kind}:${name}`;
}

/** `Tool::"issues/create"` is the tool `issues/create` of the server `issues`; prompts and resources are the server's. */
function toolNames(resource: EntityRef | undefined): { readonly tool?: string; readonly server?: string } {
  if (resource?.type.endsWith('::Tool') === true) return { tool: resource.id, server: resource.id.split('/')[0] ?? resource.id };
  return resource?.type.endsWith('::ToolServer') === true ? { server: resource.id } : {};
}

const starts = new Map<BudgetWindow, { minute: string; start: string }>();

/** No window is shorter than a minute, so within one its start stays the same. */
function startOf(window: BudgetWindow, now: string): string {
  const minute = now.slice(0, 16);
  const known = starts.get(window);
  if (known?.minute === minute) return known.start;
  const start = windowStart(window, now);
  starts.set(window, { minute, start });
  return start;
}

interface KnownLines {
  readonly snapshot: BundleSnapshot;
  readonly agent: AgentRecord;
  readonly minute: string;
  readonly byAct: Map<string, readonly BudgetLine[]>;
}

/** Actions with their model or tool under one mandate; names may come from a caller. */
const ACTS_MAX = 64;
const byMandate = new WeakMap<Mandate, KnownLines>();

/** Nothing that chooses a line changes under one revision and mandate within a minute, so the same lines are given again. */
export function budgetLines(snapshot: BundleSnapshot, spender: Spender, now: string): readonly BudgetLine[] {
  const { agent, mandate } = spender.caller;
  if (mandate === undefined) return linesOf(snapshot, spender, now);
  const minute = now.slice(0, 16);
  let known = byMandate.get(mandate);
  if (known?.snapshot !== snapshot || known.agent !== agent || known.minute !== minute) {
    known = { snapshot, agent, minute, byAct: new Map() };
    byMandate.set(mandate, known);
  }
  const { tool, server } = toolNames(spender.resource);
  const act = `${spender.action}\n${spender.model ?? ''}\n${tool ?? server ?? ''}`;
  const before = known.byAct.get(act);
  if (before !== undefined) return before;
  const lines = linesOf(snapshot, spender, now);
  if (known.byAct.size < ACTS_MAX) known.byAct.set(act, lines);
  return lines;
}

/** A rule that names its thing beats one with a star for the same row. */
function linesOf(snapshot: BundleSnapshot, spender: Spender, now: string): readonly BudgetLine[] {
  const chosen = new Map<string, { rule: BudgetRule; scope: string }>();
  for (const rule of snapshot.budgets) {
    const scope = scopeFor(rule, spender);
    if (scope === undefined) continue;
    const key = `${scope}|${rule.unit}|${rule.window}`;
    const taken = chosen.get(key);
    if (taken === undefined || taken.rule.scope.endsWith(':*')) chosen.set(key, { rule, scope });
  }
  const lines: BudgetLine[] = [];
  for (const { rule, scope } of chosen.values()) {
    const { unit, window, limit, raise, alarms } = rule;
    lines.push({ scope, unit, window, starts: startOf(window, now), limit, raise, alarms });
  }
  const mandate = spender.caller.mandate;
  if (mandate !== undefined) {
    const raise = spender.caller.agent.approvalGroup;
    const limit = mandate.budgetMicroUsd;
    lines.push({
      scope: `mandate:${mandate.id}`,
      unit: 'microUsd',
      window: 'life',
      starts: startOf('life', now),
      limit,
      raise,
      alarms: [],
    });
  }
  return lines;
}
