/** Which code points show nothing, and by which rule they are reported. Sources: Unicode's Default_Ignorable_Code_Point and Cf. */

/** Units at which a character that shows nothing may begin; everything else is passed over at the speed of the pattern. */
export const SUSPECT =
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\udb40]/g;

const FIRST_TAG = 0xe0000;
const LAST_TAG = 0xe007f;
const FIRST_SUPPLEMENT = 0xe0100;
const LAST_SUPPLEMENT = 0xe01ef;
const FIRST_SELECTOR = 0xfe00;
const LAST_SELECTOR = 0xfe0f;

export const isTag = (point: number): boolean => point >= FIRST_TAG && point <= LAST_TAG;

export const isSelector = (point: number): boolean =>
  (point >= FIRST_SELECTOR && point <= LAST_SELECTOR) || (point >= FIRST_SUPPLEMENT && point <= LAST_SUPPLEMENT);

/** The byte that a variation selector stands for when text is smuggled in runs of them. */
export const selectorByte = (point: number): number =>
  point <= LAST_SELECTOR ? point - FIRST_SELECTOR : point - FIRST_SUPPLEMENT + 16;

/** Embeddings, overrides and isolates: they reorder what is shown. The marks (200E, 200F, 061C) only nudge, and count as invisible. */
const isBidi = (point: number): boolean => (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);

/** C0 without tab, newline and return; DEL; C1. */
const isControl = (point: number): boolean =>
  (point < 0x20 && point !== 9 && point !== 10 && point !== 13) || (point >= 0x7f && point <= 0x9f);

const INVISIBLE = new Set([
  0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xfeff, 0xffa0, 0xfff9, 0xfffa, 0xfffb,
]);
const inRange = (point: number, first: number, last: number): boolean => point >= first && point <= last;
const isInvisible = (point: number): boolean =>
  INVISIBLE.has(point) ||
  inRange(point, 0x180b, 0x180f) ||
  inRange(point, 0x200b, 0x200f) ||
  inRange(point, 0x2060, 0x2065) ||
  inRange(point, 0x206a, 0x206f) ||
  // Not assigned, and by the standard to be shown as nothing.
  inRange(point, 0xe0080, 0xe00ff);

/** Rule of a code point, or undefined for what may be seen. */
export function ruleOfPoint(point: number): string | undefined {
  if (isControl(point)) return 'control-character';
  if (isTag(point)) return 'tag-characters';
  if (isSelector(point)) return 'variation-selectors';
  if (isBidi(point)) return 'bidi-control';
  return isInvisible(point) ? 'invisible-character' : undefined;
}
