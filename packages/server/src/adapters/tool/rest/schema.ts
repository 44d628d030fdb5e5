/** Schemas of OpenAPI 3 as JSON Schema 2020-12. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';

/** Keywords of OpenAPI that mean nothing in JSON Schema, or are prose for pages. */
const DROPPED: ReadonlySet<string> = new Set([
  'nullable',
  'discriminator',
  'xml',
  'externalDocs',
  'example',
  'examples',
  '$schema',
  '$id',
]);
/** Keywords whose value is data. */
const DATA: ReadonlySet<string> = new Set(['enum', 'const', 'default']);
/** Keywords whose value maps names to schemas. */
const MAPS: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);

/** @param request leaves out what only answers carry (`readOnly`); otherwise what only requests carry (`writeOnly`) */
export function jsonSchema(schema: Json | undefined, request: boolean): JsonRecord {
  const converted = convert(schema ?? {}, request);
  return isRecord(converted) ? converted : {};
}

function convert(schema: Json, request: boolean): Json {
  if (Array.isArray(schema)) return schema.map((item) => convert(item as Json, request));
  if (!isRecord(schema)) return schema;
  const out: Record<string, Json> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (DROPPED.has(keyword) || keyword.startsWith('x-')) continue;
    if (DATA.has(keyword)) out[keyword] = value;
    else if (MAPS.has(keyword) && isRecord(value)) out[keyword] = convertMap(value, request);
    else out[keyword] = convert(value, request);
  }
  withoutHidden(out);
  oldBounds(out);
  return schema.nullable === true ? orNull(out) : out;
}

function convertMap(map: JsonRecord, request: boolean): JsonRecord {
  const hidden = request ? 'readOnly' : 'writeOnly';
  const kept = Object.entries(map).filter(([, child]) => !(isRecord(child) && child[hidden] === true));
  return Object.fromEntries(kept.map(([name, child]) => [name, convert(child as Json, request)]));
}

/** Members that were left out cannot be required. */
function withoutHidden(schema: Record<string, Json>): void {
  const { required, properties } = schema;
  if (!Array.isArray(required) || !isRecord(properties)) return;
  const left = required.filter((name) => typeof name === 'string' && Object.hasOwn(properties, name));
  if (left.length === 0) delete schema.required;
  else schema.required = left as Json[];
}

/** In OpenAPI 3.0 an exclusive bound is a flag beside the bound. */
function oldBounds(schema: Record<string, Json>): void {
  for (const [flag, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    const value = schema[flag];
    if (typeof value !== 'boolean') continue;
    delete schema[flag];
    const limit = schema[bound];
    if (!value || limit === undefined) continue;
    schema[flag] = limit;
    delete schema[bound];
  }
}

function orNull(schema: Record<string, Json>): JsonRecord {
  if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  const type = [schema.type, 'null'];
  return Array.isArray(schema.enum)
    ? { ...schema, type, enum: [...(schema.enum as readonly Json[]), null] }
    : { ...schema, type };
}
