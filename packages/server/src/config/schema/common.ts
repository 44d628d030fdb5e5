/** Words that several files share. Every schema is strict: a key that nobody reads would be a rule that nobody enforces. */
import { z } from 'zod';
import { DATA_CLASSES } from '../../ports/registry.ts';

export const Slug = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$/, 'must be lower case words joined by dashes, such as `payments-api`')
  .max(100);
/** Model ids and the like: what providers use. */
export const WireId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$/, 'must be an id without spaces');
export const PersonId = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$/, 'must be a lower case id, never a mail address')
  .max(64);
export const GroupRef = z.string().regex(/^(?:team|group):[a-z][a-z0-9-]*$/, 'must be a team or a group, such as `group:dba`');
export const DataClassName = z
  .enum(DATA_CLASSES)
  .describe('Data class, weakest first: public, internal, confidential, restricted.');
export const Sentence = z.string().min(8, 'must say something: at least 8 characters').max(1_000);

export const Duration = z
  .string()
  .regex(/^[1-9][0-9]{0,6}(?:ms|s|m|h|d)$/, 'must be a whole number with ms, s, m, h or d, such as `30m`')
  .describe('Duration such as 500ms, 90s, 30m, 8h or 7d.');

export const Instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, 'must be a time in UTC, such as `2026-12-31T00:00:00Z`')
  .refine((text) => isRealTime(text), 'is not a day that exists');

/** `Date.parse` rolls the 31st of February over; what comes back must be what was written. */
function isRealTime(text: string): boolean {
  const parsed = Date.parse(text);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString() === text.replace('Z', '.000Z');
}

/** Secrets never stand in a bundle: only where they are found. */
export const SecretRef = z
  .string()
  .regex(
    /^(?:env:[A-Z][A-Z0-9_]{0,99}|file:\/[^\s]{1,300})$/,
    'must be a reference, `env:NAME` or `file:/absolute/path`, never the secret itself',
  );

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** HTTPS, or plain HTTP to this machine; no credentials, query or fragment, no slash at the end. */
export const BaseUrl = z
  .string()
  .max(500)
  .refine(isBaseUrl, 'must be an https URL (http only to 127.0.0.1) without credentials, query or trailing slash');

export function isBaseUrl(text: string): boolean {
  // An empty query, an empty fragment and white space around it are forgiven by the parser, and would stand before every path that is put after it.
  if (!URL.canParse(text) || text.endsWith('/') || /[\s?#\\]/.test(text)) return false;
  const url = new URL(text);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  return secure && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

export const RelativePath = z
  .string()
  .regex(
    /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._@-]+(?:\/[A-Za-z0-9._@-]+)*$/,
    'must be a path below the repository, without `..` and without a slash at either end',
  )
  .max(300);

export const Environment = Slug.describe('One of the environments of countersign.yaml.');

export const ByteSize = z
  .string()
  .regex(/^[1-9][0-9]{0,5}(?:B|KiB|MiB)$/, 'must be a whole number with B, KiB or MiB, such as `256KiB`')
  .refine((text) => byteCount(text) <= BYTES_MAX, 'must be at most 64MiB')
  .describe('Size such as 900B, 256KiB or 4MiB.');

/** What a process holds in memory at once, for one call. */
const BYTES_MAX = 64 * 1_048_576;
const BYTE_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: 1_048_576 };

/** Bytes of a `ByteSize`. */
export function byteCount(text: string): number {
  const [, amount, unit] = /^(\d+)(B|KiB|MiB)$/.exec(text) ?? [];
  return Number(amount) * (BYTE_UNITS[unit ?? ''] ?? Number.NaN);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a `Duration`. */
export function durationMs(text: string): number {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
}
