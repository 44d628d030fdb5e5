/** From a command to what the road is asked: rules and scanner look at it, and nothing is decided here. */
import type { CommandRules, CommandVerdict } from '@countersign/kernel/command';
import { type CommandRecord, verdictOn } from '../../../ports/command-record.ts';
import type { Inspector } from '../../../ports/inspect.ts';
import type { SnapshotSource } from '../../../ports/registry.ts';
import type { GovernAsk } from '../../../ports/road.ts';
import { lookInside } from '../../../ports/script-look.ts';
import type { ShellScript } from '../../../ports/shell-script.ts';
import { askFor } from './ask.ts';
import type { CommandCall } from './call.ts';
import { scanCommand } from './scan.ts';

export interface JudgeDeps {
  readonly snapshots: SnapshotSource;
  /** Looks for commands inside a text that could not be split. Absent: nobody looks, and such a text is asked about. */
  readonly scripts?: Pick<ShellScript, 'inspect'>;
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
  const { command, shell, environment, profile, enforcement } = call;
  const [looked, scanned] = await Promise.all([
    lookInside(deps.scripts, command, { cwd: call.cwd, roots: call.roots }),
    scanCommand(command, deps.inspector),
  ]);
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
