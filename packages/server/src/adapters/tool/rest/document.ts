/** An OpenAPI document: read, and its local references put in place. What would lead out of it is refused. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { parseDocument } from 'yaml';
import { Unusable } from './operation.ts';

const TEXT_CHARS_MAX = 8 * 1_024 * 1_024;
const ALIASES_MAX = 100;
/** Parts of one operation after all references are put in place. */
const PARTS_MAX = 20_000;
/** A schema that contains itself is cut here: anything goes below. */
const REFS_DEEP_MAX = 24;

/** @throws Unusable with what is wrong */
export function readDocument(text: string): JsonRecord {
  if (text.length > TEXT_CHARS_MAX) throw new Unusable('the document is too large');
  const parsed = parseDocument(text, { uniqueKeys: true, logLevel: 'silent', stringKeys: true });
  const [error] = parsed.errors;
  if (error !== undefined) throw new Unusable(`the document cannot be read: ${error.code}`);
  let value: unknown;
  try {
    value = JSON.parse(JSON.stringify(parsed.toJS({ maxAliasCount: ALIASES_MAX })));
  } catch {
    throw new Unusable('the document cannot be read');
  }
  if (!isRecord(value) || typeof value.openapi !== 'string' || !/^3\.[012]\.\d+/.test(value.openapi))
    throw new Unusable('the document is none of OpenAPI 3');
  return value;
}

/** Puts references of one operation in place. */
export class Refs {
  readonly #document: JsonRecord;
  #parts = 0;

  constructor(document: JsonRecord) {
    this.#document = document;
  }

  /** @throws Unusable for references that lead nowhere or out of the document, and for too much of everything */
  whole(value: Json, open: readonly string[] = []): Json {
    this.#parts += 1;
    if (this.#parts > PARTS_MAX) throw new Unusable('it is too large once its references are put in place');
    if (Array.isArray(value)) return value.map((item) => this.whole(item as Json, open));
    if (!isRecord(value)) return value;
    const { $ref: ref, ...rest } = value;
    if (typeof ref !== 'string') return this.#members(value, open);
    if (open.includes(ref) || open.length >= REFS_DEEP_MAX) return {};
    const target = this.whole(this.#find(ref), [...open, ref]);
    const beside = this.#members(rest, open);
    return isRecord(target) ? { ...target, ...beside } : target;
  }

  #members(record: JsonRecord, open: readonly string[]): JsonRecord {
    return Object.fromEntries(Object.entries(record).map(([name, item]) => [name, this.whole(item as Json, open)]));
  }

  #find(ref: string): Json {
    if (!ref.startsWith('#/')) throw new Unusable('it refers to another document');
    let at: Json | undefined = this.#document;
    for (const part of ref.slice(2).split('/')) {
      const name = decodePart(part);
      if (Array.isArray(at)) at = at[Number(name)] as Json | undefined;
      else at = isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined;
    }
    if (at === undefined) throw new Unusable('it refers to something that is not in the document');
    return at;
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    throw new Unusable('a reference in it is not well formed');
  }
}
