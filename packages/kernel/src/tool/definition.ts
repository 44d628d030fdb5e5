/**
 * What an agent is ever shown of a tool, and nothing else: everything that a server sends beside these members is dropped before it is
 * hashed and before it is exposed. `icons` are addresses that a client would fetch; `execution` exists in one era of the protocol only.
 */
import { isRecord, type Json, type JsonRecord } from '../json.ts';
import { schemaProblem, sizeProblem } from './schema.ts';

/** Members that count, in the order in which they are shown. */
export const DEFINITION_MEMBERS = [
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
  '_meta',
] as const;

/** Characters of a name, as the protocol has it. */
const TOOL_NAME_LENGTH_MAX = 128;
/** A description is read by people and paid for by every agent that sees it. */
const DESCRIPTION_LENGTH_MAX = 16_384;

const NO_SCHEMA: JsonRecord = Object.freeze({ type: 'object' });

export type ReadDefinition =
  | { readonly ok: true; readonly name: string; readonly definition: JsonRecord }
  /** `name` is what can be shown of it. `reason` is a public sentence. */
  | { readonly ok: false; readonly name: string; readonly reason: string };

/** The members that count of a tool as a server sent it, or why it can never be shown. A missing input schema takes no arguments. */
export function readDefinition(raw: unknown): ReadDefinition {
  const given = isRecord(raw) ? raw['name'] : undefined;
  const name = typeof given === 'string' ? given : '';
  const refuse = (reason: string): ReadDefinition => ({ ok: false, name: name.slice(0, TOOL_NAME_LENGTH_MAX), reason });
  if (!isRecord(raw)) return refuse('It is not an object.');
  if (name === '') return refuse('It has no name.');
  if (name.length > TOOL_NAME_LENGTH_MAX) return refuse(`Its name is longer than ${TOOL_NAME_LENGTH_MAX} characters.`);
  const picked: Record<string, Json> = {};
  for (const member of DEFINITION_MEMBERS) {
    const value = raw[member];
    // A member that is null says nothing, as one that is absent.
    if (value !== undefined && value !== null) picked[member] = value;
  }
  picked['inputSchema'] ??= NO_SCHEMA;
  const wrong = memberProblem(picked);
  return wrong === undefined ? { ok: true, name, definition: picked } : refuse(wrong);
}

function memberProblem(picked: JsonRecord): string | undefined {
  for (const member of ['title', 'description'] as const) {
    const value = picked[member];
    if (value !== undefined && typeof value !== 'string') return `Its ${member} is not a text.`;
    if (typeof value === 'string' && value.length > DESCRIPTION_LENGTH_MAX)
      return `Its ${member} is longer than ${DESCRIPTION_LENGTH_MAX} characters.`;
  }
  for (const member of ['annotations', '_meta'] as const) {
    const value = picked[member];
    if (value === undefined) continue;
    if (!isRecord(value)) return `Its ${member} is not an object.`;
    const wrong = sizeProblem(value);
    if (wrong !== undefined) return `Its ${member} ${wrong}.`;
  }
  return schemasProblem(picked);
}

function schemasProblem(picked: JsonRecord): string | undefined {
  const input = picked['inputSchema'];
  if (!isRecord(input) || input['type'] !== 'object') return 'Its input schema does not describe an object.';
  for (const member of ['inputSchema', 'outputSchema'] as const) {
    const schema = picked[member];
    if (schema === undefined) continue;
    const wrong = schemaProblem(schema);
    if (wrong !== undefined) return `Its ${member === 'inputSchema' ? 'input' : 'output'} schema ${wrong}.`;
  }
  return undefined;
}

/** The definition as agents get it: under its exposed name, without the server's own `_meta`. */
export function exposedDefinition(definition: JsonRecord, exposed: string): JsonRecord {
  const shown: Record<string, Json> = {};
  for (const member of DEFINITION_MEMBERS) {
    const value = definition[member];
    if (member !== '_meta' && value !== undefined) shown[member] = member === 'name' ? exposed : value;
  }
  return shown;
}
