/** Terminal escapes, after ECMA-48: control sequences (CSI), strings (OSC, DCS, APC, PM, SOS) and two-character ones. */

/** Longest string that is swallowed; beyond it only the introducer is reported. */
const STRING_UNITS_MAX = 1_900;
const CONTROL_UNITS_MAX = 80;

const CONTROL = /(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]/y;
const STRING = /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]{0,1900}(?:\x07|\x1b\\|\x9c)/y;
const SHORT = /\x1b[ -/]{0,4}[0-Z\\`-~]/y;
const COLOUR = /^(?:\x1b\[|\x9b)[0-9;:]{0,64}m$/;

const isStringStart = (text: string, at: number): boolean =>
  text.charCodeAt(at) === 0x1b ? /[\]PX^_]/.test(text[at + 1] ?? '') : /[\x90\x98\x9d-\x9f]/.test(text[at] ?? '');

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** Whether an escape may begin at this unit. */
export const isEscapeStart = (unit: number): boolean =>
  unit === 0x1b || unit === 0x9b || unit === 0x90 || unit === 0x98 || (unit >= 0x9d && unit <= 0x9f);

/** End of the escape at `at`; -1 where none is complete. */
export function escapeEnd(text: string, at: number): number {
  for (const pattern of [CONTROL, STRING]) {
    const end = endOf(pattern, text, at);
    if (end >= 0) return end;
  }
  if (isStringStart(text, at)) return at + (text.charCodeAt(at) === 0x1b ? 2 : 1);
  return endOf(SHORT, text, at);
}

/** Colours hide nothing and are in every log; links, clipboard writes and cursor moves are another matter. */
export const isColour = (escape: string): boolean => COLOUR.test(escape);

/** Whether text still to come could change how the escape at `at` ends. */
export function escapeOpen(text: string, at: number): boolean {
  const left = text.length - at;
  if (left > STRING_UNITS_MAX + 8) return false;
  if (left < 2) return true;
  if (isStringStart(text, at)) return endOf(STRING, text, at) < 0;
  return left <= CONTROL_UNITS_MAX && endOf(CONTROL, text, at) < 0 && endOf(SHORT, text, at) < 0;
}
