/** Contexts in which a character that shows nothing belongs to ordinary writing. */
import { pointAt, pointBefore, unitsOf } from './span.ts';

const of = (point: number): string => (point < 0 ? '' : String.fromCodePoint(point));

const PICTOGRAPH = /^\p{Extended_Pictographic}$/u;
const MODIFIER = /^\p{Emoji_Modifier}$/u;
const LETTER = /^\p{L}$/u;
const LOWER = /^\p{Ll}$/u;
/** Scripts in which joiners choose the form of letters. */
const JOINING =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Myanmar}\p{Script=Khmer}\p{Script=Tibetan}]$/u;
/** Written without spaces; the zero-width space marks where a line may break. */
const SPACELESS =
  /^[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Javanese}\p{Script=Balinese}\p{Nd}\p{Po}\p{Ps}\p{Pe}]$/u;
const SPACELESS_LETTER =
  /^[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Javanese}\p{Script=Balinese}]$/u;
/** The Arabic mark is of its script and no letter of it. */
const RIGHT_TO_LEFT =
  /(?!\u061c)[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const MONGOLIAN = /^[\p{Script=Mongolian}\u202f]$/u;
const HEBREW = /^\p{Script=Hebrew}$/u;
const JAMO = /^[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]$/u;
/** What the standard defines variants of: symbols, ideographs and a few scripts. Never a letter of an alphabet. */
const VARIANT_BASE =
  /^(?:\p{Extended_Pictographic}|[0-9#*]|[\p{Script=Han}\p{Script=Myanmar}\p{Script=Mongolian}\p{Script=Phags_Pa}\p{Script=Manichaean}]|[\u3000-\u303f\uff00-\uffef])$/u;
const SYMBOL = /^[\p{S}\p{Po}\p{Pd}]$/u;
const KEYCAP_BASE = /^[0-9#*]$/;

/** Units on either side of a direction mark that are looked at for a letter written from right to left. */
export const MARK_WINDOW = 32;

function joinerAllowed(text: string, start: number, end: number): boolean {
  let before = pointBefore(text, start);
  if (before === 0xfe0f) before = pointBefore(text, start - 1);
  const last = of(before);
  const next = of(pointAt(text, end));
  if (PICTOGRAPH.test(last) || MODIFIER.test(last)) return PICTOGRAPH.test(next);
  return JOINING.test(last);
}

function nonJoinerAllowed(text: string, start: number): boolean {
  return JOINING.test(of(pointBefore(text, start)));
}

function zeroSpaceAllowed(text: string, start: number, end: number): boolean {
  const last = of(pointBefore(text, start));
  const next = of(pointAt(text, end));
  return (
    (SPACELESS_LETTER.test(last) && (SPACELESS.test(next) || /^\s?$/.test(next))) ||
    (SPACELESS.test(last) && SPACELESS_LETTER.test(next))
  );
}

const markAllowed = (text: string, start: number, end: number): boolean =>
  RIGHT_TO_LEFT.test(text.slice(Math.max(0, start - MARK_WINDOW), start)) ||
  RIGHT_TO_LEFT.test(text.slice(end, end + MARK_WINDOW));

const between = (text: string, start: number, end: number, kind: RegExp): boolean =>
  kind.test(of(pointBefore(text, start))) && kind.test(of(pointAt(text, end)));

const INVISIBLE_CONTEXT: ReadonlyMap<number, (text: string, start: number, end: number) => boolean> = new Map([
  [0x200d, joinerAllowed],
  [0x200c, nonJoinerAllowed],
  [0x200b, zeroSpaceAllowed],
  [0x200e, markAllowed],
  [0x200f, markAllowed],
  [0x61c, markAllowed],
  [0x34f, (text: string, start: number) => HEBREW.test(of(pointBefore(text, start)))],
  [
    0xad,
    (text: string, start: number, end: number) => LETTER.test(of(pointBefore(text, start))) && LOWER.test(of(pointAt(text, end))),
  ],
  [0xfeff, (_: string, start: number) => start === 0],
  [0x115f, (text: string, _: number, end: number) => JAMO.test(of(pointAt(text, end)))],
  [0x1160, (text: string, start: number) => JAMO.test(of(pointBefore(text, start)))],
  ...[0x180b, 0x180c, 0x180d, 0x180e, 0x180f].map(
    (point) => [point, (text: string, start: number) => MONGOLIAN.test(of(pointBefore(text, start)))] as const,
  ),
  [0x2060, (text: string, start: number, end: number) => between(text, start, end, SPACELESS_LETTER)],
]);

const BLANK_CELL = /^\u2800+$/;
/** A dot pattern, or the edge of a line: pictures are drawn of dot patterns. */
const DRAWN = /^[\u2801-\u28ff\n\r]?$/;

/** Whether a run of empty dot patterns is part of a picture or of Braille. */
export const blankCellsAllowed = (text: string, start: number, end: number): boolean => {
  if (!BLANK_CELL.test(text.slice(start, end))) return false;
  const [before, after] = [text.slice(Math.max(0, start - 1), start), text.slice(end, end + 1)];
  return /[\u2801-\u28ff]/.test(before + after) || (DRAWN.test(before) && DRAWN.test(after));
};

/** Whether one invisible code point at `start` belongs where it stands. */
export function invisibleAllowed(text: string, start: number): boolean {
  const point = pointAt(text, start);
  return INVISIBLE_CONTEXT.get(point)?.(text, start, start + unitsOf(point)) ?? false;
}

/** One selector after something that has variants. */
export function selectorAllowed(text: string, start: number): boolean {
  const base = of(pointBefore(text, start));
  if (!VARIANT_BASE.test(base) && (base < '\x80' || !SYMBOL.test(base))) return false;
  // A digit has the two forms of a keycap and no others.
  return !KEYCAP_BASE.test(base) || [0xfe0e, 0xfe0f].includes(pointAt(text, start));
}

const BLACK_FLAG = 0x1f3f4;
const CANCEL_TAG = 0xe007f;
/** Region subtags have three to six letters or digits. */
const FLAG = /^[a-z]{2}[a-z0-9]{1,4}$/;

/** Whether a run of tag characters, spelling `spelled`, is the rest of a regional flag. */
export function flagAllowed(text: string, run: { readonly start: number; readonly end: number }, spelled: string): boolean {
  return pointBefore(text, run.start) === BLACK_FLAG && pointBefore(text, run.end) === CANCEL_TAG && FLAG.test(spelled);
}
