/** Tools that cannot be passed on, with the public reason. The rest goes through as the server sent it. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { paramHeaders } from './param-headers.ts';

const NAME_CHARS_MAX = 256;
const DEFINITION_CHARS_MAX = 256 * 1_024;
const SUBSCHEMAS_MAX = 5_000;

export interface Screened {
  readonly tools: readonly JsonRecord[];
  readonly dropped: readonly { readonly name: string; readonly reason: string }[];
}

export function screenTools(tools: readonly JsonRecord[]): Screened {
  const kept: JsonRecord[] = [];
  const dropped: { name: string; reason: string }[] = [];
  const names = new Set<string>();
  for (const tool of tools) {
    const name = typeof tool.name === 'string' ? tool.name.slice(0, NAME_CHARS_MAX) : '';
    const reason = names.has(name) ? 'the server lists another tool of this name' : faultOf(tool, name);
    names.add(name);
    if (reason === undefined) kept.push(tool);
    else dropped.push({ name, reason });
  }
  return { tools: kept, dropped };
}

function faultOf(tool: JsonRecord, name: string): string | undefined {
  if (name === '' || name !== tool.name) return 'the tool has no name, or one that is too long';
  const { inputSchema: input, outputSchema: output } = tool;
  if (!isRecord(input)) return 'the tool has no schema for its arguments';
  if (output !== undefined && !isRecord(output)) return 'the schema for its result is none';
  if (JSON.stringify(tool).length > DEFINITION_CHARS_MAX) return 'the definition is too large';
  const headers = paramHeaders(input);
  if (typeof headers === 'string') return headers;
  return refFault(input) ?? (output === undefined ? undefined : refFault(output));
}

/** References leave the document only where somebody wants to be asked. */
function refFault(schema: JsonRecord): string | undefined {
  let count = 0;
  const walk = (value: Json): string | undefined => {
    if (Array.isArray(value)) return first(value as readonly Json[]);
    if (!isRecord(value)) return undefined;
    count += 1;
    if (count > SUBSCHEMAS_MAX) return 'the schema has too many parts';
    for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
      const ref = value[keyword];
      if (typeof ref === 'string' && !ref.startsWith('#')) return 'the schema refers to another document';
    }
    return first(Object.values(value));
  };
  const first = (values: readonly Json[]): string | undefined => {
    for (const value of values) {
      const reason = walk(value);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
  return walk(schema);
}
