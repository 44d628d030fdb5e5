/**
 * What a command's verdict was made from, kept beside the decision: text or arguments, where it would run, and what was found in it. With the rules
 * of its revision that gives the verdict again, which is how replay and a new bundle's trial see it.
 */
import {
  type CommandFacts,
  type CommandRules,
  type CommandVerdict,
  type Dialect,
  judgeArgv,
  judgeCommand,
} from '@countersign/kernel/command';
import { isRecord } from '@countersign/kernel/json';

/** Kind of the payload that holds it. */
export const COMMAND_PAYLOAD = 'command';
const FORMAT = 'countersign-command/1';

/** What would run: words without a shell, or what a shell of this dialect would read. */
export type GivenCommand = { readonly text: string; readonly dialect: Dialect } | { readonly argv: readonly string[] };

/** Everything that an approval is bound to, and everything that the verdict depends on. */
export interface CommandRecord {
  readonly command: GivenCommand;
  readonly facts: CommandFacts;
  /** Program that would read the text; null where there is none. */
  readonly shell: string | null;
  /** Names, sorted. */
  readonly environment: readonly string[];
  /** Sandbox profile. */
  readonly profile: string | null;
  readonly enforcement: 'runner' | 'hook';
  readonly verdict: CommandVerdict;
  /** Why a text inside could not be looked into, where that was tried. */
  readonly notInspected?: string;
}

/** The verdict of these rules on what was recorded. Pure. */
export const verdictOn = (command: GivenCommand, facts: CommandFacts, rules: CommandRules): CommandVerdict =>
  'argv' in command ? judgeArgv(command.argv, rules, facts) : judgeCommand(command.text, command.dialect, rules, facts);

/** A verdict as people and programs are told it. */
export interface VerdictView extends Omit<CommandVerdict, 'split' | 'rules' | 'gates' | 'codes' | 'programs' | 'reasons'> {
  readonly rules: string[];
  readonly gates: string[];
  readonly codes: string[];
  readonly programs: string[];
  readonly reasons: { rule?: string; code?: string; text: string; instead?: string }[];
  /** Null for a text that was not understood. */
  readonly commands: string[][] | null;
  readonly unclear: { code: string; at: number; text: string } | null;
}

export function verdictView({ split, ...verdict }: CommandVerdict): VerdictView {
  return {
    verdict: verdict.verdict,
    class: verdict.class,
    rules: [...verdict.rules],
    gates: [...verdict.gates],
    codes: [...verdict.codes],
    programs: [...verdict.programs],
    reasons: verdict.reasons.map((reason) => ({ ...reason })),
    commands: split.ok ? split.commands.map(({ argv }) => [...argv]) : null,
    unclear: split.ok ? null : { code: split.code, at: split.at, text: split.text },
  };
}

/** JSON in UTF-8; lone surrogates are written as escapes, so that what was judged comes back unit by unit. */
export const commandRecordBytes = (record: CommandRecord): Uint8Array =>
  Buffer.from(JSON.stringify({ format: FORMAT, ...record }), 'utf8');

/** Undefined for bytes that are no such record. */
export function readCommandRecord(bytes: Uint8Array): CommandRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['format'] !== FORMAT) return undefined;
  const { format: _, ...record } = value;
  const { command, facts, verdict } = record;
  const isGiven = isRecord(command) && (Array.isArray(command['argv']) || typeof command['text'] === 'string');
  return isGiven && isRecord(facts) && isRecord(verdict) ? (record as unknown as CommandRecord) : undefined;
}
