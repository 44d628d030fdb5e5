/** Characters that show nothing: runs of one rule each, without those that belong to ordinary writing. */
import { blankCellsAllowed, flagAllowed, invisibleAllowed, MARK_WINDOW, selectorAllowed } from './allowed.ts';
import { escapeEnd, escapeOpen, isColour, isEscapeStart } from './escapes.ts';
import { ruleOfPoint, SUSPECT } from './points.ts';
import { type HiddenSpan, pointAt, pointBefore, unitsOf } from './span.ts';
import { spell } from './spell.ts';

/** A longer run is reported in pieces of this length, counted from its start. */
const RUN_UNITS_MAX = 1_024;
const DIRECTION_MARK = /[\u200e\u200f\u061c]/g;

/** End of the run of one rule that begins at `start`; at most `RUN_UNITS_MAX` away. */
function runEnd(text: string, start: number, rule: string): number {
  let end = start;
  while (end - start < RUN_UNITS_MAX) {
    const point = pointAt(text, end);
    if (point < 0 || ruleOfPoint(point) !== rule || (end > start && isEscapeStart(point))) break;
    end += unitsOf(point);
  }
  return end;
}

function isAllowed(text: string, span: HiddenSpan): boolean {
  const single = span.end - span.start === unitsOf(pointAt(text, span.start));
  if (span.rule === 'invisible-character')
    return (single && invisibleAllowed(text, span.start)) || blankCellsAllowed(text, span.start, span.end);
  if (span.rule === 'variation-selectors') return single && selectorAllowed(text, span.start);
  return span.rule === 'tag-characters' && flagAllowed(text, span, span.spelled ?? '');
}

function escapeSpan(text: string, start: number): HiddenSpan | undefined {
  if (!isEscapeStart(text.charCodeAt(start))) return undefined;
  const end = escapeEnd(text, start);
  if (end < 0) return undefined;
  return { rule: 'terminal-escape', start, end, confidence: isColour(text.slice(start, end)) ? 1 : 3 };
}

/** The run at `start`, or undefined where the unit there shows something. */
function spanAt(text: string, start: number): HiddenSpan | undefined {
  const escape = escapeSpan(text, start);
  if (escape !== undefined) return escape;
  const rule = ruleOfPoint(pointAt(text, start));
  if (rule === undefined) return undefined;
  const end = runEnd(text, start, rule);
  const spelled = end - start > 1 && rule !== 'control-character' ? spell(text.slice(start, end)) : '';
  return { rule, start, end, confidence: 3, ...(spelled === '' ? {} : { spelled }) };
}

/** Every run in order; `allowed` where it belongs to ordinary writing. */
export function eachCharacterSpan(text: string, emit: (span: HiddenSpan, allowed: boolean) => void): void {
  for (let at = 0; ; ) {
    SUSPECT.lastIndex = at;
    const found = SUSPECT.exec(text);
    if (found === null) return;
    const span = spanAt(text, found.index);
    if (span !== undefined) emit(span, isAllowed(text, span));
    at = span?.end ?? found.index + 1;
  }
}

/** Start of the piece of a run that reaches the end of the text (but for half a character), or the text's length. */
function trailingRun(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  let end = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
  const held = end;
  let start = end;
  let rule: string | undefined;
  while (end > 0) {
    const point = pointBefore(text, end);
    const here = ruleOfPoint(point);
    if (here === undefined || (rule !== undefined && here !== rule)) break;
    rule = here;
    start = end - unitsOf(point);
    end = start;
    if (isEscapeStart(point)) break;
  }
  if (rule === undefined) return held;
  for (let end = runEnd(text, start, rule); end < held; end = runEnd(text, start, rule)) start = end;
  return start;
}

const ESCAPE_TAIL = 2_048;

/** The first escape near the end that is not complete. */
function openEscape(text: string): number {
  const from = Math.max(0, text.length - ESCAPE_TAIL);
  for (let at = from; at < text.length; at += 1) {
    if (isEscapeStart(text.charCodeAt(at)) && escapeOpen(text, at)) return at;
  }
  return text.length;
}

function openMark(text: string): number {
  const from = Math.max(0, text.length - MARK_WINDOW - 2);
  DIRECTION_MARK.lastIndex = from;
  return DIRECTION_MARK.exec(text)?.index ?? text.length;
}

/** The earliest position that more text could still change. */
export const charactersOpen = (text: string): number => Math.min(trailingRun(text), openEscape(text), openMark(text));
