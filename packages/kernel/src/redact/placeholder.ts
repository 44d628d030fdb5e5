/**
 * What stands where something was taken out: `[REDACTED:<rule>:<tag>-<seal>]`. The tag, four hex digits of the keyed fingerprint, lets a
 * reader see that two are the same; the seal, four more over rule and tag, lets us know our own again. So a text that was redacted before
 * stays as it is, and a placeholder that somebody else wrote is escaped.
 */
import type { Hmac } from './fingerprint.ts';
import { shapeOf } from './secret/shape.ts';

const HEAD = '[REDACTED:';
const ESCAPED = '[REDACTED?:';
const WHOLE = /\[REDACTED:([a-z0-9-]{1,48}):([0-9a-f]{4})-([0-9a-f]{4})\]/y;
const SHAPE = shapeOf('\\[REDACTED:[a-z0-9\\-]{1,48}:[0-9a-f]{4}-[0-9a-f]{4}\\]');
const BEGUN = new RegExp(SHAPE.beginning, 'y');

const seal = (hmac: Hmac, rule: string, tag: string): string => hmac(`placeholder\0${rule}\0${tag}`).slice(0, 4);

export function placeholderOf(hmac: Hmac, rule: string, fingerprint: string): string {
  const tag = fingerprint.slice(0, 4);
  return `${HEAD}${rule}:${tag}-${seal(hmac, rule, tag)}]`;
}

/** A stretch that looks like a placeholder: one of ours, or the head of one that is not. */
export interface Likeness {
  readonly start: number;
  readonly end: number;
  readonly isOurs: boolean;
}

export function likenesses(text: string, hmac: Hmac): Likeness[] {
  const all: Likeness[] = [];
  for (let at = text.indexOf(HEAD); at >= 0; at = text.indexOf(HEAD, at + HEAD.length)) {
    WHOLE.lastIndex = at;
    const [whole, rule = '', tag = '', sealed] = WHOLE.exec(text) ?? [];
    const isOurs = whole !== undefined && seal(hmac, rule, tag) === sealed;
    all.push({ start: at, end: isOurs ? at + whole.length : at + HEAD.length, isOurs });
  }
  return all;
}

export const ESCAPED_HEAD = ESCAPED;

/** Where a placeholder begins that may still be completed; the text's length when none does. */
export function likenessBefore(text: string, least: number): number {
  for (let at = text.indexOf('[', Math.max(least, text.length - SHAPE.reach)); at >= 0; at = text.indexOf('[', at + 1)) {
    BEGUN.lastIndex = at;
    if (BEGUN.test(text)) return at;
  }
  return text.length;
}

const OURS = /\[REDACTED:[a-z0-9-]{1,48}:[0-9a-f]{4}-[0-9a-f]{4}\]/g;

/**
 * Puts values back for the placeholders that `values` knows; others stay. Only for the destination that the values came from, never for
 * text that a model or a person reads.
 */
export const restore = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(OURS, (found) => values.get(found) ?? found);
