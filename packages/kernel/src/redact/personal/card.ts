/** Payment cards: who issues which range, with how many digits. Source: ISO/IEC 7812 and the networks' published ranges. */
import { luhn } from './checks.ts';

/** First and last prefix of a range, and the lengths it may have. */
const RANGES: readonly (readonly [number, number, readonly number[]])[] = [
  [4, 4, [13, 16, 19]],
  [51, 55, [16]],
  [2221, 2720, [16]],
  [34, 34, [15]],
  [37, 37, [15]],
  [300, 305, [14, 16]],
  [3095, 3095, [14, 16]],
  [36, 36, [14, 16, 19]],
  [38, 39, [14, 16, 19]],
  [6011, 6011, [16, 19]],
  [644, 649, [16, 19]],
  [65, 65, [16, 19]],
  [3528, 3589, [16, 17, 18, 19]],
  [62, 62, [16, 17, 18, 19]],
  [81, 81, [16, 19]],
  [60, 60, [16]],
  [508, 508, [16]],
  [5018, 5018, [13, 14, 15, 16, 17, 18, 19]],
  [5020, 5020, [13, 14, 15, 16, 17, 18, 19]],
  [5038, 5038, [13, 14, 15, 16, 17, 18, 19]],
  [5612, 5612, [16]],
  [5893, 5893, [13, 14, 15, 16, 17, 18, 19]],
  [6304, 6304, [13, 14, 15, 16, 17, 18, 19]],
  [6759, 6763, [13, 14, 15, 16, 17, 18, 19]],
  [2200, 2204, [16, 17, 18, 19]],
  [9792, 9792, [16]],
  [636, 639, [16, 17, 18, 19]],
];

/** Whether `digits` is a card number: range, length and check digit agree, and it is no filler. */
export function isCard(digits: string): boolean {
  const known = RANGES.some(([first, last, lengths]) => {
    const prefix = Number(digits.slice(0, String(first).length));
    return prefix >= first && prefix <= last && lengths.includes(digits.length);
  });
  return known && new Set(digits).size > 1 && luhn(digits);
}
