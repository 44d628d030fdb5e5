/** National identity numbers with a check digit. Each is looked for only where its region was asked for, or where a word names it. */
import { luhn, mod11Ten, verhoeff, weighted } from './checks.ts';

export interface NationalId {
  readonly rule: string;
  readonly region: string;
  /** Sticky, at the first digit or letter. */
  readonly pattern: RegExp;
  /** Words that name it, in text before the number. */
  readonly context: RegExp;
  readonly validator: string;
  /** @param value without blanks and punctuation, upper case */
  agrees(value: string): boolean;
}

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48;
const repeated = (value: string): boolean => /^(.)\1*$/.test(value);

function isNhs(value: string): boolean {
  const check = 11 - (weighted(value, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return !repeated(value) && check !== 10 && check % 11 === digit(value, 9);
}

const isBsn = (value: string): boolean => !repeated(value) && weighted(value, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;

/** A month of one of the five centuries that PESEL tells apart, and a day. */
function isPesel(value: string): boolean {
  const month = Number(value.slice(2, 4)) % 20;
  const day = Number(value.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return (10 - (weighted(value, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === digit(value, 10);
}

const brazilCheck = (value: string, weights: readonly number[]): boolean => {
  const rest = weighted(value, weights) % 11;
  return (rest < 2 ? 0 : 11 - rest) === digit(value, weights.length);
};
const isCpf = (value: string): boolean =>
  !repeated(value) && brazilCheck(value, [10, 9, 8, 7, 6, 5, 4, 3, 2]) && brazilCheck(value, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
const isCnpj = (value: string): boolean =>
  !repeated(value) &&
  brazilCheck(value, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) &&
  brazilCheck(value, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);

const TFN_WEIGHTS: Readonly<Record<number, readonly number[]>> = {
  8: [10, 7, 8, 4, 6, 3, 5, 1],
  9: [1, 4, 3, 7, 5, 8, 6, 9, 10],
};
const isTfn = (value: string): boolean => !repeated(value) && weighted(value, TFN_WEIGHTS[value.length] ?? []) % 11 === 0;

function isPersonnummer(value: string): boolean {
  const short = value.slice(-10);
  const month = Number(short.slice(2, 4));
  // A coordination number has 60 added to the day.
  const day = Number(short.slice(4, 6)) % 60;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && luhn(short);
}

/** Among the first ten digits exactly one occurs twice or three times. */
function isSteuerId(value: string): boolean {
  const counts = Array.from('0123456789', (unit) => value.slice(0, 10).split(unit).length - 1).filter((count) => count > 1);
  return value[0] !== '0' && counts.length === 1 && (counts[0] ?? 0) <= 3 && mod11Ten(value);
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';
const isDni = (value: string): boolean => DNI_LETTERS[Number(value.slice(0, 8)) % 23] === value[8];
const isNie = (value: string): boolean => isDni(String('XYZ'.indexOf(value.slice(0, 1))) + value.slice(1));

/** Values of characters at odd places, from A or 0 on. */
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
function isCodiceFiscale(value: string): boolean {
  let sum = 0;
  for (let at = 0; at < 15; at += 1) {
    const unit = value.charCodeAt(at);
    const index = unit >= 65 ? unit - 65 : unit - 48;
    sum += at % 2 === 0 ? (ODD[index] ?? 0) : index;
  }
  return String.fromCharCode(65 + (sum % 26)) === value[15];
}

/** Area, group and serial number that the United States issue. */
const isSsn = (value: string): boolean =>
  !/^(?:000|666|9)/.test(value) &&
  value.slice(3, 5) !== '00' &&
  value.slice(5) !== '0000' &&
  !repeated(value) &&
  value !== '123456789';

/** Has no check digit, but ranges; with hyphens it needs no word beside it. */
export const SSN: NationalId = {
  rule: 'us-ssn',
  region: 'US',
  pattern: /\d{3}([- ])\d{2}\1\d{4}|\d{9}/y,
  context: /\b(?:ssn|ss#|social[ -]?sec\w*|soc sec|tax ?id|itin)\b/,
  validator: 'ssn-ranges',
  agrees: isSsn,
};

export const NATIONAL_IDS: readonly NationalId[] = [
  SSN,
  {
    rule: 'gb-nhs',
    region: 'GB',
    pattern: /\d{3}([ -]?)\d{3}\1\d{4}/y,
    context: /\b(?:nhs|national health)\b/,
    validator: 'mod11',
    agrees: isNhs,
  },
  {
    rule: 'nl-bsn',
    region: 'NL',
    pattern: /\d{9}|\d{4}\.\d{2}\.\d{3}|\d{3}([ .])\d{3}\1\d{3}/y,
    context: /\b(?:bsn|burgerservice\w*|sofi\w*)\b/,
    validator: 'elf-test',
    agrees: isBsn,
  },
  {
    rule: 'es-dni',
    region: 'ES',
    pattern: /\d{8}[ -]?[A-Z]|\d{2}\.\d{3}\.\d{3}-?[A-Z]/iy,
    context: /\b(?:dni|nif|documento|identidad)\b/,
    validator: 'mod23',
    agrees: isDni,
  },
  {
    rule: 'es-nie',
    region: 'ES',
    pattern: /[XYZ]-?\d{7}-?[A-Z]/iy,
    context: /\b(?:nie|nif|extranjero|identidad)\b/,
    validator: 'mod23',
    agrees: isNie,
  },
  {
    rule: 'it-codice-fiscale',
    region: 'IT',
    pattern: /[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]/iy,
    context: /\b(?:codice|fiscale|cf|c\.f\.?)(?:\b|$)/,
    validator: 'mod26',
    agrees: isCodiceFiscale,
  },
  { rule: 'pl-pesel', region: 'PL', pattern: /\d{11}/y, context: /\bpesel\b/, validator: 'mod10', agrees: isPesel },
  {
    rule: 'br-cpf',
    region: 'BR',
    pattern: /\d{3}\.\d{3}\.\d{3}-\d{2}|\d{9}-?\d{2}/y,
    context: /\bcpf\b/,
    validator: 'mod11',
    agrees: isCpf,
  },
  {
    rule: 'br-cnpj',
    region: 'BR',
    pattern: /\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}|\d{14}/y,
    context: /\bcnpj\b/,
    validator: 'mod11',
    agrees: isCnpj,
  },
  {
    rule: 'in-aadhaar',
    region: 'IN',
    pattern: /[2-9]\d{3}([ -]?)\d{4}\1\d{4}/y,
    context: /\b(?:aadh?aa?r|uidai|uid)\b/,
    validator: 'verhoeff',
    agrees: (value) => !repeated(value) && verhoeff(value),
  },
  {
    rule: 'ca-sin',
    region: 'CA',
    pattern: /[1-79]\d{2}([ -]?)\d{3}\1\d{3}/y,
    context: /\b(?:sin|social insurance|nas|assurance sociale)\b/,
    validator: 'luhn',
    agrees: (value) => !repeated(value) && luhn(value),
  },
  {
    rule: 'au-tfn',
    region: 'AU',
    pattern: /\d{3}([ -]?)\d{3}\1\d{2,3}/y,
    context: /\b(?:tfn|tax file)\b/,
    validator: 'mod11',
    agrees: isTfn,
  },
  {
    rule: 'se-personnummer',
    region: 'SE',
    pattern: /(?:19|20)?\d{6}[-+]?\d{4}/y,
    context: /\b(?:personnummer|personnr|pnr|personal identity|samordningsnummer)\b/,
    validator: 'luhn',
    agrees: isPersonnummer,
  },
  {
    rule: 'de-steuer-id',
    region: 'DE',
    pattern: /[1-9]\d{10}|[1-9]\d \d{3} \d{3} \d{3}/y,
    context: /\b(?:steuer\w*|idnr|identifikationsnummer|tin|tax id)\b/,
    validator: 'mod11-10',
    agrees: isSteuerId,
  },
];
