/** What a case expects, in the words of every generation of the format. */
import { isRecord } from '@countersign/kernel/json';
import { refuse } from './unreadable.ts';

export interface ExpectedAnswer {
  readonly decision: 'allow' | 'deny';
  /** Absent when the case does not say. */
  readonly reason: readonly string[] | undefined;
  /** Whether more reasons than these may be there, as in `run-tests` files. */
  readonly isReasonPartial: boolean;
  readonly errors: readonly string[] | undefined;
  readonly errorCount: number | undefined;
  readonly hasErrors: boolean | undefined;
}

type Members = Readonly<Record<string, unknown>>;

/** Cedar's own words for a failure; old cases hold these in place of the policy's id. */
const FAILURE_TEXT = /^(?:error (?:occurred )?)?while evaluating policy (?:`([^`]*)`|([^\s,`]+))[,:] /u;

/** A policy's id, alone, in an object, or in the text of a failure. */
function idOf(json: unknown): string {
  const text = isRecord(json) ? (json.policyId ?? json.policy_id ?? json.id) : json;
  if (typeof text !== 'string') return refuse('a policy id cannot be read');
  const found = FAILURE_TEXT.exec(text);
  return found === null ? text : (found[1] ?? found[2] ?? text);
}

function idsOf(json: unknown, what: string): string[] | undefined {
  if (json === undefined || json === null) return undefined;
  return Array.isArray(json) ? json.map(idOf) : refuse(`${what} is not a list of policy ids`);
}

function countOf(json: Members): number | undefined {
  const count = json.num_errors ?? json.numErrors ?? (typeof json.errors === 'number' ? json.errors : undefined);
  if (count === undefined || count === null) return undefined;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0
    ? count
    : refuse('a number of errors cannot be read');
}

/** True or false under one of several names; a word such as "false" in its place would be read as its opposite, and is refused. */
export function flagAt(json: Members, names: readonly string[]): boolean | undefined {
  const name = names.find((candidate) => json[candidate] !== undefined && json[candidate] !== null);
  if (name === undefined) return undefined;
  const value = json[name];
  return typeof value === 'boolean' ? value : refuse(`${name} is neither true nor false`);
}

/** The answer that a request, or a test of one request, expects; it may stand under `expected`. Throws UnreadableTest. */
export function expectedOf(test: Members, isRun: boolean): ExpectedAnswer {
  const json = isRecord(test.expected) ? test.expected : test;
  const decision = typeof json.decision === 'string' ? json.decision.toLowerCase() : undefined;
  if (decision !== 'allow' && decision !== 'deny') return refuse('its decision is neither allow nor deny');
  const errors = typeof json.errors === 'number' ? undefined : idsOf(json.errors, 'errors');
  return {
    decision,
    isReasonPartial: isRun && errors === undefined,
    reason: idsOf(json.reason ?? json.reasons, 'reason'),
    errors,
    errorCount: countOf(json),
    hasErrors: flagAt(json, ['has_error', 'hasError']),
  };
}
