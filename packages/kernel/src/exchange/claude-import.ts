/** Permissions of Claude Code as command rules. No deny is dropped without a word, and one that begins with a star is taken only by name. */
import { Fault } from '../fault.ts';
import { isRecord, type Json } from '../json.ts';
import { type Judgement, split } from '../command/index.ts';
import { type Draft, Drafts, type Imported } from './imported.ts';

const LISTS: readonly (readonly [list: string, decision: Judgement])[] = [
  ['deny', 'forbid'],
  ['ask', 'ask'],
  ['allow', 'allow'],
];
const WHY = 'Imported from the permissions of Claude Code.';

/**
 * @param settings a settings file, or its `permissions`
 * @param accepted denies that begin with a star and may be left out, as they stand in the file
 * @throws Fault config.invalid for a shape that is none, and for a deny that nobody accepted
 */
export function readClaudePermissions(settings: Json, accepted: ReadonlySet<string> = new Set()): Imported {
  const permissions = isRecord(settings) && isRecord(settings['permissions']) ? settings['permissions'] : settings;
  if (!isRecord(permissions)) throw new Fault('config.invalid', 'The file holds no `permissions`.');
  const drafts = new Drafts('claude');
  const all = { forbid: false, ask: false };
  for (const [list, decision] of LISTS)
    for (const entry of entriesOf(permissions[list], list)) {
      if (isEverything(entry)) everything(entry, decision, all, drafts);
      else addEntry(entry, decision, accepted, drafts);
    }
  return { ...afterEverything(drafts, all), executables: new Map(), losses: drafts.losses };
}

function entriesOf(list: Json | undefined, name: string): readonly string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || !list.every((entry) => typeof entry === 'string'))
    throw new Fault('config.invalid', `\`permissions.${name}\` is not a list of texts.`);
  return list as readonly string[];
}

const isEverything = (entry: string): boolean => /^Bash(?:\(\s*(?::?\*)?\s*\))?$/.test(entry);

function everything(entry: string, decision: Judgement, all: { forbid: boolean; ask: boolean }, drafts: Drafts): void {
  if (decision === 'forbid') all.forbid = true;
  else if (decision === 'ask') all.ask = true;
  else drafts.lose(entry, 'Asks about what no rule matches: nothing is allowed whatever it says.', 'tighter');
}

/** A deny of everything beats each allow and ask, an ask each allow. */
function afterEverything({ rules }: Drafts, all: { forbid: boolean; ask: boolean }): Pick<Imported, 'rules' | 'default'> {
  if (all.forbid) return { rules: rules.filter(({ decision }) => decision === 'forbid'), default: 'forbid' };
  return { rules: all.ask ? rules.filter(({ decision }) => decision !== 'allow') : rules, default: 'ask' };
}

function addEntry(entry: string, decision: Judgement, accepted: ReadonlySet<string>, drafts: Drafts): void {
  const leaveOut = (why: string): void => drafts.lose(entry, `Left out: ${why}`, decision === 'allow' ? 'tighter' : 'wider');
  const pattern = /^Bash\(([\s\S]*)\)$/.exec(entry)?.[1]?.trim();
  if (pattern === undefined) return leaveOut('it is not about a command.');
  if (decision === 'forbid' && pattern.startsWith('*')) return unsayable(entry, accepted, leaveOut);
  const read = readPattern(pattern);
  if (read === undefined) return leaveOut('its words cannot be told apart.');
  if (read.isCut) drafts.lose(entry, CUT[decision], read.isPartial && decision !== 'allow' ? 'wider' : 'tighter');
  drafts.add(entry, { decision: read.isCut && decision === 'allow' ? 'ask' : decision, form: read.form, why: WHY });
}

/** @throws Fault config.invalid unless its name was given */
function unsayable(entry: string, accepted: ReadonlySet<string>, leaveOut: (why: string) => void): void {
  if (accepted.has(entry)) return leaveOut('that was accepted by name.');
  throw new Fault(
    'config.invalid',
    `The deny \`${entry}\` begins with a star, which no command rule can say. Accept by name that it is left out.`,
  );
}

const CUT: Readonly<Record<Judgement, string>> = {
  allow: 'Asks about every call that begins with the words before the star.',
  ask: 'Asks about every call that begins with the words before the star.',
  forbid: 'Forbids every call that begins with the words before the star.',
};

interface Pattern {
  readonly form: Draft['form'];
  /** The star stands where only a glob can have it. */
  readonly isCut: boolean;
  /** A word was cut in two, so that calls with another end of it are no longer met. */
  readonly isPartial: boolean;
}

/** Undefined for what is no plain words. */
function readPattern(pattern: string): Pattern | undefined {
  const open = /^([\s\S]*?)(?::\*| \*)$/.exec(pattern)?.[1];
  const text = open ?? pattern;
  const star = text.indexOf('*');
  if (star === -1) {
    const words = plainWords(text);
    if (words === undefined) return undefined;
    const form: Draft['form'] =
      open === undefined ? { kind: 'exact', words } : { kind: 'prefix', words: words.map((word) => [word]) };
    return { form, isCut: false, isPartial: false };
  }
  const before = text.slice(0, star);
  const isPartial = !/\s$/.test(before);
  const words = plainWords(before);
  if (words === undefined) return undefined;
  // A word that was cut in two would stand for more than itself: what is left of it counts only where it is all there is.
  const whole = isPartial && words.length > 1 ? words.slice(0, -1) : words;
  return {
    form: { kind: 'prefix', words: whole.map((word) => [word]) },
    isCut: true,
    isPartial: isPartial && words.length === 1,
  };
}

function plainWords(text: string): readonly string[] | undefined {
  const read = split(text, 'bash');
  if (!read.ok || read.commands.length !== 1) return undefined;
  const [command] = read.commands;
  return command === undefined || command.redirects.length > 0 ? undefined : command.argv;
}
