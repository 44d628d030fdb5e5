/**
 * Decoded views of a run: base 64, hex, percent, HTML entities, JSON and C escapes, UTF-16. A view is text plus the way back to the
 * run's own offsets. What does not decode to text is no view.
 */
import { bytesOfBase64, mayHideText, textOfBytes } from './base64.ts';

export interface View {
  /** How it was decoded: `base64`, `hex`, `percent`, `entities`, `escapes`, `utf16`. */
  readonly via: string;
  readonly text: string;
  /** Offsets in the run of what is `[start, end)` in the view. Base 64 and hex give the whole encoded stretch. */
  back(start: number, end: number): readonly [number, number];
}

/** Share of units that must be printable. */
const PRINTABLE_LEAST = 0.9;

function readsAsText(text: string): boolean {
  let printable = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if ((unit >= 32 && unit < 127) || unit === 9 || unit === 10 || unit === 13) printable += 1;
  }
  return text.length > 0 && printable >= text.length * PRINTABLE_LEAST;
}

/** Every second unit zero: UTF-16 read as bytes. */
function narrowed(text: string): string | undefined {
  const even = text.charCodeAt(0) === 0 ? 1 : 0;
  let narrow = '';
  for (let i = 0; i + 1 < text.length; i += 2) {
    if (text.charCodeAt(i + 1 - even) !== 0) return undefined;
    narrow += text.charAt(i + even);
  }
  return narrow.length >= 8 ? narrow : undefined;
}

function bytesView(via: string, bytes: Uint8Array | undefined, start: number, end: number): View | undefined {
  if (bytes === undefined) return undefined;
  const raw = textOfBytes(bytes);
  const text = readsAsText(raw) ? raw : narrowed(raw);
  return text !== undefined && readsAsText(text) ? { via, text, back: () => [start, end] } : undefined;
}

const BASE64_RUN = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
const HEX_RUN = /(?:[0-9A-Fa-f]{2}){16,}/g;

function base64Views(run: string): (View | undefined)[] {
  return [...run.matchAll(BASE64_RUN)].map(({ 0: found, index: start }) => {
    if (!mayHideText(found, 0)) return undefined;
    const tail = found.replace(/=+$/, '');
    return bytesView('base64', bytesOfBase64(tail.length % 4 === 1 ? tail.slice(0, -1) : tail), start, start + found.length);
  });
}

function hexBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

const hexViews = (run: string): (View | undefined)[] =>
  [...run.matchAll(HEX_RUN)].map(({ 0: found, index }) =>
    mayHideText(found, 0) ? bytesView('hex', hexBytes(found), index, index + found.length) : undefined,
  );

/** A view in which each code stands for one character, and the rest for itself. */
function codesView(via: string, run: string, codes: RegExp, charOf: (found: string) => string | undefined): View | undefined {
  const places: number[] = [];
  let [text, at, decoded] = ['', 0, 0];
  const keep = (to: number) => {
    for (; at < to; at++) {
      places.push(at);
      text += run.charAt(at);
    }
  };
  for (const match of run.matchAll(codes)) {
    const char = charOf(match[0]);
    if (char === undefined) continue;
    keep(match.index);
    for (let i = 0; i < char.length; i++) places.push(match.index);
    text += char;
    at = match.index + match[0].length;
    decoded += 1;
  }
  if (decoded === 0) return undefined;
  keep(run.length);
  places.push(run.length);
  return { via, text, back: (start, end) => [places[start] ?? 0, places[end] ?? run.length] };
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  equals: '=',
  colon: ':',
  sol: '/',
};
const point = (value: number): string | undefined => (value > 0 && value <= 0x10ffff ? String.fromCodePoint(value) : undefined);

function entity(found: string): string | undefined {
  const name = found.slice(1, -1);
  if (name.startsWith('#x') || name.startsWith('#X')) return point(Number.parseInt(name.slice(2), 16));
  return name.startsWith('#') ? point(Number(name.slice(1))) : ENTITIES[name];
}

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', '/': '/', '\\': '\\' };

function escape(found: string): string | undefined {
  const code = found.slice(1);
  if (/^u\{/.test(code)) return point(Number.parseInt(code.slice(2, -1), 16));
  if (/^[ux]./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
  return /^[0-7]{3}$/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : SIMPLE[code];
}

const ESCAPES = /\\(?:u\{[0-9A-Fa-f]{1,6}\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[0-3][0-7]{2}|[nrtbfv/\\])/g;

function utf16View(run: string): View | undefined {
  if (!run.includes('\0')) return undefined;
  return codesView('utf16', run, /\0/g, () => '');
}

/** Every view of one run. */
export function viewsOf(run: string): View[] {
  const views = [...base64Views(run), ...hexViews(run), utf16View(run)];
  if (run.includes('%'))
    views.push(
      codesView('percent', run, /%[0-9A-Fa-f]{2}/g, (found) => String.fromCharCode(Number.parseInt(found.slice(1), 16))),
    );
  if (run.includes('&')) views.push(codesView('entities', run, /&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[a-z]{2,6});/g, entity));
  if (/\\[ux0-3/]/.test(run)) views.push(codesView('escapes', run, ESCAPES, escape));
  return views.filter((view) => view !== undefined);
}
