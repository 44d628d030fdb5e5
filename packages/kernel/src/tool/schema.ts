/**
 * Limits of a JSON Schema from a stranger. Compiling and validating must end soon whatever it says, and nothing may be fetched for it: so
 * nesting, number of subschemas and lengths are capped, and references stay inside the document.
 */
import { isRecord, type Json, type JsonRecord } from '../json.ts';

/** Levels of JSON. */
const SCHEMA_DEPTH_MAX = 40;
/** Objects and lists inside it: each object may be a schema. */
const SUBSCHEMAS_MAX = 2_000;
/** Branches of one `anyOf`, `oneOf` or `allOf`: they multiply when they nest. */
const BRANCHES_MAX = 64;
/** UTF-16 units of all texts in it. */
const LENGTH_MAX = 131_072;
const ENUM_MAX = 2_000;
/** Longer patterns are where backtracking hides. */
const PATTERN_LENGTH_MAX = 1_000;

const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'];
const BRANCHING = ['anyOf', 'oneOf', 'allOf'];

/** Why the schema is refused, as the end of a sentence (`is nested deeper ...`), or undefined. */
export function schemaProblem(schema: Json): string | undefined {
  if (typeof schema === 'boolean') return undefined;
  return isRecord(schema) ? sizeProblem(schema, keywordProblem) : 'is no schema';
}

/** Why any other value from a stranger is refused. `check` looks at each object in it. */
export function sizeProblem(
  value: Json,
  check: (record: JsonRecord) => string | undefined = () => undefined,
): string | undefined {
  let parts = SUBSCHEMAS_MAX;
  let length = LENGTH_MAX;
  // By hand and not by recursion: what nests too deeply must not end in a full stack.
  const open: { value: Json; depth: number }[] = [{ value, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: each, depth } = next;
    length -= lengthOf(each);
    if (length < 0) return `is longer than ${LENGTH_MAX} characters`;
    if (typeof each !== 'object' || each === null) continue;
    if (depth > SCHEMA_DEPTH_MAX) return `is nested deeper than ${SCHEMA_DEPTH_MAX} levels`;
    if (--parts < 0) return `has more than ${SUBSCHEMAS_MAX} parts`;
    const wrong = isRecord(each) ? check(each) : undefined;
    if (wrong !== undefined) return wrong;
    for (const member of Object.values(each) as Json[]) open.push({ value: member, depth: depth + 1 });
  }
  return undefined;
}

/** Of a text, or of the names of an object's members. */
function lengthOf(value: Json): number {
  if (typeof value === 'string') return value.length;
  return isRecord(value) ? Object.keys(value).reduce((sum, key) => sum + key.length, 0) : 0;
}

/** A property may have the name of a keyword: then its value is an object or list where the keyword has a text, and is none of ours. */
function keywordProblem(schema: JsonRecord): string | undefined {
  for (const keyword of REFERENCES) {
    const target = schema[keyword];
    if (typeof target === 'string' && !target.startsWith('#')) return 'refers to something outside itself';
  }
  for (const keyword of BRANCHING) {
    const branches = schema[keyword];
    if (Array.isArray(branches) && branches.length > BRANCHES_MAX)
      return `has more than ${BRANCHES_MAX} branches in \`${keyword}\``;
  }
  const { enum: values, pattern } = schema;
  if (Array.isArray(values) && values.length > ENUM_MAX) return `lists more than ${ENUM_MAX} values`;
  if (typeof pattern === 'string' && pattern.length > PATTERN_LENGTH_MAX) return 'has a pattern that is too long';
  return undefined;
}
