/** What the road is asked about one command. */
import { createHash } from 'node:crypto';
import type { ActionClass, EntityRecord, EntityRef } from '@countersign/kernel/action';
import { type CommandRules, type CommandVerdict, renderArgv, renderText } from '@countersign/kernel/command';
import type { Reason } from '@countersign/kernel/decide';
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { COMMAND_PAYLOAD, type CommandRecord, commandRecordBytes } from '../../../ports/command-record.ts';
import { DATA_CLASSES, type DataClass } from '../../../ports/registry.ts';
import type { Caller, GovernAsk } from '../../../ports/road.ts';
import type { Amounts } from '../../../ports/road-store.ts';
import { mandateClass } from '../../wire/mandate-class.ts';
import { useCaseOf } from '../../wire/use-case.ts';
import type { CommandCall } from './call.ts';
import type { Scanned } from './scan.ts';

/** The door's name in entries. */
const DOOR = 'command';

const NAMESPACE = 'Countersign';
const ONE: Amounts = Object.freeze({ requests: 1, concurrency: 1 });
/** A command that has not ended by then is of unknown fate; a runner with its own limit says it. */
const ACT_MS_DEFAULT = 30 * 60_000;
/** Duties that come with an allow: what a command prints is kept as its class says. */
const DUTIES: ReadonlySet<string> = new Set(['log-digest', 'log-full']);
/** Where no program can be told. */
const UNCLEAR = 'unclear';
const CLASS_OF_NONE = 'default';
/** Commands that an approver is shown one by one. */
const SHOWN_MAX = 100;
const REASONS_MAX = 20;

const ACTIONS: Readonly<Record<ActionClass, string>> = {
  read: 'command.read',
  draft: 'command.draft',
  // No rule has this class; a class that policies do not know as a command's is the highest.
  recommend: 'command.mutateHigh',
  'mutate-low': 'command.mutateLow',
  'mutate-high': 'command.mutateHigh',
};

export interface Judged {
  readonly call: CommandCall;
  readonly rules: CommandRules;
  readonly record: CommandRecord;
  readonly scanned: Scanned;
}

export function askFor({ call, rules, record, scanned }: Judged): GovernAsk {
  const { caller } = call;
  const { verdict } = record;
  const program = programOf(verdict, rules);
  const resource: EntityRef = { type: `${NAMESPACE}::Command`, id: program };
  const dataClass = highest(call.declaredClass ?? mandateClass(caller) ?? caller.agent.dataClass, scanned.raised);
  return {
    caller,
    action: ACTIONS[verdict.class],
    resource,
    entities: [entityOf(resource, verdict, caller)],
    args: argsOf(call, verdict, scanned),
    door: DOOR,
    trace: call.trace,
    ...(call.declaredClass === undefined ? {} : { declaredClass: call.declaredClass }),
    ...(scanned.raised === undefined ? {} : { detectedClass: scanned.raised }),
    ...(call.taints === undefined ? {} : { taints: call.taints }),
    contentDigest: digestOf(record),
    shown: shownOf(record, scanned, call.shown ?? {}),
    grounds: groundsOf(verdict, rules, scanned),
    reserve: { min: ONE, want: ONE },
    useCase: useCaseOf(caller, call.useCase),
    holdMs: call.holdMs ?? 0,
    actMs: call.actMs ?? ACT_MS_DEFAULT,
    knows: DUTIES,
    payloads: [{ kind: COMMAND_PAYLOAD, class: dataClass, bytes: commandRecordBytes(record) }],
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  };
}

const highest = (a: DataClass, b: DataClass | undefined): DataClass =>
  b !== undefined && DATA_CLASSES.indexOf(b) > DATA_CLASSES.indexOf(a) ? b : a;

/** The program that the strictest rule is about, else the first that would run. */
function programOf({ programs, reasons }: CommandVerdict, { rules }: CommandRules): string {
  const rule = rules.find(({ id }) => id === reasons[0]?.rule);
  const named = rule === undefined ? [] : namesOf(rule.form);
  return renderText(programs.find((program) => named.includes(program)) ?? programs[0] ?? UNCLEAR);
}

function namesOf(form: CommandRules['rules'][number]['form']): readonly string[] {
  const first = form.kind === 'options' ? [form.program] : form.kind === 'exact' ? form.words.slice(0, 1) : (form.words[0] ?? []);
  return first.map((word) => word.slice(word.lastIndexOf('/') + 1).toLowerCase());
}

/** Below every rule that matched, and the repository that the mandate is for. */
function entityOf(uid: EntityRef, { rules }: CommandVerdict, { mandate }: Caller): EntityRecord {
  const classes = rules.length === 0 ? [CLASS_OF_NONE] : rules;
  return {
    uid,
    parents: [
      ...classes.map((id) => ({ type: `${NAMESPACE}::CommandClass`, id })),
      ...(mandate === undefined ? [] : [{ type: `${NAMESPACE}::Repository`, id: mandate.repository }]),
    ],
    attrs: {},
  };
}

function argsOf(
  { caller, declaredClass, useCase, profile, enforcement }: CommandCall,
  verdict: CommandVerdict,
  scanned: Scanned,
): JsonRecord {
  const stated = declaredClass ?? mandateClass(caller) ?? caller.agent.dataClass;
  return {
    declaredRank: DATA_CLASSES.indexOf(stated),
    useCase: useCaseOf(caller, useCase),
    verdict: scanned.refused === undefined ? verdict.verdict : 'forbid',
    gates: scanned.refused === undefined ? verdict.gates : [],
    rules: verdict.rules,
    codes: verdict.codes,
    programs: verdict.programs.map(renderText),
    sandbox: profile ?? 'none',
    enforcement,
    findings: scanned.findings,
  };
}

/** Over everything that an approver's yes is for. The order of members is fixed; lone surrogates are escaped. */
function digestOf({ command, facts, shell, environment, profile, enforcement }: CommandRecord): string {
  const content = JSON.stringify([command, facts.cwd, facts.roots, shell, environment, profile, enforcement]);
  return createHash('sha256').update(content).digest('hex');
}

/** Words are shown one command a line, quoted so that they can be told apart, and what cannot be seen is escaped. */
function shownOf(record: CommandRecord, { shown, findings }: Scanned, more: JsonRecord): JsonRecord {
  const { facts, shell, environment, profile, enforcement, verdict } = record;
  const { split } = verdict;
  return {
    ...more,
    command: shown,
    // With something taken out of the whole, its parts are not shown.
    commands:
      split.ok && findings.length === 0
        ? split.commands.slice(0, SHOWN_MAX).map(({ argv, op }): Json => [renderArgv(argv), op])
        : null,
    cwd: renderText(facts.cwd),
    shell,
    environment: environment.map(renderText),
    sandbox: profile ?? 'none',
    enforcement,
    verdict: verdict.verdict,
    rules: verdict.rules,
    codes: verdict.codes,
    reasons: verdict.reasons
      .slice(0, REASONS_MAX)
      .map(({ rule, code, text }): Json => ({ rule: rule ?? null, code: code ?? null, text })),
    findings: [...findings],
  };
}

/** What the rules say, by the policy that puts them in force: the limit for what is forbidden, a gate for what must be asked. */
function groundsOf(
  { verdict, reasons, gates }: CommandVerdict,
  { rules }: CommandRules,
  { refused }: Scanned,
): readonly Reason[] {
  if (refused !== undefined) return [{ code: 'command.forbidden', message: refused }];
  if (verdict === 'allow') return [];
  return reasons.slice(0, REASONS_MAX).flatMap(({ rule: id, code, text, instead }) => {
    const rule = rules.find((each) => each.id === id);
    // A reason that is milder than the verdict explains nothing of it.
    if (rule !== undefined && rule.decision !== verdict) return [];
    const gate = rule?.gate ?? 'command';
    if (verdict === 'ask' && !gates.includes(gate)) return [];
    const reference =
      id === undefined ? (code === undefined ? {} : { reference: `command:${code}` }) : { reference: `commands.yaml#${id}` };
    return [
      {
        code: verdict === 'forbid' ? 'command.forbidden' : `approval.${gate}`,
        message: text,
        ...reference,
        ...(instead === undefined ? {} : { instead }),
      },
    ];
  });
}
