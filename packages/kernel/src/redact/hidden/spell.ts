/** What hidden characters spell. */
import { utf8Text } from './utf8-text.ts';
import { isSelector, isTag, selectorByte } from './points.ts';

/** Runs shorter than this spell nothing that is worth telling. */
const BITS_MIN = 16;
const PRINTABLE = /^[\t\n\r\x20-\x7e]+$/;

/** Tag characters stand for ASCII, each for the one 0xE0000 below it; begin and cancel are left out. */
export function spellTags(run: string): string {
  let spelled = '';
  for (const unit of run) {
    const low = (unit.codePointAt(0) ?? 0) & 0x7f;
    if (low >= 0x20 && low < 0x7f) spelled += String.fromCharCode(low);
  }
  return spelled;
}

/** Selectors stand for bytes; the bytes are read as UTF-8. */
function spellSelectors(run: string): string {
  const bytes: number[] = [];
  for (const unit of run) bytes.push(selectorByte(unit.codePointAt(0) ?? 0));
  return utf8Text(bytes);
}

/** Two invisible characters that stand for 0 and 1, eight to a character; either may be the 0. */
function spellBits(run: string): string {
  const [zero, one, more] = new Set(run);
  if (run.length < BITS_MIN || run.length % 8 !== 0 || one === undefined || more !== undefined) return '';
  for (const mark of [one, zero]) {
    let spelled = '';
    for (let at = 0; at < run.length; at += 8) {
      let value = 0;
      for (let bit = 0; bit < 8; bit += 1) value = value * 2 + (run[at + bit] === mark ? 1 : 0);
      spelled += String.fromCharCode(value);
    }
    if (PRINTABLE.test(spelled)) return spelled;
  }
  return '';
}

/** What a run of characters of one rule spells; empty where nothing is known to be spelled. */
export function spell(run: string): string {
  const first = run.codePointAt(0) ?? 0;
  if (isTag(first)) return spellTags(run);
  return isSelector(first) ? spellSelectors(run) : spellBits(run);
}
