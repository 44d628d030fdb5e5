/** commands.yaml as rules: names that exist, sizes that can be met, and the form in which an archive keeps it. */
import type { CommandRule, CommandRules, RuleForm } from '@countersign/kernel/command';
import type { Findings } from '../finding.ts';
import type { CommandRuleEntry, CommandsFile } from '../schema/commands.ts';
import type { Parsed } from '../schema/parse.ts';
import { mustExist, type Vocabulary } from './vocabulary.ts';

/** Who is asked where a rule does not say, and where no rule matches. */
export const DEFAULT_GATE = 'command';

export interface CommandGate {
  readonly approvers: string;
  readonly min: number;
  readonly message: string;
}

/** JSON, with its members in order. */
export interface CommandsRecord {
  /** `team:platform` */
  readonly owner: string;
  readonly default: 'ask' | 'forbid';
  readonly gates: Readonly<Record<string, CommandGate>>;
  readonly executables: Readonly<Record<string, readonly string[]>>;
  readonly rules: readonly CommandRule[];
}

/** What can be said of the file without judging a command. */
export function checkCommands(file: Parsed<CommandsFile>, words: Vocabulary, findings: Findings): void {
  const { owner, gates, rules } = file.value;
  const teams = [...words.teams].map((team) => `team:${team}`);
  mustExist({ place: file.at('owner'), kind: 'team', name: owner }, teams, findings);
  for (const [name, gate] of Object.entries(gates))
    mustExist({ place: file.at('gates', name), kind: 'group', name: gate.approvers }, words.members.keys(), findings);
  checkGates(file, findings);
  const seen = new Set<string>();
  rules.forEach((rule, index) => {
    if (seen.has(rule.id))
      findings.error(file.at('rules', index, 'id'), {
        code: 'command.id-twice',
        message: `The rule \`${rule.id}\` is there twice.`,
      });
    seen.add(rule.id);
    checkMembers(file, index, findings);
  });
  checkExecutables(file, findings);
}

/** An ask that names nobody could never be answered. */
function checkGates(file: Parsed<CommandsFile>, findings: Findings): void {
  const { gates, rules } = file.value;
  const needsDefault =
    file.value.default === 'ask' || rules.some(({ decision, gate }) => decision === 'ask' && gate === undefined);
  if (needsDefault && !Object.hasOwn(gates, DEFAULT_GATE))
    findings.error(file.at('gates'), {
      code: 'command.no-gate',
      message: `There is no gate \`${DEFAULT_GATE}\`, and something asks without naming another.`,
      hint: 'say who is asked, or write `default: forbid` and a `gate` at every ask',
    });
  rules.forEach(({ gate }, index) => {
    if (gate !== undefined)
      mustExist({ place: file.at('rules', index, 'gate'), kind: 'gate', name: gate }, Object.keys(gates), findings);
  });
}

/** Members that mean nothing beside others: `[member, where it may stand, what is said]`. */
const MEMBERS: readonly (readonly [
  member: 'class' | 'gate' | 'unsafe' | 'having' | 'stdin_from',
  fits: (rule: CommandRuleEntry) => boolean,
  why: string,
])[] = [
  ['class', ({ decision }) => decision !== 'forbid', 'means nothing beside `decision: forbid`'],
  ['gate', ({ decision }) => decision === 'ask', 'means nothing but beside `decision: ask`'],
  ['unsafe', ({ decision }) => decision === 'allow', 'means nothing but beside `decision: allow`'],
  ['having', ({ prefix }) => prefix !== undefined, 'means nothing but beside `prefix`'],
  [
    'stdin_from',
    ({ prefix, decision }) => prefix !== undefined && decision !== 'allow',
    'means nothing but beside `prefix`, to ask or forbid',
  ],
  ['having', ({ decision }) => decision !== 'allow', 'narrows what is asked about or forbidden; an allow lists its `options`'],
];

function checkMembers(file: Parsed<CommandsFile>, index: number, findings: Findings): void {
  const rule = file.value.rules[index];
  if (rule === undefined) return;
  if (rule.decision !== 'forbid' && rule.class === undefined)
    findings.error(file.at('rules', index), { code: 'command.class', message: `\`${rule.id}\` does not say its \`class\`.` });
  for (const [member, fits, why] of MEMBERS)
    if (rule[member] !== undefined && !fits(rule))
      findings.error(file.at('rules', index, member), { code: 'command.member', message: `\`${member}\` ${why}.` });
}

function checkExecutables(file: Parsed<CommandsFile>, findings: Findings): void {
  for (const [name, paths] of Object.entries(file.value.executables)) {
    if (name.includes('/'))
      findings.error(file.at('executables', name), { code: 'command.executable', message: `\`${name}\` is a path, not a name.` });
    paths.forEach((path, index) => {
      if (/(?:^|\/)\.{1,2}(?:\/|$)|\/\/|\/$/.test(path))
        findings.error(file.at('executables', name, index), {
          code: 'command.executable',
          message: `\`${path}\` is not the plain path of a file.`,
        });
    });
  }
}

/** INVARIANT: only for a file that was checked without an error. */
export function commandsRecord(file: CommandsFile): CommandsRecord {
  const { owner, gates, executables, rules } = file;
  return {
    owner,
    default: file.default,
    gates: inOrder(gates),
    executables: inOrder(executables),
    rules: rules.map(ruleOf).sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

const inOrder = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** An archive is JSON: what is absent must be absent. */
function ruleOf(entry: CommandRuleEntry): CommandRule {
  const { id, decision, gate, why, instead, unsafe, match } = entry;
  return {
    id,
    decision,
    ...(entry.class === undefined ? {} : { class: entry.class }),
    form: formOf(entry),
    ...(gate === undefined ? {} : { gate }),
    why,
    ...(instead === undefined ? {} : { instead }),
    ...(unsafe === undefined ? {} : { unsafe }),
    match,
    notMatch: entry.not_match,
  };
}

function formOf({ prefix, having, exact, options, stdin_from: stdinFrom }: CommandRuleEntry): RuleForm {
  if (exact !== undefined) return { kind: 'exact', words: exact };
  if (options !== undefined) {
    const { program, subcommand, flags, operands } = options;
    return { kind: 'options', program, ...(subcommand === undefined ? {} : { subcommand }), flags, operands };
  }
  const words = (prefix ?? []).map((word) => (typeof word === 'string' ? [word] : word));
  return {
    kind: 'prefix',
    words,
    ...(having === undefined ? {} : { having }),
    ...(stdinFrom === undefined ? {} : { stdinFrom }),
  };
}

/** Undefined: no gate names an approver, so an ask could never be answered, and everything is forbidden. */
export function commandRulesOf(record: CommandsRecord | undefined): CommandRules {
  return {
    rules: record?.rules ?? [],
    default: record?.default ?? 'forbid',
    executables: new Map(Object.entries(record?.executables ?? {})),
    gates: new Map(Object.entries(record?.gates ?? {})),
  };
}
