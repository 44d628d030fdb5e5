/** JSON that a server sent: read as every parser reads it, or not at all. */
import { isAscii, isUtf8 } from 'node:buffer';
import type { Json } from '@countersign/kernel/json';

/** Deeper nesting than any real answer has; walking it could exhaust the stack. */
export const DEPTH_MAX = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** @returns the value, or why it is refused */
export function readJson(bytes: Buffer): { readonly value: Json } | { readonly problem: string } {
  if (!isUtf8(bytes)) return { problem: 'not UTF-8' };
  const text = isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');
  const names = countNames(text);
  if (names === -1) return { problem: `nested more than ${DEPTH_MAX} levels deep` };
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { problem: 'not JSON' };
  }
  // `JSON.parse` keeps the last of two equal members: then there are fewer members than colons.
  return countMembers(value) === names ? { value } : { problem: 'an object names the same member twice' };
}

/** Colons outside strings, which is the number of members in the text of valid JSON; -1 where it is nested too deep. */
function countNames(text: string): number {
  let depth = 0;
  let names = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = closingQuote(text, at + 1);
    else if (code === COLON) names += 1;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > DEPTH_MAX) return -1;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return names;
}

function closingQuote(text: string, from: number): number {
  for (let at = from; ; ) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return text.length;
    let slashes = 0;
    while (quote - 1 - slashes >= from && text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return quote;
    at = quote + 1;
  }
}

function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item as Json);
    return count;
  }
  for (const item of Object.values(value)) count += 1 + countMembers(item as Json);
  return count;
}

/** Every string of a value replaced, member names included. */
export function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapStrings(item as Json, change));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [change(name), mapStrings(item as Json, change)]));
}
