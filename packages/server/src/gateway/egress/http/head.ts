/**
 * Heads of HTTP/1.1 messages, read in one way only. What another parser could read differently (bare line feeds, folded lines, spaces before a
 * colon, two lengths) is refused: the difference is where a second request hides.
 */

export type HeadProblem =
  | 'line' // a bare CR or LF, or no CRLF at all
  | 'start' // request or status line
  | 'version'
  | 'method'
  | 'header' // a name that is no token, a space before the colon, a folded line, `content_length`
  | 'value' // a control character
  | 'too-many'
  | 'length' // content-length twice, or no plain number
  | 'coding' // transfer-encoding that is not `chunked` alone
  | 'both'; // length and coding

export interface Header {
  /** As it came. */
  readonly name: string;
  /** Lower case. */
  readonly key: string;
  /** Without the white space around it; latin1. */
  readonly value: string;
}

/** How long a body is. `close`: until the connection ends, in answers only. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Minor version of HTTP/1. */
  readonly minor: 0 | 1;
  readonly headers: readonly Header[];
  readonly framing: Framing;
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly minor: 0 | 1;
  readonly headers: readonly Header[];
  /** As the headers say; `close` where they say nothing. */
  readonly framing: Framing;
}

const HEADERS_MAX = 128;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Methods are names in capitals; a longer one is none that a server knows. */
const METHOD = /^[A-Z][A-Z-]{0,23}$/;
const TARGET = /^[\x21-\x7e]+$/;
/** What a message is read by; some servers make no difference between a hyphen and an underscore. */
const READ_BY: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding']);
/** Control characters but tab. */
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const LENGTH = /^\d{1,15}$/;

export const isHeadProblem = (value: object | HeadProblem): value is HeadProblem => typeof value === 'string';

/** @param text latin1, up to and without the empty line */
export function requestHead(text: string): RequestHead | HeadProblem {
  const lines = linesOf(text);
  if (lines === undefined) return 'line';
  const [method = '', target = '', version = '', ...more] = (lines[0] ?? '').split(' ');
  if (more.length > 0 || !TARGET.test(target)) return 'start';
  if (!METHOD.test(method)) return 'method';
  const minor = minorOf(version);
  if (minor === undefined) return 'version';
  const headers = headersOf(lines);
  if (isHeadProblem(headers)) return headers;
  const framing = framingOf(headers, minor, { kind: 'none' });
  return isHeadProblem(framing) ? framing : { method, target, minor, headers, framing };
}

/** @param text latin1, up to and without the empty line */
export function responseHead(text: string): ResponseHead | HeadProblem {
  const lines = linesOf(text);
  if (lines === undefined) return 'line';
  const found = /^(HTTP\/1\.[01]) ([1-5]\d\d)(?: (.*))?$/.exec(lines[0] ?? '');
  if (found === null) return 'start';
  const [, version = '', status = '', reason = ''] = found;
  if (CONTROL.test(reason)) return 'start';
  const minor = minorOf(version) ?? 0;
  const headers = headersOf(lines);
  if (isHeadProblem(headers)) return headers;
  const framing = framingOf(headers, minor, { kind: 'close' });
  return isHeadProblem(framing) ? framing : { status: Number(status), reason, minor, headers, framing };
}

function linesOf(text: string): readonly string[] | undefined {
  const lines = text.split('\r\n');
  return lines.some((line) => line.includes('\r') || line.includes('\n')) ? undefined : lines;
}

const minorOf = (version: string): 0 | 1 | undefined => (version === 'HTTP/1.1' ? 1 : version === 'HTTP/1.0' ? 0 : undefined);

function headersOf(lines: readonly string[]): Header[] | HeadProblem {
  if (lines.length - 1 > HEADERS_MAX) return 'too-many';
  const headers: Header[] = [];
  for (const line of lines.slice(1)) {
    const at = line.indexOf(':');
    const name = line.slice(0, Math.max(at, 0));
    if (!TOKEN.test(name)) return 'header';
    const value = line.slice(at + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    if (CONTROL.test(value)) return 'value';
    const key = name.toLowerCase();
    if (READ_BY.has(key.replaceAll('_', '-')) && key.includes('_')) return 'header';
    headers.push({ name, key, value });
  }
  return headers;
}

function framingOf(headers: readonly Header[], minor: 0 | 1, otherwise: Framing): Framing | HeadProblem {
  const lengths = headers.filter(({ key }) => key === 'content-length');
  const codings = headers.filter(({ key }) => key === 'transfer-encoding');
  if (lengths.length > 0 && codings.length > 0) return 'both';
  if (lengths.length > 1 || lengths.some(({ value }) => !LENGTH.test(value))) return 'length';
  if (codings.length > 1 || codings.some(({ value }) => value.toLowerCase() !== 'chunked')) return 'coding';
  if (codings.length === 1) return minor === 1 ? { kind: 'chunked' } : 'coding';
  const [length] = lengths;
  return length === undefined ? otherwise : { kind: 'length', bytes: Number(length.value) };
}

/** All values of a header, in order. */
export const valuesOf = (headers: readonly Header[], key: string): readonly string[] =>
  headers.filter((header) => header.key === key).map(({ value }) => value);

/** Members of a header that is a list, lower case. */
export const listOf = (headers: readonly Header[], key: string): readonly string[] =>
  valuesOf(headers, key)
    .flatMap((value) => value.toLowerCase().split(','))
    .map((member) => member.trim())
    .filter((member) => member !== '');
