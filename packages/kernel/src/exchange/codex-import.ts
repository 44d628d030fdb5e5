/** Rules files of Codex as command rules. A decision that is not there means allow, as Codex reads it. */
import { Fault } from '../fault.ts';
import type { Judgement } from '../command/index.ts';
import { Drafts, type Imported } from './imported.ts';
import { type Literal, readCalls, type RuleCall } from './starlark.ts';
import { begins, plainArgv, type Words } from './words.ts';

const DECISIONS: Readonly<Record<string, Judgement>> = { allow: 'allow', prompt: 'ask', forbidden: 'forbid' };
const WHY = 'Imported from the rules of Codex.';
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  prefix_rule: ['pattern', 'decision', 'justification', 'match', 'not_match'],
  host_executable: ['name', 'paths'],
  network_rule: ['host', 'protocol', 'decision', 'justification'],
};

const refuse = ({ line, name }: RuleCall, problem: string): never => {
  throw new Fault('config.invalid', `line ${line}: \`${name}\` ${problem}`);
};

/** @throws Fault config.invalid that names the line, for what Codex would refuse and for what is more than literals */
export function readCodexRules(text: string): Imported {
  const drafts = new Drafts('codex');
  const executables = new Map<string, readonly string[]>();
  for (const call of readCalls(text)) {
    checkNames(call);
    if (call.name === 'prefix_rule') addRule(call, drafts);
    else if (call.name === 'host_executable') addHost(call, executables);
    else {
      const decision = call.named.get('decision');
      drafts.lose(
        `${call.name} of line ${call.line}`,
        'Left out: which hosts may be reached is said in egress.yaml.',
        decision === undefined || decision === 'allow' ? 'tighter' : 'wider',
      );
    }
  }
  return { rules: drafts.rules, default: 'ask', executables, losses: drafts.losses };
}

function checkNames(call: RuleCall): void {
  const known = KNOWN[call.name];
  if (known === undefined) return refuse(call, 'is not a call that is known');
  for (const name of call.named.keys()) if (!known.includes(name)) refuse(call, `has no argument \`${name}\``);
}

const isText = (value: Literal | undefined): value is string => typeof value === 'string';
const isTexts = (value: Literal | undefined): value is readonly string[] => Array.isArray(value) && value.every(isText);

function addRule(call: RuleCall, drafts: Drafts): void {
  const words = patternOf(call);
  const given = call.named.get('decision') ?? 'allow';
  const decision = isText(given) ? DECISIONS[given] : undefined;
  if (decision === undefined) return refuse(call, 'has a decision that is none of allow, prompt and forbidden');
  const justification = call.named.get('justification');
  if (justification !== undefined && (!isText(justification) || justification.trim() === ''))
    return refuse(call, 'has a justification that is not a text');
  const name = `prefix_rule of line ${call.line}`;
  if (!call.named.has('decision')) drafts.lose(name, 'It states no decision, which means allow.', 'same');
  if (decision === 'allow') drafts.lose(name, 'Allows within our sandbox; in Codex it also left the sandbox.', 'tighter');
  drafts.add(name, {
    decision,
    form: { kind: 'prefix', words },
    why: justification ?? WHY,
    match: examplesOf(call, 'match', words),
    notMatch: examplesOf(call, 'not_match', words),
  });
}

function patternOf(call: RuleCall): readonly (readonly string[])[] {
  const pattern = call.named.get('pattern');
  if (!Array.isArray(pattern) || pattern.length === 0) return refuse(call, 'has no pattern');
  return (pattern as readonly Literal[]).map((word) => {
    if (isText(word)) return [word];
    return isTexts(word) && word.length > 0 ? word : refuse(call, 'has a pattern that is not of words and lists of words');
  });
}

/** Scripts; an example that is given as words is left to our own. */
function examplesOf(call: RuleCall, name: 'match' | 'not_match', words: Words): readonly string[] {
  const examples = call.named.get(name);
  if (examples === undefined) return [];
  if (!Array.isArray(examples)) return refuse(call, `has a \`${name}\` that is not a list`);
  if (!(examples as readonly Literal[]).every((each) => isText(each) || isTexts(each)))
    return refuse(call, `has a \`${name}\` that is not of commands`);
  for (const example of examples as readonly (string | readonly string[])[]) {
    const argv = isText(example) ? plainArgv(example) : example;
    // What a shell would have to read is left to our own check of examples.
    if (argv !== undefined && begins(argv, words) !== (name === 'match'))
      refuse(call, `has a \`${name}\` that does not hold: \`${isText(example) ? example : example.join(' ')}\``);
  }
  return (examples as readonly Literal[]).filter(isText);
}

function addHost(call: RuleCall, executables: Map<string, readonly string[]>): void {
  const [name, paths] = [call.named.get('name'), call.named.get('paths')];
  if (!isText(name) || !isTexts(paths)) return refuse(call, 'needs a `name` and `paths`');
  for (const path of paths)
    if (!path.startsWith('/') || !path.endsWith(`/${name}`))
      refuse(call, `has a path that is not one of \`${name}\`: \`${path}\``);
  executables.set(name, [...(executables.get(name) ?? []), ...paths]);
}
