/** What the build needs to know of an OpenAPI document: which operations it has, and that it is whole. Tools are made of it by the adapter. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { parse } from 'yaml';

/** Documents are part of the bundle, which every node holds in memory. */
export const DOCUMENT_BYTES_MAX = 2_097_152;
const ALIASES_MAX = 100;
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'];

export type ReadDocument =
  /** Methods in capitals by operationId. */
  | { readonly ok: true; readonly methods: ReadonlyMap<string, string> }
  /** `problem` ends a sentence: `is not OpenAPI 3`. */
  | { readonly ok: false; readonly problem: string };

const refuse = (problem: string): ReadDocument => ({ ok: false, problem });

export function readOpenApi(name: string, text: string): ReadDocument {
  if (Buffer.byteLength(text) > DOCUMENT_BYTES_MAX) return refuse(`is larger than ${DOCUMENT_BYTES_MAX} bytes`);
  const value = parsed(name, text);
  if (!isRecord(value)) return refuse('cannot be read');
  if (!/^3\.[0-9]+\.[0-9]+/.test(String(value['openapi']))) return refuse('is not OpenAPI 3');
  if (!isRecord(value['paths'])) return refuse('has no paths');
  const outside = foreignReference(value);
  if (outside !== undefined) return refuse(`refers to \`${outside.slice(0, 100)}\`, which is outside it`);
  return methodsOf(value['paths']);
}

function parsed(name: string, text: string): unknown {
  try {
    return name.endsWith('.json') ? JSON.parse(text) : parse(text, { maxAliasCount: ALIASES_MAX, logLevel: 'error' });
  } catch {
    return undefined;
  }
}

function methodsOf(paths: JsonRecord): ReadDocument {
  const methods = new Map<string, string>();
  for (const item of Object.values(paths)) {
    for (const method of METHODS) {
      const operation = isRecord(item) ? item[method] : undefined;
      const id = isRecord(operation) ? operation['operationId'] : undefined;
      if (typeof id !== 'string') continue;
      if (methods.has(id)) return refuse(`has the operation \`${id.slice(0, 100)}\` twice`);
      methods.set(id, method.toUpperCase());
    }
  }
  return { ok: true, methods };
}

/** Aliases of YAML make one object stand in several places, so each is looked at once. */
function foreignReference(value: Json): string | undefined {
  const seen = new Set<object>();
  const open: Json[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    const reference = isRecord(next) ? next['$ref'] : undefined;
    if (typeof reference === 'string' && !reference.startsWith('#')) return reference;
    for (const member of Object.values(next) as Json[]) open.push(member);
  }
  return undefined;
}
