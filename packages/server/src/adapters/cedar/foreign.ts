/**
 * Policy sets that others wrote, read without loss. The parser's JSON rounds integers beyond 2^53, so those literals cross it as marked strings and
 * become bigints on our side; the original text is parsed too, so that the marks cannot make anything legal that is not.
 */
import { Fault } from '@countersign/kernel/fault';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { ForeignCedar, ForeignPolicySet } from '../../ports/cedar.ts';
import { lex, replaceBigIntegers } from './lexer.ts';
import { type CedarCall, CedarInstance } from './wasm.ts';

const instance = new CedarInstance();

const refuse = (what: string): never => {
  throw new Fault('bundle.invalid', what);
};

/** Line of the error in `text`: the parser counts UTF-8 bytes. */
function lineOf(text: string, error: JsonRecord): string {
  const [place] = Array.isArray(error.sourceLocations) ? error.sourceLocations : [];
  if (!isRecord(place) || typeof place.start !== 'number') return '';
  return ` (line ${Buffer.from(text).subarray(0, place.start).toString().split('\n').length})`;
}

/** The parser's words for the first error, with its line when the text is at hand. */
function messageOf(answer: unknown, text?: string): string {
  const [error] = isRecord(answer) && Array.isArray(answer.errors) ? answer.errors : [];
  if (!isRecord(error) || typeof error.message !== 'string') return 'it cannot be read';
  return text === undefined ? error.message : `${error.message}${lineOf(text, error)}`;
}

/** Statements of the parser's own parts. */
const partsOf = ({ policies, policy_templates: templates }: JsonRecord): number =>
  [policies, templates].reduce<number>((count, list) => count + (Array.isArray(list) ? list.length : 0), 0);

const isSuccess = (answer: unknown): answer is JsonRecord => isRecord(answer) && answer.type === 'success';

/** A mark that the text does not contain. */
function markFor(text: string): string {
  let mark = 'i64:';
  while (text.includes(mark)) mark = `i${mark}`;
  return mark;
}

function markedInteger(est: unknown, mark: string): bigint | undefined {
  const value = isRecord(est) && Object.keys(est).length === 1 ? est.Value : undefined;
  return typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : undefined;
}

/** Puts the integers back. A minus before a literal belongs to it, or the least Long could not be written. */
function restore(est: unknown, mark: string): unknown {
  if (Array.isArray(est)) return est.map((part) => restore(part, mark));
  if (!isRecord(est)) return est;
  const positive = markedInteger(est, mark);
  if (positive !== undefined) return { Value: positive };
  const negative = isRecord(est.neg) && Object.keys(est).length === 1 ? markedInteger(est.neg.arg, mark) : undefined;
  if (negative !== undefined) return { Value: -negative };
  return Object.fromEntries(Object.entries(est).map(([name, part]) => [name, restore(part, mark)]));
}

async function readText(text: string): Promise<ForeignPolicySet> {
  const clean = text.startsWith('\uFEFF') ? refuse('the text begins with a byte order mark') : text;
  const { statements, rest } = lex(clean);
  const mark = markFor(clean);
  const calls = statements.flatMap(({ text: statement }): CedarCall[] => {
    const marked = replaceBigIntegers(statement, (digits) => `"${mark}${digits}"`);
    return [
      ['policyToJson', marked],
      ['templateToJson', marked],
    ];
  });
  const [parts, ...answers] = await instance.run([['policySetTextToParts', clean], ...calls]);
  if (!isSuccess(parts)) return refuse(messageOf(parts, clean));
  if (rest !== '' || partsOf(parts) !== statements.length) return refuse('the text has statements that cannot be told apart');
  const staticPolicies: Record<string, unknown> = {};
  const templates: Record<string, unknown> = {};
  const original = { staticPolicies: {} as Record<string, string>, templates: {} as Record<string, string> };
  for (const [at, statement] of statements.entries()) {
    const [policy, template] = [answers[at * 2], answers[at * 2 + 1]];
    const kind = isSuccess(policy) ? 'staticPolicies' : 'templates';
    const answer = isSuccess(policy) ? policy : template;
    if (!isSuccess(answer)) return refuse(messageOf(policy));
    (kind === 'templates' ? templates : staticPolicies)[`policy${at}`] = restore(answer.json, mark);
    original[kind][`policy${at}`] = statement.text;
  }
  return { staticPolicies, templates, templateLinks: [], original };
}

/**
 * The same policies with integers that the parser's JSON can hold: it types a literal and compares literals with each other, but does not
 * calculate, so each large one may be any that stands nowhere else.
 */
function withSmallIntegers(policies: JsonRecord): JsonRecord {
  const taken = new Set<unknown>();
  const stands = new Map<bigint, number>();
  const walk = (est: unknown, change: (value: unknown) => unknown): unknown => {
    if (Array.isArray(est)) return est.map((part) => walk(part, change));
    if (!isRecord(est)) return change(est);
    return Object.fromEntries(Object.entries(est).map(([name, part]) => [name, walk(part, change)]));
  };
  walk(policies, (value) => (typeof value === 'number' ? taken.add(value) : value));
  const standIn = (value: bigint): number => {
    let number = stands.get(value) ?? Number.MAX_SAFE_INTEGER;
    while (taken.has(number) && !stands.has(value)) number -= 1;
    taken.add(number);
    stands.set(value, number);
    return number;
  };
  return walk(policies, (value) => (typeof value === 'bigint' ? standIn(value) : value)) as JsonRecord;
}

/** The set as the parser takes it. */
const givenOf = (set: ForeignPolicySet): JsonRecord =>
  withSmallIntegers({ ...set.original, templateLinks: set.templateLinks as readonly Json[] });

export const foreignCedar: ForeignCedar = {
  readPolicies: readText,
  async readSchema(text) {
    const [answer] = await instance.run([['schemaToJson', text]]);
    return isSuccess(answer) && isRecord(answer.json) ? answer.json : refuse(messageOf(answer, text));
  },
  async check(set) {
    const [answer] = await instance.run([['checkParsePolicySet', givenOf(set)]]);
    if (!isSuccess(answer)) refuse(messageOf(answer));
  },
  async validates(set, schema) {
    const call = { schema, policies: givenOf(set), validationSettings: { mode: 'strict' } };
    const [answer] = await instance.run([['validate', call]]);
    if (!isSuccess(answer)) return refuse(messageOf(answer));
    return Array.isArray(answer.validationErrors) && answer.validationErrors.length === 0;
  },
};
