/** The reference implementation of the policy language, for what only it can do: parse, validate and format text. */
import type { PolicySource } from '@countersign/kernel/decide';
import type { JsonRecord } from '@countersign/kernel/json';

export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  /** `file:line#id`, or as much of it as is known. */
  readonly reference: string;
}

export interface LintVocabulary {
  /** `team:platform` and so on: who may own a policy, be escalated to, or approve. */
  readonly teams: readonly string[];
  /** Approver groups beyond teams, such as `codeowners`. */
  readonly groups: readonly string[];
  /** Duties that some door knows. */
  readonly obligations: readonly string[];
  /** Gate classes; any class is accepted when absent. */
  readonly gates?: readonly string[];
  /** Reason codes; any code is accepted when absent. */
  readonly reasonsKnown?: readonly string[];
}

/** Text of a bundle, translated and checked. Every method faults with `bundle.invalid`, naming file and line, for text it cannot take. */
export interface CedarText {
  /** `file` is the path below the governance directory. */
  translatePolicies(text: string, file: string): Promise<{ readonly policies: readonly PolicySource[] }>;
  translateSchema(text: string, file?: string): Promise<JsonRecord>;
  /** Strict validation; every warning is an error. */
  validatePolicies(policies: readonly PolicySource[], schema: string | JsonRecord): Promise<readonly Finding[]>;
  formatPolicies(text: string, file?: string): Promise<string>;
  /** Checks annotations against what exists. */
  lintPolicies(policies: readonly PolicySource[], vocabulary: LintVocabulary): readonly Finding[];
}

/** A policy set of Cedar's JSON form; integers that a number cannot hold are bigints. */
export interface ForeignPolicySet {
  readonly staticPolicies: Readonly<Record<string, unknown>>;
  readonly templates: Readonly<Record<string, unknown>>;
  readonly templateLinks: readonly unknown[];
  /** What the validator is given: texts or JSON forms by id. */
  readonly original: JsonRecord;
}

/** Policies, schemas and cases that others wrote, in Cedar's own formats, read generously. */
export interface ForeignCedar {
  /** Statements get the ids `policy0`, `policy1`, ... by position. */
  readPolicies(text: string): Promise<ForeignPolicySet>;
  readSchema(text: string): Promise<JsonRecord>;
  /** Faults with `bundle.invalid`, in the parser's words, for JSON that is no policy and for links that do not fit their templates. */
  check(set: ForeignPolicySet): Promise<void>;
  /** Whether the set passes strict validation; warnings do not count. */
  validates(set: ForeignPolicySet, schema: JsonRecord | string): Promise<boolean>;
}
