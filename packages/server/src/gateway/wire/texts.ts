/** Every string of a JSON body, decoded, with its place in the bytes. Nothing is parsed a second time. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { ParsedBody } from './parse.ts';

export interface BodyText {
  readonly text: string;
  /** Byte offsets of what stands between the quotes. */
  readonly start: number;
  readonly end: number;
  /** The object that holds it, directly or through arrays; for a name, the object that it belongs to. */
  readonly parent: JsonRecord;
  /** Name of the member; of the nearest one for an element of an array. */
  readonly key: string;
  readonly isName: boolean;
}

/** `parent` and `key` of what is visited; returned from `enter` to say what holds below, and handed to every visit there. */
export interface TextVisitor<C> {
  /** Called for each object, with what held above it. */
  enter(object: JsonRecord, key: string, above: C): C;
  visit(text: BodyText, context: C): void;
}

/** Calls the visitor for each name and string of the body, in the order of the bytes. @param top what holds at the top */
export function eachText<C>(body: ParsedBody, visitor: TextVisitor<C>, top: C): void {
  new Walk(body, visitor).object(body.json, '', top);
}

class Walk<C> {
  readonly #body: ParsedBody;
  readonly #visitor: TextVisitor<C>;
  /** Of the next string, in `scan.strings`. */
  #at = 0;

  constructor(body: ParsedBody, visitor: TextVisitor<C>) {
    this.#body = body;
    this.#visitor = visitor;
  }

  object(object: JsonRecord, key: string, above: C): void {
    const context = this.#visitor.enter(object, key, above);
    const names = Object.keys(object);
    // `JSON.parse` lists names that are numbers first; the bytes then say which one comes.
    const isReordered = this.#body.scan.hasDigitNames;
    for (const listed of names) {
      const name = isReordered ? this.#nextName() : listed;
      this.#take(name, { parent: object, key: name, isName: true }, context);
      this.#value(object[name], { parent: object, key: name, isName: false }, context);
    }
  }

  #value(value: unknown, where: Pick<BodyText, 'parent' | 'key' | 'isName'>, context: C): void {
    if (typeof value === 'string') this.#take(value, where, context);
    else if (Array.isArray(value)) for (const item of value as readonly unknown[]) this.#value(item, where, context);
    else if (typeof value === 'object' && value !== null) this.object(value as JsonRecord, where.key, context);
  }

  #take(text: string, { parent, key, isName }: Pick<BodyText, 'parent' | 'key' | 'isName'>, context: C): void {
    const { strings } = this.#body.scan;
    const [start = 0, end = 0] = [strings[this.#at], strings[this.#at + 1]];
    this.#at += 2;
    this.#visitor.visit({ text, start, end, parent, key, isName }, context);
  }

  #nextName(): string {
    const { strings } = this.#body.scan;
    const raw = this.#body.bytes.toString('utf8', strings[this.#at], strings[this.#at + 1]);
    return raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
  }
}

export interface TextEdit {
  readonly start: number;
  readonly end: number;
  /** What stands there from now on, decoded. */
  readonly text: string;
}

/** Replaces strings where they stand; every other byte stays. @param edits in the order of the bytes, none overlapping */
export function spliceTexts(bytes: Buffer, edits: readonly TextEdit[]): Buffer {
  if (edits.length === 0) return bytes;
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, text } of edits) {
    parts.push(bytes.subarray(at, start), Buffer.from(JSON.stringify(text).slice(1, -1)));
    at = end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}
