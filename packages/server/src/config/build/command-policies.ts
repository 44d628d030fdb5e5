/**
 * The policies that put command rules in force. They are made with the bundle and stand in no file of the author's, so that nobody can take them
 * out: an author's own policies come beside them, and a limit holds whatever else permits.
 */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { COMMANDS_FILE, type Findings, wholeFile } from '../finding.ts';
import type { CommandGate } from '../registry/commands.ts';
import { SCHEMA_FILE } from './schema-file.ts';

/** What the policies are made from; without commands.yaml there are no gates, and nothing is granted. */
export interface CommandTerms {
  /** `team:platform` */
  readonly owner: string;
  readonly gates: Readonly<Record<string, CommandGate>>;
  /** Whether there is a commands.yaml. */
  readonly given: boolean;
}

/** What the schema says of commands. */
export interface CommandSchema {
  readonly namespace: string;
  /** People may be principals of them, too. */
  readonly persons: boolean;
}

const GROUP = 'class.command';
/** The groups that each action must be in: the class that a rule names is the class that policies see. */
const ACTIONS: Readonly<Record<string, string>> = {
  'command.read': 'class.read',
  'command.draft': 'class.draft',
  'command.mutateLow': 'class.mutateLow',
  'command.mutateHigh': 'class.mutateHigh',
};

/**
 * Cedar text; every policy of it is named `command.*`. Gates ask about agents: a person who runs a command is the human whom a gate would ask,
 * and only administrators do. What is forbidden is forbidden to everybody.
 */
export function commandPolicies({ owner, gates, given }: CommandTerms, { namespace, persons }: CommandSchema): string {
  const scoped = (principal: string): string => `(${principal}, action in ${namespace}::Action::${quoted(GROUP)}, resource)`;
  const scope = scoped('principal');
  const asked = scoped(persons ? `principal is ${namespace}::Agent` : 'principal');
  const mayRun = persons ? ` && (principal is ${namespace}::Agent || principal.admin)` : '';
  const names = Object.keys(gates);
  const isKnown = `context.verdict == "ask" && !context.gates.isEmpty() && [${names.map(quoted).join(', ')}].containsAll(context.gates)`;
  const passes = ['(context.verdict == "allow" && context.gates.isEmpty())', ...(names.length === 0 ? [] : [`(${isKnown})`])];
  const granted = `@id("command.granted") @layer("access") @owner(${quoted(owner)})
permit ${scope} when { ["allow", "ask"].contains(context.verdict)${mayRun} };`;
  // What is let through is listed, so that an unknown verdict, an ask without a gate and a gate without a policy are refused.
  const forbidden = `@id("command.forbidden") @layer("limit") @reason("command.forbidden") @owner(${quoted(owner)}) @escalate(${quoted(owner)})
@message(${quoted(given ? 'A command rule forbids this.' : 'There are no command rules, so no command runs.')})
forbid ${scope} unless { ${passes.join(' || ')} };`;
  const asks = Object.entries(gates).map(
    ([
      name,
      { approvers, min, message },
    ]) => `@id(${quoted(`command.ask.${name}`)}) @layer("gate") @gate(${quoted(name)}) @approvers(${quoted(approvers)})
@min("${min}") @reason(${quoted(`approval.${name}`)}) @owner(${quoted(owner)}) @escalate(${quoted(approvers)}) @message(${quoted(message)})
forbid ${asked} when { context.gates.contains(${quoted(name)}) } unless { context.approvals.contains(${quoted(name)}) };`,
  );
  return `${[...(given ? [granted] : []), forbidden, ...asks].join('\n\n')}\n`;
}

/** A Cedar string: its escapes are not those of JSON. */
function quoted(text: string): string {
  const escaped = text.replace(/["\\]|\p{Cc}/gu, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${escaped}"`;
}

/**
 * Whether the schema has commands at all. One that has them must have all four actions, in their groups, and no other action on commands: one
 * outside `class.command` would pass by the limit. A schema that knows none cannot be asked about one.
 */
export function hasCommands(schema: JsonRecord, namespace: string, given: boolean, findings: Findings): boolean {
  const members = schema[namespace];
  const actions = isRecord(members) && isRecord(members['actions']) ? members['actions'] : {};
  const onCommands = Object.entries(actions).filter(([name, action]) => name in ACTIONS || resourcesOf(action).some(isCommand));
  const complain = (message: string, hint: string): void =>
    findings.error(wholeFile(SCHEMA_FILE), { code: 'command.schema', message, hint });
  if (onCommands.length === 0) {
    if (given)
      complain(
        `The schema has no actions on commands, so \`${COMMANDS_FILE}\` would decide nothing.`,
        'take them over from the starter, `countersign init`',
      );
    return false;
  }
  for (const name of Object.keys(ACTIONS))
    if (actions[name] === undefined)
      complain(`The schema has no action \`${name}\`.`, 'all four classes of command are asked about');
  for (const [name, action] of onCommands) {
    const groups = groupsOf(action);
    const wanted = [GROUP, ACTIONS[name]];
    if (wanted.some((group) => group === undefined || !groups.includes(group)))
      complain(
        `The action \`${name}\` is not one of ${Object.keys(ACTIONS).join(', ')} within \`${GROUP}\` and its own class.`,
        'what is asked about a command is held by the rules of that group',
      );
  }
  return true;
}

/** True where every command action may be a person's. */
export function hasPersons(schema: JsonRecord, namespace: string): boolean {
  const members = schema[namespace];
  const actions = isRecord(members) && isRecord(members['actions']) ? members['actions'] : {};
  return Object.keys(ACTIONS).every((name) =>
    principalsOf(actions[name]).some((type) => type === 'Person' || type.endsWith('::Person')),
  );
}

const principalsOf = (action: Json | undefined): string[] =>
  isRecord(action) && isRecord(action['appliesTo']) ? textsAt(action['appliesTo']['principalTypes']) : [];

const isCommand = (type: string): boolean => type === 'Command' || type.endsWith('::Command');

const textsAt = (value: Json | undefined): string[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter((each) => typeof each === 'string') : [];

const resourcesOf = (action: Json | undefined): string[] =>
  isRecord(action) && isRecord(action['appliesTo']) ? textsAt(action['appliesTo']['resourceTypes']) : [];

const groupsOf = (action: Json | undefined): string[] => {
  const parents = isRecord(action) ? action['memberOf'] : undefined;
  return Array.isArray(parents)
    ? (parents as readonly Json[]).flatMap((parent) =>
        isRecord(parent) && typeof parent['id'] === 'string' ? [parent['id']] : [],
      )
    : [];
};
