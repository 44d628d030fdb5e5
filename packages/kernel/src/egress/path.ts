/**
 * Paths as rules see them: one normal form or a refusal. A server may unescape, fold slashes or resolve dots before it looks; whatever it
 * could read in another way than we do is refused where a rule depends on the path.
 */

/** Long enough for signed addresses; more is a way to carry things out. */
export const TARGET_CHARS_MAX = 8_192;

export type TargetProblem = 'form' | 'too-long' | 'character' | 'escape' | 'dots' | 'slashes';

/** The request target of origin-form split in two. `strict` is set where the path has no other reading. */
export interface OriginTarget {
  /** From the leading slash up to the query. */
  readonly path: string;
  /** With its question mark; empty where there is none. */
  readonly query: string;
  /** Why a rule that names paths may not be decided on it. */
  readonly ambiguous: TargetProblem | undefined;
}

/** What RFC 9112 allows in a request target, and nothing that parsers are known to read differently. */
const TARGET = /^[!$&'()*+,./0-9:;=?@A-Z_a-z~%\-[\]{}|^`"]*$/;

/** @param text as it stands in the request line, from its first slash on */
export function originTarget(text: string): OriginTarget | TargetProblem {
  if (!text.startsWith('/')) return 'form';
  if (text.length > TARGET_CHARS_MAX) return 'too-long';
  if (!TARGET.test(text)) return 'character';
  const at = text.indexOf('?');
  const path = at === -1 ? text : text.slice(0, at);
  return { path, query: at === -1 ? '' : text.slice(at), ambiguous: ambiguity(path) };
}

export const isTarget = (value: OriginTarget | TargetProblem): value is OriginTarget => typeof value !== 'string';

/** Escapes of what splits, ends or climbs: control characters, dots, slashes, percent signs, `;`, `?` and `#` are read again by some server somewhere. */
const READ_AGAIN = /%(?![0-9a-fA-F]{2})|%(?:[01][0-9a-f]|7f|2e|2f|5c|25|3b|3f|23)/i;
/** Longer forms of ASCII than UTF-8 has, and letters that look like dots and slashes: some servers make the plain ones of them. */
const LOOKS_LIKE = /%(?:c[01]|e0%[89]|f0%8|ef%bc%(?:8e|8f|bc)|e2%(?:88%95|81%84|80%a4))/i;
/** Some servers take `;x` and spaces off a segment before they resolve dots. */
const DOTS = /^(?:%20)*\.{1,2}(?:%20)*(?:;|$)/;

function ambiguity(path: string): TargetProblem | undefined {
  if (READ_AGAIN.test(path) || LOOKS_LIKE.test(path)) return 'escape';
  if (path.includes('//')) return 'slashes';
  if (path.split('/').some((segment) => DOTS.test(segment))) return 'dots';
  return /["[\]^`{|}]/.test(path) ? 'character' : undefined;
}

/**
 * As the most generous server would read it: escapes of plain letters undone, in small letters, without what follows `;` or `:` in a segment
 * and without spaces and dots at its end. For the question whether a path could be meant by a rule, never for what it is.
 */
function generous(path: string): string {
  const plain = path.replace(/%([2-7][0-9a-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const segments = plain
    .toLowerCase()
    .split('/')
    .map((segment) => segment.replace(/[;:].*$/, '').replace(/[ .]+$/, ''));
  return segments.join('/').replace(/\/{2,}/g, '/');
}

/** True where some server would look for the path within the prefix, whatever `pathWithin` says. */
export const mayLieWithin = (path: string, prefix: string): boolean => pathWithin(generous(path), generous(prefix));

/** @param prefix `/simple/` covers what is below it; `/simple` covers itself, what is below it, and not `/simpler` */
export function pathWithin(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith('/') || path.length === prefix.length || path[prefix.length] === '/';
}
