/** E-mail addresses, found from their `@`. Grammar: the dot-atoms of RFC 5322, with letters of any script, and domains of RFC 1035. */

const LOCAL_UNITS_MAX = 64;
const DOMAIN_UNITS_MAX = 253;
/** An address with all its parts. */
export const MAIL_UNITS_MAX = LOCAL_UNITS_MAX + 1 + DOMAIN_UNITS_MAX;

const LOCAL_UNIT = /[A-Za-z0-9._%+'\-\u00aa-\u024f\u0370-\u1fff\u3040-\ud7ff]/;
const DOMAIN_UNIT = /[A-Za-z0-9.\-\u00aa-\u024f\u0370-\u1fff\u3040-\ud7ff]/;
const LABEL = /^[^-].{0,62}$/;
const TOP = /^(?:[a-z\u00aa-\ud7ff]{2,24}|xn--[a-z0-9-]{2,50})$/i;
/** Endings of files that are written with an `@` in their names: `icon@2x.png`. */
const FILES = new Set([
  'png',
  'jpg',
  'jpeg',
  'gif',
  'svg',
  'webp',
  'avif',
  'css',
  'scss',
  'js',
  'mjs',
  'cjs',
  'ts',
  'tsx',
  'jsx',
  'json',
  'html',
  'xml',
  'txt',
  'tgz',
  'local',
  'service',
  'so',
  'lock',
  'yml',
  'yaml',
]);
/** RFC 2606 and RFC 6761: names that belong to nobody. */
const RESERVED = /(?:^|\.)(?:example(?:\.(?:com|net|org|edu))?|test|invalid|localhost)$/i;

export interface Mail {
  readonly start: number;
  readonly end: number;
  /** The domain is one that documents use. */
  readonly isReserved: boolean;
}

function localStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start <= LOCAL_UNITS_MAX && LOCAL_UNIT.test(text[start - 1] ?? '')) start -= 1;
  if (at - start > LOCAL_UNITS_MAX) return -1;
  while (start < at && /[.'%+-]/.test(text[start] ?? '')) start += 1;
  return start;
}

function domainEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && end - from <= DOMAIN_UNITS_MAX && DOMAIN_UNIT.test(text[end] ?? '')) end += 1;
  if (end - from > DOMAIN_UNITS_MAX) return -1;
  while (end > from && /[.-]/.test(text[end - 1] ?? '')) end -= 1;
  return end;
}

function domainFits(domain: string): boolean {
  const labels = domain.split('.');
  const top = labels.at(-1) ?? '';
  return (
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label) && !label.endsWith('-')) &&
    TOP.test(top) &&
    !FILES.has(top.toLowerCase())
  );
}

/** `scheme://user:password@host` and `git@host:path` are addresses of machines. */
function isMachine(text: string, { start, end }: { start: number; end: number }, local: string): boolean {
  if ((local === 'git' || local === 'hg') && (text[end] === ':' || text[end] === '/')) return true;
  const last = text[start - 1];
  return (last === ':' || last === '/') && /:\/\/[^\s/@]{0,64}$/.test(text.slice(Math.max(0, start - 68), start));
}

/** The address around the `@` at `at`, if it is one. */
export function mailAt(text: string, at: number): Mail | undefined {
  const start = localStart(text, at);
  const end = domainEnd(text, at + 1);
  if (start < 0 || start >= at || end <= at + 1) return undefined;
  const local = text.slice(start, at);
  const domain = text.slice(at + 1, end);
  if (local.includes('..') || local.endsWith('.') || !domainFits(domain) || text[end] === '@' || text[start - 1] === '@')
    return undefined;
  if (isMachine(text, { start, end }, local)) return undefined;
  return { start, end, isReserved: RESERVED.test(domain) };
}
