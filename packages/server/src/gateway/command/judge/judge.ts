/** From a command to what the road is asked: rules and scanner look at it, and nothing is decided here. */
import type { CommandFacts, CommandRules, CommandVerdict } from '@countersign/kernel/command';
import { type CommandRecord, verdictOn } from '../../../ports/command-record.ts';
import type { Inspector } from '../../../ports/inspect.ts';
import type { SnapshotSource } from '../../../ports/registry.ts';
import type { GovernAsk } from '../../../ports/road.ts';
import { askFor } from './ask.ts';
import type { CommandCall } from './call.ts';
import { scanCommand } from './scan.ts';

export interface JudgeDeps {
  readonly snapshots: SnapshotSource;
  /** Looks for commands inside a text that could not be split. Absent: nobody looks, and such a text is asked about. */
  readonly scripts?: ScriptInspector;
  /** Absent: text passes as it is. */
  readonly inspector?: Inspector;
}

export interface JudgedCall {
  readonly verdict: CommandVerdict;
  /** Of the rules. An allow under another revision is for another verdict: judge again. */
  readonly revision: string;
  /** For `Road.govern` or `Road.evaluate`. */
  readonly ask: GovernAsk;
  /** As it is recorded, and as the approver's yes is bound to it. */
  readonly record: CommandRecord;
}

/** Without a bundle there are no rules; the road then refuses, and records that. */
const NO_RULES: CommandRules = { rules: [], default: 'forbid', executables: new Map(), gates: new Map() };

/** Never throws for what a command holds: what cannot be understood is asked about, and what cannot be scanned is refused. */
export async function judgeCall(deps: JudgeDeps, call: CommandCall): Promise<JudgedCall> {
  const snapshot = deps.snapshots.current();
  const rules = snapshot?.commands ?? NO_RULES;
  const { command, cwd, roots, shell, environment, profile, enforcement } = call;
  const [facts, scanned] = await Promise.all([factsOf(deps, call, rules, { cwd, roots }), scanCommand(command, deps.inspector)]);
  const verdict = verdictOn(command, facts, rules);
  const names = [...new Set(environment)].sort();
  const record: CommandRecord = { command, facts, shell, environment: names, profile, enforcement, verdict };
  return { verdict, revision: snapshot?.revision ?? 'none', ask: askFor({ call, rules, record, scanned }), record };
}

/** A text that could not be split may still hold what is forbidden: only then somebody looks into it. */
async function factsOf(
  { scripts }: JudgeDeps,
  { command }: CommandCall,
  rules: CommandRules,
  facts: CommandFacts,
): Promise<CommandFacts> {
  if (scripts === undefined || 'argv' in command) return facts;
  const { split, verdict } = verdictOn(command, facts, rules);
  if (split.ok || verdict === 'forbid') return facts;
  const inner = await scripts.commandsIn(command.text, command.dialect);
  return inner === undefined ? facts : { ...facts, inner };
}
