/** Personal data by format: what has a check digit is checked, what has none is held to its form. Names and postal addresses need more than form, and are not claimed. */
import type { DetectOptions, Detector, Hit } from '../detector.ts';
import { isBase58Address, isBech32Address, isEthereumAddress } from './coin.ts';
import { IBAN_UNITS_MAX, ibanEnd } from './iban.ts';
import { isIpv6, isMac } from './ip.ts';
import { MAIL_UNITS_MAX, mailAt } from './mail.ts';
import { eachInRun, nationalIdAt, type Personal } from './number.ts';
import { isWhole, isWord, runAt } from './run.ts';
import { PERSONAL_RULES } from './rules.ts';

const AT = 64;
const COLON = 58;
const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;
const isAlnum = (unit: number): boolean => isDigit(unit) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);

type Emit = (found: Personal) => void;

/** Longest word that may be an address of a coin. */
const WORD_UNITS_MAX = 90;

function coinOf(word: string): Pick<Personal, 'confidence' | 'validator'> | undefined {
  if (/^[13LMD]/.test(word) && isBase58Address(word)) return { confidence: 3, validator: 'base58check' };
  if (/^(?:bc|tb|bcrt|ltc|tltc)1/i.test(word) && isBech32Address(word)) return { confidence: 3, validator: 'bech32' };
  return isEthereumAddress(word) ? { confidence: 2 } : undefined;
}

/** Words of letters and digits: IBAN, coins, ids with letters. @returns where to go on */
function inWord(text: string, { start, end }: { start: number; end: number }, options: DetectOptions, emit: Emit): number {
  if (/^[A-Za-z]{2}\d{2}/.test(text.slice(start, start + 4)) && !isWord(text.charCodeAt(start - 1))) {
    const stop = ibanEnd(text, start);
    if (stop >= 0) {
      emit({ rule: 'iban', start, end: stop, confidence: 3, raises: 'confidential', validator: 'mod97' });
      return stop;
    }
  }
  if (end - start < 9 || end - start > WORD_UNITS_MAX) return end;
  const id = nationalIdAt(text, start, options);
  if (id !== undefined) {
    emit(id);
    return Math.max(end, id.end);
  }
  const coin = options.place === 'code' || end - start < 25 ? undefined : coinOf(text.slice(start, end));
  if (coin !== undefined && isWhole(text, start, end))
    emit({ rule: 'crypto-address', start, end, raises: 'confidential', ...coin });
  return end;
}

const HARDWARE = /[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}/iy;
const V6 = /[0-9a-f:.]{2,46}/iy;
const COLON_RUN = /[0-9a-f:.]+/iy;
const COLON_RUN_UNITS_MAX = 64;
const ZONE = /%[a-z0-9._-]{1,20}/iy;

function stickyEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

function macAt(text: string, start: number): Personal | undefined {
  const end = stickyEnd(HARDWARE, text, start);
  if (end < 0 || !isMac(text.slice(start, end)) || /[\w:.-]$/.test(text.slice(Math.max(0, start - 1), start))) return undefined;
  if (/^(?:[\w:-]|\.\w)/.test(text.slice(end, end + 2))) return undefined;
  return { rule: 'mac-address', start, end, confidence: 2, raises: 'confidential' };
}

/** End of the units of a v6 address at `start`, without the mark that ends a sentence or opens a port. */
function v6End(text: string, start: number): number {
  let end = stickyEnd(V6, text, start);
  while (end > start && /[.:]/.test(text[end - 1] ?? '') && text.slice(end - 2, end) !== '::') end -= 1;
  return Math.max(start, end);
}

/** `a::b` and `::` are code more often than addresses. */
function isTooShort(address: string): boolean {
  const digits = address.replace(/[^0-9a-f]/gi, '').length;
  return (digits < 4 && !/^::\d$/.test(address)) || (digits < 8 && !/\d/.test(address));
}

function ipv6At(text: string, start: number): Personal | undefined {
  const end = v6End(text, start);
  const part = text.slice(start, end);
  if (!isIpv6(part) || isTooShort(part)) return undefined;
  if (/[\w:.]$/.test(text.slice(Math.max(0, start - 1), start)) || isWord(text.charCodeAt(end))) return undefined;
  const zone = stickyEnd(ZONE, text, end);
  return {
    rule: 'ip-address',
    start,
    end: Math.max(end, zone),
    confidence: part === '::1' ? 1 : 3,
    raises: 'confidential',
    validator: 'ipv6',
  };
}

/** Units that an address of a machine is written in, before the first colon of it. */
function machineStart(text: string, at: number, floor: number): number {
  let start = at;
  while (start > floor && at - start < 5 && /[0-9a-f]/i.test(text[start - 1] ?? '')) start -= 1;
  return start;
}

/** An address with colons whose first colon is at `at`. @returns where to go on */
function atColon(text: string, at: number, floor: number, emit: Emit): number {
  const next = text.charCodeAt(at + 1);
  if (!isAlnum(next) && next !== COLON) return at + 1;
  const start = machineStart(text, at, floor);
  if (text.slice(at + 1, at + 7).indexOf(':') < 0) return at + 1;
  const found = macAt(text, start) ?? ipv6At(text, start);
  if (found !== undefined) emit(found);
  if (found !== undefined) return found.end;
  // A run that is longer than any address holds none; a shorter one may have a label before its address.
  const end = stickyEnd(COLON_RUN, text, start);
  return end - start > COLON_RUN_UNITS_MAX ? end : at + 1;
}

function wordEnd(text: string, at: number): number {
  let end = at;
  while (isAlnum(text.charCodeAt(end))) end += 1;
  return end;
}

function wordStart(text: string, at: number, floor: number): number {
  let start = at;
  while (start > floor && isAlnum(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

/** A word with a digit in it, or a run of digits. @returns where to go on */
function atDigit(text: string, at: number, floor: number, { options, emit }: { options: DetectOptions; emit: Emit }): number {
  const start = wordStart(text, at, floor);
  const end = wordEnd(text, at);
  if (options.place !== 'code' && /[:.-]/.test(text[end] ?? '') && (end - start === 2 || end - start === 4)) {
    const mac = macAt(text, start);
    if (mac !== undefined) {
      emit(mac);
      return mac.end;
    }
  }
  if (start < at || !isDigits(text, at, end)) return inWord(text, { start, end }, options, emit);
  const run = runAt(text, at);
  // An IPv6 address may begin with digits alone.
  if (run.groups.length === 1 && text.charCodeAt(end) === COLON) return end;
  eachInRun(text, run, options, emit);
  return run.end;
}

function isDigits(text: string, at: number, end: number): boolean {
  for (let i = at; i < end; i += 1) if (!isDigit(text.charCodeAt(i))) return false;
  return true;
}

function scan(text: string, options: DetectOptions, report: Emit): void {
  const isCode = options.place === 'code';
  /** End of what was found last: nothing begins before it. */
  let floor = 0;
  const emit: Emit = (found) => {
    floor = found.end;
    report(found);
  };
  for (let at = 0; at < text.length; ) {
    const unit = text.charCodeAt(at);
    if (isDigit(unit)) {
      at = atDigit(text, at, floor, { options, emit });
    } else if (unit === COLON && !isCode) {
      at = atColon(text, at, floor, emit);
    } else if (unit === AT && !isCode) {
      const mail = mailAt(text, at);
      if (mail !== undefined)
        emit({
          rule: 'email-address',
          start: mail.start,
          end: mail.end,
          confidence: mail.isReserved ? 2 : 3,
          raises: 'confidential',
          validator: 'dot-atom',
        });
      at = mail?.end ?? at + 1;
    } else at += 1;
  }
}

const RUN_TAIL = /[+(]{0,2}\d[\d .()/\u00a0\u2010-\u2013\u202f-]*$/;
const IBAN_TAIL = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){0,40}[ \u00a0-]?$/;
const RUN_TAIL_UNITS = 160;
const PART = /[A-Za-z0-9@._%+'\-:/()\u00aa-\u024f\u0370-\u1fff\u2010-\u2013\u3040-\ud7ff]/;

/** Start of the word or address that reaches the end of the text. */
function lastWord(text: string): number {
  let at = text.length;
  while (at > 0 && text.length - at < MAIL_UNITS_MAX + 8 && PART.test(text[at - 1] ?? '')) at -= 1;
  return at;
}

const tailStart = (text: string, pattern: RegExp, units: number): number => {
  const from = Math.max(0, text.length - units);
  const found = text.slice(from).search(pattern);
  return found < 0 ? text.length : from + found;
};

/** Finds personal data. Reads up to 96 units before a value for the words that say what it is. */
export const personalDetector: Detector = {
  kind: 'personal',
  rules: PERSONAL_RULES,
  detect(text: string, options: DetectOptions, emit: (hit: Hit) => void): void {
    scan(text, options, (found) => emit({ kind: 'personal', ...found }));
  },
  open(text: string): number {
    const run = tailStart(text, RUN_TAIL, RUN_TAIL_UNITS);
    // Which word the digits of the tail belong to is decided at the start of that word.
    return Math.min(lastWord(text), lastWord(text.slice(0, run)), tailStart(text, IBAN_TAIL, IBAN_UNITS_MAX + 8));
  },
};
