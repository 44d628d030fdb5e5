/** Values as the styles of OpenAPI write them. Everything reserved is escaped, also where a document would allow it. */
import { isRecord, type Json } from '@countersign/kernel/json';
import type { Placed } from './operation.ts';

/** An argument that cannot be sent as it is; the text is for the caller. */
export class BadArgument extends Error {}

function escape(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new BadArgument('An argument holds half a character.');
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function textOf(value: Json | undefined, placed: Placed): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null) return '';
  throw new BadArgument(`\`${placed.argument}\` is nested deeper than its place allows.`);
}

const items = (values: readonly Json[], placed: Placed): string[] => values.map((value) => textOf(value, placed));
const pairs = (value: Readonly<Record<string, Json>>, placed: Placed): [string, string][] =>
  Object.entries(value).map(([name, one]) => [name, textOf(one, placed)]);

/** `name=value` pairs of a query, escaped and without `&`. */
export function queryPairs(placed: Placed, value: Json): string[] {
  const name = escape(placed.name);
  if (placed.json) return [`${name}=${escape(JSON.stringify(value))}`];
  if (Array.isArray(value)) {
    const texts = items(value as readonly Json[], placed).map(escape);
    return placed.explode && placed.style === 'form'
      ? texts.map((text) => `${name}=${text}`)
      : [`${name}=${texts.join(SEPARATORS[placed.style] ?? ',')}`];
  }
  if (!isRecord(value)) return [`${name}=${escape(textOf(value, placed))}`];
  const members = pairs(value, placed).map(([key, text]) => [escape(key), escape(text)] as const);
  if (placed.style === 'deepObject') return members.map(([key, text]) => `${name}%5B${key}%5D=${text}`);
  if (placed.explode) return members.map(([key, text]) => `${key}=${text}`);
  return [`${name}=${members.flat().join(SEPARATORS[placed.style] ?? ',')}`];
}

const SEPARATORS: Readonly<Record<string, string>> = { form: ',', spaceDelimited: '%20', pipeDelimited: '%7C' };

/** A value of a path, escaped. @throws BadArgument for one that would leave its place */
export function pathText(placed: Placed, value: Json): string {
  const texts = placed.json ? [JSON.stringify(value)] : parts(placed, value);
  for (const text of texts) checkPath(placed, text);
  return styled(placed, value, escape);
}

/** A value of a header. @throws BadArgument for one that no header can carry */
export function headerText(placed: Placed, value: Json): string {
  const text = placed.json ? JSON.stringify(value) : styled(placed, value, (one) => one);
  if (!/^[\x20-\x7e]*$/.test(text)) throw new BadArgument(`\`${placed.argument}\` has characters that no header can carry.`);
  return text;
}

function parts(placed: Placed, value: Json): string[] {
  if (Array.isArray(value)) return items(value as readonly Json[], placed);
  return isRecord(value) ? pairs(value, placed).flat() : [textOf(value, placed)];
}

/** `simple`, `label` and `matrix`, RFC 6570. */
function styled(placed: Placed, value: Json, write: (text: string) => string): string {
  if (placed.json) return write(JSON.stringify(value));
  const separator = placed.explode ? (STYLED[placed.style] ?? ',') : ',';
  const lead = STYLED[placed.style] ?? '';
  const name = placed.style === 'matrix' ? `${write(placed.name)}=` : '';
  if (Array.isArray(value)) {
    const texts = items(value as readonly Json[], placed).map(write);
    return placed.explode && name !== ''
      ? lead + texts.map((text) => name + text).join(separator)
      : lead + name + texts.join(separator);
  }
  if (!isRecord(value)) return lead + name + write(textOf(value, placed));
  const members = pairs(value, placed).map(([key, text]) => [write(key), write(text)] as const);
  if (placed.explode) return lead + members.map(([key, text]) => `${key}=${text}`).join(separator);
  return lead + name + members.flat().join(',');
}

const STYLED: Readonly<Record<string, string>> = { label: '.', matrix: ';' };

/** Escapes undone at most so often: servers and what is before them may each undo one. */
const UNESCAPES = 4;

function checkPath(placed: Placed, text: string): void {
  let plain = text;
  for (let round = 0; round < UNESCAPES; round += 1) {
    if (plain === '' || plain.includes('..') || plain === '.' || /[/\\\u0000-\u001f\u007f-\u009f]/.test(plain))
      throw new BadArgument(
        `\`${placed.argument}\` may not be empty and may not contain \`/\`, \`\\\`, \`..\` or control characters.`,
      );
    const next = unescaped(plain);
    if (next === plain) return;
    plain = next;
  }
  throw new BadArgument(`\`${placed.argument}\` is escaped too often.`);
}

function unescaped(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}
