/** JSON schemas of every generation, brought to what the validator of today takes. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { refuse } from './unreadable.ts';

const TYPE_LISTS = ['principalTypes', 'resourceTypes'];

/** Members that are null were left out once; a null list of types meant that nothing is named, which an empty one still says. */
function withoutNulls(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutNulls);
  if (!isRecord(json)) return json;
  return Object.fromEntries(
    Object.entries(json)
      .filter(([name, value]) => value !== null || TYPE_LISTS.includes(name))
      .map(([name, value]) => [name, value === null ? [] : withoutNulls(value)]),
  );
}

/** A schema as JSON, and what the validator is given for it. Throws UnreadableTest. */
export function jsonSchema(json: unknown): { readonly json: JsonRecord; readonly original: JsonRecord } {
  if (!isRecord(json)) return refuse('the schema is not an object');
  const schema = withoutNulls(json) as JsonRecord;
  return { json: schema, original: schema };
}
