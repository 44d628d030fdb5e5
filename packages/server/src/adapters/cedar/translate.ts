/** Cedar text to the JSON forms that the kernel compiles, by the real parser; what the JSON would falsify is refused before. */
import type { PolicySource } from '@countersign/kernel/decide';
import { Fault } from '@countersign/kernel/fault';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { CedarText, Finding } from '../../ports/cedar.ts';
import { lex, type Lexed, type Statement } from './lexer.ts';
import { lintPolicies } from './lint.ts';
import { type CedarCall, textInstance } from './wasm.ts';

/** Bytes of one policy or schema file. */
export const FILE_BYTES_MAX = 4_194_304;
/** Brackets within brackets. */
export const NESTING_MAX = 64;

const refuse = (place: string, what: string): never => {
  throw new Fault('bundle.invalid', `${place}: ${what}`);
};

interface DetailedError {
  readonly message: string;
  readonly help?: string | null;
  readonly sourceLocations?: readonly { readonly start: number }[];
}

const errorsOf = (answer: unknown): readonly DetailedError[] =>
  isRecord(answer) && Array.isArray(answer.errors) ? (answer.errors as unknown as DetailedError[]) : [];

/** Line of a byte offset: the parser counts UTF-8 bytes. */
function lineOf(text: string, offset: number): number {
  return Buffer.from(text).subarray(0, offset).toString().split('\n').length;
}

function refuseAnswer(answer: unknown, text: string, place: (line: number) => string): never {
  const [error] = errorsOf(answer);
  const start = error?.sourceLocations?.[0]?.start;
  const help = error?.help ? ` (${error.help})` : '';
  return refuse(place(start === undefined ? 1 : lineOf(text, start)), `${error?.message ?? 'cannot be read'}${help}`);
}

const isSuccess = (answer: unknown): answer is JsonRecord => isRecord(answer) && answer.type === 'success';

function checkText(text: string, file: string): Lexed {
  if (Buffer.byteLength(text) > FILE_BYTES_MAX) return refuse(file, 'the file is larger than 4 MiB');
  if (text.startsWith('\uFEFF')) return refuse(`${file}:1`, 'the file begins with a byte order mark; save it without one');
  const lexed = lex(text);
  if (lexed.depth > NESTING_MAX) return refuse(file, `brackets are nested more than ${NESTING_MAX} levels deep`);
  const [big] = lexed.bigIntegers;
  if (big !== undefined) return refuse(`${file}:${big}`, 'an integer literal is above 2^53 - 1, which cannot be carried exactly');
  return lexed;
}

/** The parser's own parts and our statements must be the same texts, or a line number or a whole policy could be wrong. */
function compareParts(parts: unknown, statements: readonly Statement[], file: string): void {
  const theirs = Array.isArray(parts) ? parts.map(String).sort() : [];
  const ours = statements.map(({ text }) => text).sort();
  if (theirs.length !== ours.length || theirs.some((part, at) => part !== ours[at])) {
    refuse(file, 'the policies cannot be told apart; write each as one statement that ends with a semicolon');
  }
}

/**
 * Translates one policy file. `file` is its path below the governance directory. Faults with `bundle.invalid`, naming file and line, for syntax
 * errors, templates, a policy without `@id`, the same id twice, integers above 2^53 - 1, nesting above 64 and a byte order mark.
 */
export async function translatePolicies(text: string, file: string): Promise<{ readonly policies: readonly PolicySource[] }> {
  const { statements, rest } = checkText(text, file);
  const calls = statements.map((statement): CedarCall => ['policyToJson', statement.text]);
  const [parts, ...answers] = await textInstance.run([['policySetTextToParts', text], ...calls]);
  if (!isSuccess(parts)) return refuseAnswer(parts, text, (line) => `${file}:${line}`);
  if (Array.isArray(parts.policy_templates) && parts.policy_templates.length > 0) {
    return refuse(file, 'templates (?principal, ?resource) are not supported in a bundle');
  }
  if (rest !== '') return refuse(file, 'the file does not end with a semicolon');
  compareParts(parts.policies, statements, file);
  const seen = new Set<string>();
  const policies = statements.map((statement, at): PolicySource => {
    const answer = answers[at];
    const place = `${file}:${statement.line}`;
    if (!isSuccess(answer)) return refuseAnswer(answer, statement.text, (line) => `${file}:${statement.line + line - 1}`);
    const est = answer.json as Json;
    const id = isRecord(est) && isRecord(est.annotations) ? est.annotations.id : undefined;
    if (typeof id !== 'string' || id === '') return refuse(place, 'the policy has no @id("...")');
    if (seen.has(id)) return refuse(place, `the id ${JSON.stringify(id)} is there twice`);
    seen.add(id);
    return { id, text: statement.text, est, file, line: statement.line };
  });
  return { policies };
}

/** Translates a schema, annotations included. Faults with `bundle.invalid` for what the parser refuses. */
export async function translateSchema(text: string, file = 'schema.cedarschema'): Promise<JsonRecord> {
  checkText(text, file);
  const [answer] = await textInstance.run([['schemaToJson', text]]);
  if (!isSuccess(answer) || !isRecord(answer.json)) return refuseAnswer(answer, text, (line) => `${file}:${line}`);
  return answer.json;
}

interface ValidationNote {
  readonly policyId: string;
  readonly error: DetailedError;
}

const notesOf = (value: unknown): readonly ValidationNote[] =>
  Array.isArray(value) ? (value as unknown as ValidationNote[]) : [];

/** Validates policies against the schema's text or JSON form, strictly: every warning is an error too, since warnings carry real findings. */
export async function validatePolicies(policies: readonly PolicySource[], schema: string | JsonRecord): Promise<Finding[]> {
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
  const [answer] = await textInstance.run([
    ['validate', { schema, policies: { staticPolicies }, validationSettings: { mode: 'strict' } }],
  ]);
  if (!isSuccess(answer)) {
    return errorsOf(answer).map(({ message }) => ({ severity: 'error', code: 'cedar.invalid', message, reference: 'policies' }));
  }
  const finding = (code: string) => {
    return ({ policyId, error }: ValidationNote): Finding => {
      const policy = byId.get(policyId);
      const line = policy === undefined ? 0 : policy.line + lineOf(policy.text, error.sourceLocations?.[0]?.start ?? 0) - 1;
      const reference = policy === undefined ? policyId : `${policy.file}:${line}#${policy.id}`;
      return { severity: 'error', code, message: error.message, reference };
    };
  };
  const others = Array.isArray(answer.otherWarnings) ? (answer.otherWarnings as unknown as DetailedError[]) : [];
  return [
    ...notesOf(answer.validationErrors).map(finding('cedar.type')),
    ...notesOf(answer.validationWarnings).map(finding('cedar.warning')),
    ...others.map(({ message }): Finding => ({ severity: 'error', code: 'cedar.warning', message, reference: 'schema' })),
  ];
}

/** The text in Cedar's standard form, comments kept, at most 130 columns. Faults with `bundle.invalid` for text that does not parse. */
export async function formatPolicies(text: string, file = 'policies'): Promise<string> {
  checkText(text, file);
  const [answer] = await textInstance.run([['formatPolicies', { policyText: text, lineWidth: 130, indentWidth: 2 }]]);
  if (!isSuccess(answer) || typeof answer.formatted_policy !== 'string')
    return refuseAnswer(answer, text, (line) => `${file}:${line}`);
  return answer.formatted_policy;
}

/** The adapter as a port. */
export const cedarText: CedarText = { translatePolicies, translateSchema, validatePolicies, formatPolicies, lintPolicies };
