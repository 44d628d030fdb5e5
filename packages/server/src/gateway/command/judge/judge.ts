/** From a command to what the road is asked: rules and scanner look at it, and nothing is decided here. */
import { type CommandFacts, type CommandRules, type CommandVerdict, unclearTexts } from '@countersign/kernel/command';
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
  readonly scripts?: ShellScript;
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

/** A parser that looks into shell text. What it finds can only make a verdict stricter. */
interface ShellScript {
  inspect(text: string): Promise<{ readonly commands: readonly (readonly string[])[] } | { readonly notInspected: string }>;
}

interface Looked {
  readonly facts: CommandFacts;
  readonly notInspected?: string;
}

/** Without a bundle there are no rules; the road then refuses, and records that. */
const NO_RULES: CommandRules = { rules: [], default: 'forbid', executables: new Map(), gates: new Map() };

/** Never throws for what a command holds: what cannot be understood is asked about, and what cannot be scanned is refused. */
export async function judgeCall(deps: JudgeDeps, call: CommandCall): Promise<JudgedCall> {
  const snapshot = deps.snapshots.current();
  const rules = snapshot?.commands ?? NO_RULES;
  const { command, shell, environment, profile, enforcement } = call;
  const [looked, scanned] = await Promise.all([factsOf(deps, call), scanCommand(command, deps.inspector)]);
  const { facts, notInspected } = looked;
  const verdict = verdictOn(command, facts, rules);
  const names = [...new Set(environment)].sort();
  const record: CommandRecord = {
    command,
    facts,
    shell,
    environment: names,
    profile,
    enforcement,
    verdict,
    ...(notInspected === undefined ? {} : { notInspected }),
  };
  return { verdict, revision: snapshot?.revision ?? 'none', ask: askFor({ call, rules, record, scanned }), record };
}

/** Texts that could not be split may still hold what is forbidden: only then somebody looks into them. */
async function factsOf({ scripts }: JudgeDeps, { command, cwd, roots }: CommandCall): Promise<Looked> {
  const facts: CommandFacts = { cwd, roots };
  if (scripts === undefined) return { facts };
  const texts = 'argv' in command ? unclearTexts(command.argv, 'bash') : unclearTexts(command.text, command.dialect);
  const answers = await Promise.all(texts.map((text) => scripts.inspect(text).catch(() => ({ notInspected: 'failed' }))));
  const inner = answers.flatMap((answer) => ('commands' in answer ? answer.commands : []));
  const failed = answers.find((answer) => 'notInspected' in answer);
  return {
    facts: inner.length === 0 ? facts : { ...facts, inner },
    ...(failed !== undefined && 'notInspected' in failed ? { notInspected: failed.notInspected } : {}),
  };
}
