/**
 * Validators, compiled once for each schema. Schemas come from servers: they are bounded before they are compiled, never fetch anything, and their
 * patterns run on bounded text only.
 */
import { Ajv, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv';
// The package publishes this dialect below its build output and nowhere else.
// oxlint-disable-next-line no-restricted-imports
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';

/** @returns undefined where the value fits, else where and why not, in public words */
export type Validator = (value: Json) => string | undefined;

/** A schema that cannot be used, with the reason in public words. */
export interface SchemaProblem {
  readonly problem: string;
}

const DEPTH_MAX = 32;
const NODES_MAX = 5_000;
/** Validators kept; the oldest goes first. */
const SHELF_MAX = 4_000;
const PATTERN_CHARS_MAX = 1_000;
/** Longer text than this fits no pattern. */
const PATTERN_TEXT_CHARS_MAX = 32 * 1024;

export class SchemaShelf {
  readonly #shelf = new Map<string, Validator | SchemaProblem>();

  /** @param key names the schema for good: a pin and which of its schemas */
  get(key: string, schema: JsonRecord): Validator | SchemaProblem {
    const known = this.#shelf.get(key);
    if (known !== undefined) return known;
    const made = compile(schema);
    this.#shelf.set(key, made);
    if (this.#shelf.size > SHELF_MAX) {
      for (const oldest of this.#shelf.keys()) {
        this.#shelf.delete(oldest);
        break;
      }
    }
    return made;
  }
}

/** Without formats: they are annotations in 2020-12. Without meta-schemas: those cost more than what they find. */
const OPTIONS = {
  strict: false,
  meta: false,
  validateSchema: false,
  validateFormats: false,
  inlineRefs: false,
  logger: false,
  code: { regExp: boundedPattern },
} as const;

function compile(schema: JsonRecord): Validator | SchemaProblem {
  const outsized = oversize(schema);
  if (outsized !== undefined) return { problem: outsized };
  // Each in an instance of its own: an `$id` of one server must not be found by another's reference.
  const { $schema, ...rest } = schema;
  const older = typeof $schema === 'string' && /draft-0[67]/.test($schema);
  const order = older ? [Ajv, Ajv2020] : [Ajv2020, Ajv];
  let problem = '';
  for (const Dialect of order) {
    try {
      return validator(new Dialect(OPTIONS).compile(rest as AnySchema));
    } catch (thrown) {
      if (problem === '') problem = thrown instanceof Error ? thrown.message.slice(0, 200) : 'not a schema';
    }
  }
  return { problem };
}

function oversize(schema: Json): string | undefined {
  let nodes = 0;
  const walk = (value: Json, depth: number): boolean => {
    if (typeof value !== 'object' || value === null) return true;
    nodes += 1;
    if (depth > DEPTH_MAX || nodes > NODES_MAX) return false;
    return Object.values(value).every((inner: Json) => walk(inner, depth + 1));
  };
  return walk(schema, 0) ? undefined : 'the schema is too large or too deep';
}

function validator(check: ValidateFunction): Validator {
  return (value) => {
    try {
      if (check(value) === true) return undefined;
    } catch (thrown) {
      return thrown instanceof RangeError ? 'is nested too deeply to be checked' : 'cannot be checked';
    }
    return explain(check.errors?.[0]);
  };
}

function explain(error: ErrorObject | undefined): string {
  if (error === undefined) return 'does not fit its schema';
  const where = error.instancePath === '' ? '' : `\`${error.instancePath.slice(0, 200)}\` `;
  const params: unknown = error.params;
  const named = isRecord(params) ? (params['additionalProperty'] ?? params['unevaluatedProperty']) : undefined;
  const which = typeof named === 'string' ? ` (\`${named.slice(0, 100)}\`)` : '';
  return `${where}${(error.message ?? 'does not fit').slice(0, 300)}${which}`;
}

/** A repetition inside a repetition takes exponential time on text that nearly fits. */
const NESTED_REPETITION = /\((?:[^()\\]|\\.)*(?:[+*]|\{\d+,\d*\})(?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,\d*\})/;

function boundedPattern(pattern: string, flags: string): RegExp {
  if (pattern.length > PATTERN_CHARS_MAX || NESTED_REPETITION.test(pattern)) throw new Error('a pattern of the schema is unsafe');
  return new BoundedPattern(pattern, flags);
}
boundedPattern.code = 'boundedPattern';

class BoundedPattern extends RegExp {
  override test(text: string): boolean {
    return text.length <= PATTERN_TEXT_CHARS_MAX && super.test(text);
  }
}
