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

function ambiguity(path: string): TargetProblem | undefined {
  // Escapes of dots, slashes, backslashes, percent signs, NUL and line breaks are read again by some server somewhere.
  if (/%(?![0-9a-fA-F]{2})|%(?:2e|2f|5c|25|00|0a|0d)/i.test(path)) return 'escape';
  if (path.includes('//')) return 'slashes';
  // Some servers take `;x` off a segment before they resolve dots.
  if (path.split('/').some((segment) => /^\.{1,2}(?:;|$)/.test(segment))) return 'dots';
  return /["[\]^`{|}]/.test(path) ? 'character' : undefined;
}

/** @param prefix `/simple/` covers what is below it; `/simple` covers itself, what is below it, and not `/simpler` */
export function pathWithin(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith('/') || path.length === prefix.length || path[prefix.length] === '/';
}
