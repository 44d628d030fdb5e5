/** IBAN: ISO 13616. Length by country, from the registry. */
import { mod97 } from './checks.ts';

const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 ' +
    'FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ' +
    'ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ' +
    'ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

/** An IBAN with its blanks has at most this many units. */
export const IBAN_UNITS_MAX = 42;

const PLAIN = /[A-Za-z0-9]/;
const BLANK = /[ \u00a0-]/;

/** `length` letters and digits from `at` on, and where they end. A blank or hyphen may stand between two of them, behind the first four. */
function take(text: string, at: number, length: number): { plain: string; end: number } {
  let plain = '';
  let end = at;
  for (; plain.length < length && end < text.length; end += 1) {
    const unit = text[end] ?? '';
    if (PLAIN.test(unit)) plain += unit;
    else if (plain.length < 4 || !BLANK.test(unit) || !PLAIN.test(text[end + 1] ?? '')) break;
  }
  return { plain, end };
}

/** End of the IBAN at `at`, whose country and check digits were seen; -1 where it is none. */
export function ibanEnd(text: string, at: number): number {
  const length = LENGTHS.get(text.slice(at, at + 2).toUpperCase());
  if (length === undefined) return -1;
  const { plain, end } = take(text, at, length);
  return plain.length === length && !PLAIN.test(text[end] ?? '') && mod97(plain.toUpperCase()) ? end : -1;
}
