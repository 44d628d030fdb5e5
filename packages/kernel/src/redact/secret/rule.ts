/** What a rule for secrets is, and the ways in which one is written down. */
import type { Confidence, RaisedClass, RuleInfo } from '../detector.ts';
import { formatPattern, formatSample, lastClass } from './format.ts';
import type { Check } from './validators.ts';

export interface SecretRule extends RuleInfo {
  readonly kind: 'secret';
  /** Literal parts, lower case, one of which is in every match; at least three characters each. */
  readonly keywords: readonly string[];
  /** Source of a pattern that looks around nowhere. With a group, the group closes the pattern and is the secret; else the match is. */
  readonly pattern: string;
  readonly flags: '' | 'i';
  /** Where the pattern is tried: at the keyword's first unit, or at the one after its last. */
  readonly anchor: 'start' | 'end';
  /** The pattern begins this many units before the anchor, the most first. */
  readonly before: readonly [least: number, most: number];
  /** Insides of the classes of which no member may stand right before and right after a match. */
  readonly left: string;
  readonly right: string;
  /** Literal text that must stand right after a match; empty where nothing must. */
  readonly follows: string;
  readonly confidence: Confidence;
  /** Least share of the highest entropy that the secret must have; 0 asks for none. */
  readonly entropy: number;
  readonly check?: Check;
  /** False where filler is part of the format. */
  readonly harmless: boolean;
  /** Whether its keyword is part of a name, and not of a longer encoded text or of the name of something public. */
  readonly names: boolean;
  /** Whether another rule's overlapping finding makes this one superfluous. */
  readonly yields: boolean;
}

export interface RuleOptions {
  readonly keywords?: readonly string[];
  readonly flags?: 'i';
  readonly before?: readonly [least: number, most: number];
  readonly left?: string;
  readonly right?: string;
  readonly follows?: string;
  readonly confidence?: Confidence;
  readonly entropy?: number;
  readonly check?: Check;
  readonly harmless?: boolean;
  readonly raises?: RaisedClass;
  readonly positive?: readonly string[];
  readonly negative?: readonly string[];
  /** How examples are written where the usual assignment does not fit; the secret takes the place of `@`. */
  readonly frame?: string;
}

const WORDLIKE = 'A-Za-z0-9';

/** Units of a beginning that are searched for: what follows tells little more, and each costs a state of the table that every text is read with. */
const KEYWORD_UNITS_MAX = 8;

/** Literal beginnings of a format: `(sk|rk)_live_{n:24}` has two. */
function beginnings(format: string): string[] {
  const literal = /^([^{(]*)(?:\(([^(){}]+)\)([^{(]*))?/.exec(format);
  const [, head = '', choice, tail = ''] = literal ?? [];
  return (choice === undefined ? [''] : choice.split('|')).map((one) => `${head}${one}${tail}`.toLowerCase());
}

/** Text of the examples of a format: one that is found, one cut off, one that is filler. */
function examples(id: string, format: string, frame: string): { positive: string[]; negative: string[] } {
  const samples = [formatSample(format, id), formatSample(format, `${id} again`)];
  const [first = ''] = samples;
  const head = beginnings(format)[0] ?? '';
  return {
    positive: samples.map((sample) => frame.replace('@', () => sample)),
    negative: [first.slice(0, Math.max(head.length + 2, 3)), `<your ${id}>`, `\${${id.toUpperCase().replaceAll('-', '_')}}`].map(
      (value) => frame.replace('@', () => value),
    ),
  };
}

function base(id: string, title: string, options: RuleOptions) {
  return {
    id,
    kind: 'secret' as const,
    title,
    raises: options.raises ?? ('restricted' as const),
    flags: options.flags ?? ('' as const),
    before: options.before ?? ([0, 0] as const),
    follows: options.follows ?? '',
    confidence: options.confidence ?? (2 as const),
    harmless: options.harmless ?? true,
    names: false,
    yields: false,
    ...(options.check === undefined ? {} : { check: options.check }),
  };
}

/** A value that is known by its own prefix. `format` is in the notation of `format.ts`. */
export function token(id: string, title: string, format: string, options: RuleOptions = {}): SecretRule {
  const { positive, negative } = examples(id, format, options.frame ?? 'value = "@"');
  return {
    ...base(id, title, options),
    keywords: [...new Set((options.keywords ?? beginnings(format)).map((keyword) => keyword.slice(0, KEYWORD_UNITS_MAX)))],
    pattern: formatPattern(format),
    anchor: 'start',
    left: options.left ?? WORDLIKE,
    right: options.right ?? lastClass(format),
    entropy: options.entropy ?? 0.5,
    positive: [...positive, ...(options.positive ?? [])],
    negative: [...negative, ...(options.negative ?? [])],
  };
}

/** From the end of a name to the value that is given to it: rest of the name, quotes, an operator, quotes. */
const REST = '[A-Za-z0-9_. \\t\\-]{0,22}';
const CLOSE = '(?:[\\\\"\'`\\])]{1,5}[ \\t]{0,3})?';
/** The type of a constant, as Rust, TypeScript, Python and their kin write it behind the name, or the brackets of an array. */
const TYPE = "(?::[ \\t]{0,2}(?:&|[A-Za-z])[A-Za-z0-9_.<>\\[\\]&'? |]{0,28}|\\[[0-9A-Z_]{0,12}\\] ?)=";
/** A member or a line of its own for the value, named as such: `"name": "X", "value": "..."`, `variable "x" { default = "..." }`. */
const LABEL =
  '[:=,;]{0,1} ?\\{{0,1}\\s{0,24}(?:description\\s{1,8}= "[^"\\n]{0,80}"\\s{1,12})?(?:type\\s{1,8}= string\\s{1,12})?["\']?(?:[Vv]alue|VALUE|[Dd]efault|ParameterValue)["\']?\\s{0,12}[:=]';
/** What XML has between a name and a value: an attribute, the end of an element, the beginning of the next. */
const MARKUP =
  '(?:</(?:[Nn]ame|[Kk]ey)|(?: [A-Za-z:]{1,20}=["\'][^"\'<>\\n]{0,40}["\'])?)>\\s{0,24}<(?:[Vv]alue>|string>|!\\[CDATA\\[)|(?: [A-Za-z:]{1,20}=["\'][^"\'<>\\n]{0,40}["\'])>';
const OPERATOR = `(?:${TYPE}|${LABEL}|${MARKUP}|[+ ] ?["'\`]|[=:>,|(?])`;
/** Quotes, and the calls and prefixes that make one thing of a quoted text. */
const OPEN = '[\\s"\'`\\\\|>(=\\[{:+@?\\-]{0,14}(?:(?:[bBrRuUfFL]{1,2}|[A-Za-z_.:]{2,24}\\()["\'`])?';
/** From the end of a name to its value: quotes, an operator, quotes. */
export const GIVEN = `${CLOSE}${OPERATOR}${OPEN}`;

const ASSIGNED = `${REST}${GIVEN}`;

/** What a value near a name may not be followed by. */
const AFTER = 'A-Za-z0-9_/+=\\-';

interface Near {
  /** The provider's names, lower case. */
  readonly words: readonly string[];
  readonly format: string;
}

/** A value that nothing but the name before it tells from any other. */
export function near(id: string, title: string, { words, format }: Near, options: RuleOptions = {}): SecretRule {
  const frame = options.frame ?? `${words[0] ?? ''}_token = "@"`;
  const { positive, negative } = examples(id, format, frame);
  return {
    ...base(id, title, options),
    keywords: options.keywords ?? words,
    pattern: `${ASSIGNED}(${formatPattern(format)})`,
    anchor: 'end',
    left: '',
    right: options.right ?? AFTER,
    entropy: options.entropy ?? 0.65,
    positive: [...positive, ...(options.positive ?? [])],
    negative: [...negative, ...(options.negative ?? [])],
  };
}

/** A rule whose pattern is written by hand. Its group, if there is one, closes the pattern. */
export function written(
  id: string,
  title: string,
  pattern: string,
  options: RuleOptions & {
    readonly keywords: readonly string[];
    readonly positive: readonly string[];
    readonly negative: readonly string[];
  },
): SecretRule {
  return {
    ...base(id, title, options),
    keywords: options.keywords,
    pattern,
    anchor: 'start',
    left: options.left ?? WORDLIKE,
    right: options.right ?? '',
    entropy: options.entropy ?? 0,
    positive: options.positive,
    negative: options.negative,
  };
}
