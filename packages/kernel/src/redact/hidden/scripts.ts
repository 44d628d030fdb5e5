/** Words that mix alphabets so that one letter poses as another. */
import type { TextPlace } from '../detector.ts';
import type { HiddenSpan } from './span.ts';

/** A longer run of letters is no word. */
const WORD_UNITS_MAX = 64;
const LETTERS_MIN = 4;

/** Two alphabets side by side; only then is the word looked at. */
const JUNCTION =
  /[A-Za-z\u00c0-\u024f][\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u13a0-\u13ff\uab70-\uabbf]|[\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u13a0-\u13ff\uab70-\uabbf][A-Za-z\u00c0-\u024f]/g;
const WORD_UNIT = /[A-Za-z0-9_\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u13a0-\u13ff\uab70-\uabbf\uff21-\uff5a]/;
/** The mathematical alphabets, full-width and circled letters: drawn differently, read the same. */
const STYLED = /(?:\ud835[\udc00-\udfff]){4,32}|[\uff21-\uff3a\uff41-\uff5a]{4,64}|[\u24b6-\u24e9]{4,64}/g;

/** Letters that pose as Latin ones. Source: Unicode's confusables, those that are alike in common typefaces. */
export const LATIN_LOOKALIKES: ReadonlyMap<string, string> = new Map(
  (
    'аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw ѵv ӏl ԍg ɡg ոn օo սu հh ցg զq АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS Ԍg ԜW ' +
    'οo αa νv ιi ρp υu κk τt γy ϲc ϳj ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎫJ ᏦK ᏞL ᎷM ᏢP ᏒR ᏚS ᎢT ᏙV ᎳW ᏃZ'
  )
    .split(' ')
    .map((pair) => [pair.slice(0, 1), pair.slice(1)] as const),
);
/** Latin letters that pose as Cyrillic or Greek ones. */
const POSING_LATIN = /^[aceopxyijsABCEHIKMOPTXYZNS]+$/;
const LATIN = /[A-Za-z\u00c0-\u024f]/;
/** An abbreviation in capitals with an ending of the surrounding language. */
const INFLECTED = /^[A-Z]{2,}[\u0400-\u04ff]{1,4}$/;

/** Whether a word of two alphabets is one that poses as a word of one. */
function isPosing(word: string, place: TextPlace): boolean {
  const letters = Array.from(word).filter((unit) => !/[0-9_]/.test(unit));
  const latin = letters.filter((unit) => LATIN.test(unit));
  const other = letters.filter((unit) => !LATIN.test(unit));
  if (latin.length === 0 || other.length === 0) return false;
  // Where names are defined, no word has two alphabets, but for a unit of measure or a formula.
  if (letters.length < LETTERS_MIN) return false;
  if (INFLECTED.test(word) && place !== 'definition') return false;
  if (other.every((unit) => LATIN_LOOKALIKES.has(unit))) return true;
  return other.length > latin.length && latin.every((unit) => POSING_LATIN.test(unit));
}

function wordAround(text: string, at: number, floor: number): { start: number; end: number } {
  let start = at;
  while (start > floor && WORD_UNIT.test(text[start - 1] ?? '')) start -= 1;
  let end = at + 1;
  while (end < text.length && WORD_UNIT.test(text[end] ?? '')) end += 1;
  return { start, end };
}

/** Words with look-alike letters; where tools are defined also letters of other typefaces. */
export function eachScriptSpan(text: string, place: TextPlace, emit: (span: HiddenSpan) => void): void {
  let floor = 0;
  for (;;) {
    JUNCTION.lastIndex = floor;
    const found = JUNCTION.exec(text);
    if (found === null) break;
    const { start, end } = wordAround(text, found.index, floor);
    floor = end;
    if (end - start <= WORD_UNITS_MAX && isPosing(text.slice(start, end), place))
      emit({ rule: 'mixed-script', start, end, confidence: 2 });
  }
  if (place !== 'definition') return;
  STYLED.lastIndex = 0;
  for (let found = STYLED.exec(text); found !== null; found = STYLED.exec(text))
    emit({ rule: 'styled-letters', start: found.index, end: STYLED.lastIndex, confidence: 2 });
}

/** Start of a word that reaches the end of the text. */
export function scriptsOpen(text: string): number {
  let at = text.length;
  while (at > 0 && text.length - at <= WORD_UNITS_MAX * 2 && isPart(text, at - 1)) at -= 1;
  return at;
}

const isPart = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  return WORD_UNIT.test(text[at] ?? '') || (unit >= 0xd800 && unit <= 0xdfff) || (unit >= 0x24b6 && unit <= 0x24e9);
};
