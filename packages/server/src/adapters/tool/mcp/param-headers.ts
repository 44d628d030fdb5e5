/** `x-mcp-header`: arguments that are mirrored in headers. Rules of MCP 2026-07-28, streamable HTTP. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';

export interface ParamHeader {
  readonly header: string;
  /** Member names from the arguments down. */
  readonly path: readonly string[];
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: ReadonlySet<Json | undefined> = new Set(['string', 'integer', 'boolean']);
const KEY = 'x-mcp-header';

/** @returns the declarations, or the public reason why the tool has to be dropped */
export function paramHeaders(schema: JsonRecord): readonly ParamHeader[] | string {
  const found: ParamHeader[] = [];
  const seen = new Set<string>();
  const problem = visit(schema, [], { found, seen });
  if (problem !== undefined) return problem;
  // One that no chain of `properties` leads to was not visited.
  return countKeys(schema) === found.length ? found : 'x-mcp-header stands where only a chain of properties may lead';
}

function visit(
  schema: JsonRecord,
  path: readonly string[],
  into: { found: ParamHeader[]; seen: Set<string> },
): string | undefined {
  const header = schema[KEY];
  if (header !== undefined) {
    const problem =
      faultOf(header, schema, path) ??
      (into.seen.has(String(header).toLowerCase()) ? 'x-mcp-header names a header twice' : undefined);
    if (problem !== undefined) return problem;
    into.seen.add(String(header).toLowerCase());
    into.found.push({ header: String(header), path });
  }
  if (!isRecord(schema.properties)) return undefined;
  for (const [name, child] of Object.entries(schema.properties)) {
    const problem = isRecord(child) ? visit(child, [...path, name], into) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function faultOf(header: Json, schema: JsonRecord, path: readonly string[]): string | undefined {
  if (path.length === 0) return 'x-mcp-header stands at the root of the schema';
  if (typeof header !== 'string' || !TOKEN.test(header)) return 'x-mcp-header is no header name';
  return TYPES.has(schema.type) ? undefined : 'x-mcp-header is on something else than a string, an integer or a boolean';
}

/** Keywords whose value is data or a map of names, where the word would not be the keyword. */
const DATA: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);
const MAPS: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

function countKeys(schema: Json): number {
  if (Array.isArray(schema)) return schema.reduce((sum: number, item: Json) => sum + countKeys(item), 0);
  if (!isRecord(schema)) return 0;
  let count = schema[KEY] === undefined ? 0 : 1;
  for (const [keyword, value] of Object.entries(schema)) {
    if (DATA.has(keyword)) continue;
    if (MAPS.has(keyword) && isRecord(value)) for (const child of Object.values(value)) count += countKeys(child as Json);
    else count += countKeys(value as Json);
  }
  return count;
}

/** Name, value, ...; a member that is absent or null has no header. */
export function paramHeaderValues(declared: readonly ParamHeader[], args: Json | undefined): string[] {
  const headers: string[] = [];
  for (const { header, path } of declared) {
    let value: Json | undefined = args;
    for (const name of path) value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value)))
      headers.push(`mcp-param-${header.toLowerCase()}`, headerValue(String(value)));
  }
  return headers;
}

/** As it is where a header can carry it, else base64 in the protocol's frame. */
export function headerValue(text: string): string {
  const framed = text.startsWith('=?base64?') && text.endsWith('?=');
  if (!framed && /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(text)) return text;
  return `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}
