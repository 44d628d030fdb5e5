/** The verdict of command rules on a script, or on one command: strictest over every command, and over everything it wraps. */
import { isControl, isHidden, isLoneSurrogate } from './character.ts';
import { type Code, CODES, isCode } from './code.ts';
import { afterCd, type Cwd, CwdTracker, startCwd } from './cwd.ts';
import { Findings } from './findings.ts';
import { isUnseen, type CommandCall } from './match/call.ts';
import { wordsToGuard } from './match/globals.ts';
import { isProgram, matchRule } from './match/rule.ts';
import { mentions } from './mention.ts';
import { baseName } from './path.ts';
import { hasInlineCode, printedBy, readsCommands, readsText, takesData } from './program.ts';
import { LASTING, STATEFUL } from './reserved.ts';
import { indexOf, type RuleIndex } from './rule-index.ts';
import { split } from './split.ts';
import type { CommandFacts, CommandRule, CommandRules, CommandVerdict, Dialect, SimpleCommand, Split } from './types.ts';
import { type Inner, mayWrap, unwrap, type Wrapping } from './unwrap/index.ts';

/** Commands in commands. */
const DEPTH_MAX = 4;
/** Commands of one script that are looked at, guesses included. Beyond it, it asks. */
const STEPS_MAX = 4_096;
/** So many words more of one command count as another one. */
const WORDS_OF_STEP = 256;
/** So many units of a text, too. */
const UNITS_OF_STEP = 512;
/** Words that are tried where the beginning of a command is not known. */
const GUESSES_MAX = 256;

/** Where a command stands. */
interface Place {
  readonly depth: number;
  readonly cwd: Cwd;
  readonly dialect: Dialect;
  /** Programs before it in the same pipe. */
  readonly sources: ReadonlySet<string>;
  readonly isOpen: boolean;
  readonly placeholder: string | undefined;
  /** Perhaps no command at all: only what forbids or asks by a rule counts. */
  readonly isGuess: boolean;
  /** One of the guesses at where a command begins: its rests are guessed at already. */
  readonly isRest: boolean;
}

/** The dialects whose reading was compared with the shell itself: scripts for others are never allowed. */
const PROVEN: ReadonlySet<Dialect> = new Set(['bash']);

const NO_SOURCES: ReadonlySet<string> = new Set();

class Judge {
  readonly findings: Findings;
  readonly #index: RuleIndex;
  readonly #facts: CommandFacts;
  /** Texts inside of commands that could not be split. */
  readonly unclear: string[] = [];
  #steps = 0;

  constructor(index: RuleIndex, facts: CommandFacts) {
    this.#index = index;
    this.#facts = facts;
    this.findings = new Findings(index.rules);
  }

  start(dialect: Dialect, isGuess: boolean): Place {
    return {
      depth: 0,
      cwd: startCwd(this.#facts),
      dialect,
      sources: NO_SOURCES,
      isOpen: false,
      placeholder: undefined,
      isGuess,
      isRest: false,
    };
  }

  /** @returns base names of everything in it */
  script(found: Split, place: Place): string[] {
    if (!found.ok) {
      if (!place.isGuess) this.findings.unmatched(isCode(found.code) ? found.code : 'command.unmatched');
      return [];
    }
    if (!place.isGuess && !PROVEN.has(place.dialect)) this.findings.ask('shell.dialect');
    const tracker = new CwdTracker(place.cwd);
    let sources = new Set(place.sources);
    const all: string[] = [];
    let isPiped = false;
    let printed: readonly string[] = [];
    for (const command of found.commands) {
      const names = this.command(command.argv, { ...place, cwd: tracker.cwd, sources });
      printed = this.#passed(command, names, printed, place);
      tracker.pass(command, isPiped, this.#moves(command, tracker.cwd));
      isPiped = command.op === '|';
      if (!isPiped && sources.size > place.sources.size) sources = new Set(place.sources);
      for (const name of names) {
        if (isPiped) sources.add(name);
        all.push(name);
      }
    }
    return all;
  }

  /** @returns what is still in the pipe behind this command, of the texts that were printed into it */
  #passed(command: SimpleCommand, names: readonly string[], printed: readonly string[], place: Place): readonly string[] {
    const isReader = printed.length > 0 && names.some(readsText);
    if (isReader) for (const text of printed) this.#fed(text, place);
    if (command.op !== '|') return [];
    const own = printedBy(command.argv);
    return own.length > 0 || isReader ? own : printed;
  }

  /** What is written into a pipe that ends in a shell is its script. */
  #fed(text: string, place: Place): void {
    const found = split(text, 'sh');
    if (!found.ok) this.unclear.push(text);
    else if (place.depth <= DEPTH_MAX) this.script(found, { ...place, depth: place.depth + 1, isGuess: true, isRest: false });
  }

  #moves({ argv }: SimpleCommand, cwd: Cwd): Cwd | 'unknown' | undefined {
    if (argv[0] !== 'cd') return undefined;
    return afterCd(cwd, this.#facts.roots, argv) ?? 'unknown';
  }

  /** @returns base names of the program and of everything that it wraps */
  command(argv: readonly string[], place: Place): string[] {
    const name = baseName(argv[0] ?? '');
    if (this.#isTooMuch(argv, place)) return [name];
    if (!place.isGuess) this.findings.program(name);
    if (argv[0] === 'cd') return this.#cd(argv, place, name);
    const wrapping = mayWrap(name) ? unwrap(argv) : undefined;
    const call = this.#callOf(argv, name, place, wrapping);
    const rules = this.#matched(call);
    for (const rule of rules) if (!place.isGuess || rule.decision !== 'allow') this.findings.rule(rule);
    if (!place.isGuess) this.#ownCodes(call, rules, wrapping);
    return [name, ...(wrapping === undefined ? [] : this.#inners(wrapping, place))];
  }

  /** Whether it is not looked at as others are, since there was too much already: then it asks. */
  #isTooMuch(argv: readonly string[], place: Place): boolean {
    this.#steps += 1 + Math.floor(argv.length / WORDS_OF_STEP);
    if (place.depth <= DEPTH_MAX && this.#steps <= STEPS_MAX) return false;
    this.findings.ask('command.depth');
    if (this.#steps <= STEPS_MAX) this.#beyond(argv, place);
    return true;
  }

  /** Too deep to be unwrapped: any word may begin a command, and nothing of it allows. */
  #beyond(argv: readonly string[], place: Place): void {
    for (let at = 0; at < Math.min(argv.length, GUESSES_MAX); at++) {
      const name = baseName(argv[at] as string);
      if (!this.#index.guarded.has(name)) continue;
      this.#steps += 1;
      for (const rule of this.#matched(this.#callOf(argv.slice(at), name, place, undefined)))
        if (rule.decision !== 'allow') this.findings.rule(rule);
    }
  }

  /** `cd` to one literal path inside has no effect but on what follows, where it is counted. */
  #cd(argv: readonly string[], place: Place, name: string): string[] {
    if (!place.isGuess && afterCd(place.cwd, this.#facts.roots, argv) === undefined) this.findings.unmatched('command.cwd');
    for (const rule of this.#matched(this.#callOf(argv, name, place, undefined)))
      if (rule.decision !== 'allow') this.findings.rule(rule);
    return [name];
  }

  #callOf(argv: readonly string[], name: string, place: Place, wrapping: Wrapping | undefined): CommandCall {
    const isFed = place.sources.size > 0 && readsCommands(name, argv);
    return {
      argv,
      words: wordsToGuard(name, argv),
      name,
      isOpen: place.isOpen,
      placeholder: place.placeholder,
      cwd: place.cwd,
      roots: this.#facts.roots,
      fedBy: isFed ? place.sources : NO_SOURCES,
      isInline: hasInlineCode(name, argv),
      isLauncher: wrapping?.codes.includes('command.launcher') === true,
    };
  }

  #matched(call: CommandCall): CommandRule[] {
    const matched: CommandRule[] = [];
    for (const rule of this.#index.byProgram.get(call.name) ?? []) {
      const found = matchRule(rule, call, this.#index.rules.executables);
      if (found === 'yes') matched.push(rule);
      else if (found === 'maybe') this.findings.ask('command.open-tail');
    }
    return matched;
  }

  /** Why a command asks beside its rules, or because it has none. */
  #ownCodes(call: CommandCall, rules: readonly CommandRule[], wrapping: Wrapping | undefined): void {
    const { findings } = this;
    const isUnmatched = rules.length === 0 && !this.#isTransparent(call, wrapping);
    if (isUnmatched) findings.unmatched(this.#unmatchedCode(call));
    for (const code of this.#wrapperCodes(wrapping, rules)) findings.ask(code);
    if (STATEFUL.has(call.name) || LASTING.has(call.name)) findings.ask('command.lasting');
    if (readsCommands(call.name, call.argv)) findings.ask('command.stdin');
    if (isUnseen(call, call.argv[0] as string)) findings.ask('command.open-tail');
    if (wrapping === undefined && !takesData(call.name, call.argv) && mentions(call.argv.slice(1), this.#index.guarded))
      findings.ask('command.names-program');
  }

  #unmatchedCode(call: CommandCall): Code {
    if (call.isInline) return 'command.inline-code';
    return call.argv[0]?.includes('/') === true ? 'command.path' : 'command.unmatched';
  }

  /** A launcher that a rule names exactly asks no more. */
  #wrapperCodes(wrapping: Wrapping | undefined, rules: readonly CommandRule[]): readonly Code[] {
    if (wrapping === undefined) return [];
    return rules.some(({ decision }) => decision === 'allow')
      ? wrapping.codes.filter((code) => code !== 'command.launcher')
      : wrapping.codes;
  }

  #isTransparent({ argv, name }: CommandCall, wrapping: Wrapping | undefined): boolean {
    return wrapping?.isTransparent === true && isProgram(this.#index.rules.executables, argv[0] as string, name);
  }

  #inners(wrapping: Wrapping, place: Place): string[] {
    return wrapping.inners.flatMap((inner) => this.#inner(inner, place));
  }

  #inner(inner: Inner, outer: Place): string[] {
    const isGuess = outer.isGuess || inner.isGuess === true;
    const place: Place = {
      ...outer,
      depth: outer.depth + 1,
      isOpen: outer.isOpen || inner.isOpen === true,
      placeholder: inner.placeholder ?? outer.placeholder,
      isGuess,
    };
    if (inner.kind === 'anywhere') return outer.isRest ? [] : this.#anywhere(inner.argv, inner.from, place);
    if (inner.kind === 'argv') return this.#wrapped(inner.argv, place);
    const dialect = inner.dialect ?? outer.dialect;
    this.#steps += Math.floor(inner.text.length / UNITS_OF_STEP);
    const found = split(inner.text, dialect);
    if (!found.ok) this.unclear.push(inner.text);
    return this.script(found, { ...place, dialect, isRest: false });
  }

  #anywhere(argv: readonly string[], from: number, place: Place): string[] {
    const to = Math.min(argv.length, from + GUESSES_MAX);
    const names: string[] = [];
    for (let at = from; at < to; at++)
      if (this.#isOfInterest(argv[at] as string)) names.push(...this.command(argv.slice(at), { ...place, isRest: true }));
    return names;
  }

  #wrapped(argv: readonly string[], place: Place): string[] {
    // A guess that names nothing of interest is none.
    if (place.isGuess && !this.#isOfInterest(argv[0] ?? '')) return [baseName(argv[0] ?? '')];
    return this.command(argv, place);
  }

  #isOfInterest(program: string): boolean {
    const name = baseName(program);
    return this.#index.guarded.has(name) || mayWrap(name);
  }
}

/** The code of the first character that cannot be passed, or cannot be seen, in a word that no shell reads. */
function characterCode(word: string): Code | undefined {
  for (const character of word) {
    const point = character.codePointAt(0) as number;
    if ((isControl(point) && !'\t\n\r'.includes(character)) || isLoneSurrogate(point)) return 'shell.control-char';
    if (isHidden(point)) return 'shell.hidden-char';
  }
  return undefined;
}

/** Words as they are, as a script of one command. */
function asSplit(argv: readonly string[]): Split {
  const code = argv[0] === undefined || argv[0] === '' ? 'shell.empty' : argv.map(characterCode).find((one) => one !== undefined);
  if (code !== undefined) return { ok: false, code, at: 0, text: CODES[code] };
  return { ok: true, dialect: 'bash', commands: [{ argv, op: 'end', redirects: [], span: [0, 0] }] };
}

/**
 * Judges a script. Pure.
 * @param facts `inner` counts where the text could not be split, and only towards ask and forbid
 * @returns the merged verdict; it never depends on the order of the rules
 */
export function judgeCommand(text: string, dialect: Dialect, rules: CommandRules, facts: CommandFacts): CommandVerdict {
  const judge = new Judge(indexOf(rules), facts);
  const found = split(text, dialect);
  judge.script(found, judge.start(dialect, false));
  for (const argv of facts.inner ?? []) if (argv.length > 0) judge.command(argv, judge.start(dialect, true));
  return judge.findings.verdict(found);
}

/** Judges one command that no shell reads: a call with its words, as they are. An empty one is not understood. */
export function judgeArgv(argv: readonly string[], rules: CommandRules, facts: CommandFacts): CommandVerdict {
  const judge = new Judge(indexOf(rules), facts);
  const found = asSplit(argv);
  judge.script(found, judge.start('bash', false));
  for (const inner of facts.inner ?? []) if (inner.length > 0) judge.command(inner, judge.start('bash', true));
  return judge.findings.verdict(found);
}

const NO_RULES: CommandRules = { rules: [], default: 'ask', executables: new Map(), gates: new Map() };

/**
 * The texts for a shell in a script, or in one command, that could not be split: the script itself, or what wrappers in it hold.
 * A parser may look into them for what a rule forbids.
 */
export function unclearTexts(of: string | readonly string[], dialect: Dialect): string[] {
  const judge = new Judge(indexOf(NO_RULES), { cwd: '/', roots: [] });
  const start = judge.start(dialect, true);
  if (typeof of !== 'string') judge.script(asSplit(of), start);
  else {
    const found = split(of, dialect);
    if (!found.ok) return [of];
    judge.script(found, start);
  }
  return judge.unclear;
}
