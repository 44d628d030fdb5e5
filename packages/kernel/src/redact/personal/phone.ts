/** Telephone numbers: international ones by the plan of their country code, national ones in the usual formats of ten regions. */
import { digitsOf, isWhole } from './run.ts';

/** Country code and the digits that may follow it. Source: ITU-T E.164 and the national plans. */
const PLAN: ReadonlyMap<string, readonly [number, number]> = new Map(
  (
    '1:10 7:10 20:8-10 27:9 30:10 31:9 32:8-9 33:9 34:9 36:8-9 39:6-11 40:9 41:9 43:6-13 44:7-10 45:8 46:7-10 47:8 48:9 49:6-12 51:8-9 52:10 53:6-8 ' +
    '54:10-11 55:10-11 56:9 57:8-10 58:10 60:8-10 61:9 62:8-12 63:8-10 64:8-10 65:8 66:8-9 81:9-10 82:8-10 84:9-10 86:10-11 90:10 91:10 92:9-10 93:9 ' +
    '94:9 95:7-10 98:10 211:9 212:9 213:8-9 216:8 218:8-9 220:7 221:9 222:8 223:8 224:9 225:8-10 226:8 227:8 228:8 229:8-10 230:7-8 231:7-9 232:8 233:9 ' +
    '234:8-10 235:8 236:8 237:8-9 238:7 239:7 240:9 241:7-8 242:9 243:9 244:9 245:7-9 248:7 249:9 250:9 251:9 252:7-9 253:8 254:9 255:9 256:9 257:8 ' +
    '258:8-9 260:9 261:9 262:9 263:9 264:8-9 265:7-9 266:8 267:7-8 268:8 269:7 290:5 291:7 297:7 298:6 299:6 350:8 351:9 352:5-11 353:7-9 354:7-9 355:8-9 ' +
    '356:8 357:8 358:5-12 359:7-9 370:8 371:8 372:7-8 373:8 374:8 375:9 376:6-9 377:8-9 378:6-10 380:9 381:8-9 382:8 383:8-9 385:8-9 386:8 387:8 389:8 ' +
    '420:9 421:9 423:7-9 501:7 502:8 503:8 504:8 505:8 506:8 507:7-8 508:6 509:8 590:9 591:8 592:7 593:8-9 594:9 595:9 596:9 597:6-7 598:8 599:7-8 670:7-8 ' +
    '672:6 673:7 674:7 675:7-8 676:5-7 677:5-7 678:5-7 679:7 680:7 682:5 685:5-7 686:5-8 687:6 689:6-8 691:7 692:7 800:8 850:8-10 852:8 853:8 855:8-9 ' +
    '856:8-10 870:9 880:8-10 886:8-9 960:7 961:7-8 962:8-9 963:8-9 964:8-10 965:7-8 966:8-9 967:7-9 968:8 970:8-9 971:7-9 972:8-9 973:8 974:7-8 975:7-8 ' +
    '976:8 977:8-10 992:9 993:8 994:9 995:9 996:9 998:9'
  )
    .split(' ')
    .map((entry) => {
      const [code = '', lengths = ''] = entry.split(':');
      const [least = '0', most = least] = lengths.split('-');
      return [code, [Number(least), Number(most)]] as const;
    }),
);

/** Whether `digits`, without the plus, is a number of some country's plan. */
export function fitsPlan(digits: string): boolean {
  for (const size of [1, 2, 3]) {
    const lengths = PLAN.get(digits.slice(0, size));
    if (lengths === undefined) continue;
    const rest = digits.length - size;
    // North America and most others have no subscriber part that begins with 0 behind the code; Italy has.
    return rest >= lengths[0] && rest <= lengths[1] && (size > 1 || /^[2-9]\d{2}[2-9]|^[3-9]/.test(digits.slice(1)));
  }
  return false;
}

/** Words that say that a telephone number follows. */
export const PHONE_WORDS =
  /(?:\b|_)(?:phone|tel|telephone|mobile|cell|cellphone|call|calls|fax|whatsapp|sms|text|dial|ring|reach|contact|hotline|telefon\w*|tel[ée]fono|t[ée]l[ée]phone|mobil\w*|handy|rufnummer|telefone|celular|m[óo]vil|portable|cellulare|gsm|number is|msisdn)/i;

/** National formats that speak for themselves. Sticky, from the first digit or bracket. */
const SHAPES: readonly RegExp[] = [
  // United States and Canada.
  /(?:1[ .-])?(?:\([2-9](?!11)\d{2}\)[ .-]?|[2-9](?!11)\d{2}([ .-]))[2-9](?!11)\d{2}(?:\1|[ .-])\d{4}/y,
  // Great Britain.
  /\(?0(?:2\d|1\d1|11\d|1\d{3}|3\d{2}|8\d{2})\)?[ -]\d{3,6}(?:[ -]\d{3,4})?|07\d{3}[ -]\d{3}[ -]?\d{3}/y,
  // France, and the Netherlands' mobiles, in pairs.
  /0[1-9]([ .-])\d{2}\1\d{2}\1\d{2}\1\d{2}/y,
  // Spain.
  /[6789]\d{2}([ -])\d{3}\1\d{3}|[6789]\d{2}([ .-])\d{2}\2\d{2}\2\d{2}|9\d([ .-])\d{3}\3\d{2}\3\d{2}/y,
  // Italy: mobiles.
  /3[2-9]\d([ .-])\d{3}\1?\d{3,4}|3[2-9]\d[ -]\d{6,7}|3[2-9]\d \d{2} \d{2} \d{3}/y,
  // India.
  /[6-9]\d{4}[ -]\d{5}/y,
  // Australia.
  /04\d{2}([ -])\d{3}\1\d{3}|\(0[2378]\)[ -]?\d{4}[ -]?\d{4}|0[2378][ -]\d{4}[ -]\d{4}|1[38]00([ -])\d{3}\2\d{3}/y,
  // Brazil.
  /\(\d{2}\) ?9?[ ]?\d{4}[ -]?\d{4}|\d{2} 9[ ]?\d{4}[ -]\d{4}|[1-9]\d [2-5]\d{3}-\d{4}/y,
];

/** With the trunk prefix 0, as in Germany, Italy, the Netherlands, India: an area and one to four groups. */
const TRUNK = /\(?0[1-9]\d{0,4}\)?(?:[ /-]| [/-] )\d{2,9}(?:[ -]\d{1,8}){0,4}/y;
const TRUNK_DIGITS_MIN = 8;
const TRUNK_DIGITS_MAX = 12;
/** Without any blank, as forms take it. */
const BARE_TRUNK = /0[1-9]\d{8,9}/y;
/** Anything with the length of a number, behind a word that says so. */
const NAMED = /\(?\d{2,5}\)?(?:[ ./-]{0,2}\d{2,8}){1,5}/y;

function stickyEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

const DATE = /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:\D|$)/;

function trunkEnd(text: string, at: number): number {
  const end = stickyEnd(TRUNK, text, at);
  if (end < 0) return stickyEnd(BARE_TRUNK, text, at);
  const part = text.slice(at, end);
  const count = digitsOf(part).length;
  return count >= TRUNK_DIGITS_MIN && count <= TRUNK_DIGITS_MAX && !DATE.test(part) ? end : -1;
}

/** End of a national number at `at`, a digit or an opening bracket; -1 where there is none. `named`: a word before says that one follows. */
export function nationalEnd(text: string, at: number, named: boolean): number {
  for (const shape of SHAPES) {
    const end = stickyEnd(shape, text, at);
    if (end >= 0 && digitsOf(text.slice(at, end)).length >= 9 && isWhole(text, at, end)) return end;
  }
  const trunk = trunkEnd(text, at);
  if (trunk >= 0 || !named) return trunk;
  const end = stickyEnd(NAMED, text, at);
  const part = text.slice(at, Math.max(at, end));
  const count = digitsOf(part).length;
  return count >= 9 && count <= 12 && !DATE.test(part) && /^[\d(]/.test(part) ? end : -1;
}

const INTERNATIONAL = /\(?(?:\+|00)\(?[1-9]\d{0,14}(?:[ .()/\u00a0\u2010-\u2013-]{1,3}\d{1,14}){0,7}/y;

/** End of an international number at `at`, a plus, two zeros or a bracket; -1 where there is none. */
export function internationalEnd(text: string, at: number): number {
  let end = stickyEnd(INTERNATIONAL, text, at);
  // The run may go on beyond the number: groups are given up from the end, as long as one is left.
  for (let tries = 0; end > at && tries < 4; tries += 1) {
    const digits = digitsOf(text.slice(at, end).replace('(0)', '')).replace(/^00/, '');
    if (fitsPlan(digits)) return end;
    const shorter = text.slice(at, end).replace(/[ .()/\u00a0\u2010-\u2013-]{1,3}\d{1,14}$/, '');
    if (at + shorter.length === end) return -1;
    end = at + shorter.length;
  }
  return -1;
}
