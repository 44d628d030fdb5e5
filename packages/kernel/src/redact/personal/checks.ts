/** Check digits. Every function takes plain ASCII digits (letters where the scheme has them) and says whether they agree. */

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48;

/** ISO/IEC 7812: cards, Canadian SIN, Swedish personnummer. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, twice = false; at >= 0; at -= 1, twice = !twice) {
    const value = digit(digits, at) * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** Sum of digits times weights. */
export const weighted = (digits: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, at) => sum + weight * digit(digits, at), 0);

/** ISO 7064 mod 97-10 over letters and digits, as in an IBAN: the first four characters go to the end. */
export function mod97(iban: string): boolean {
  let rest = 0;
  for (const unit of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(unit, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** ISO 7064 mod 11,10: the German tax id. */
export function mod11Ten(digits: string): boolean {
  let product = 10;
  for (let at = 0; at < digits.length - 1; at += 1) {
    const sum = (digit(digits, at) + product) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (11 - product) % 10 === digit(digits, digits.length - 1);
}

/** Product in the dihedral group of order ten. */
const turned = (a: number, b: number): number => {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b - 5) % 5);
  return b < 5 ? 5 + ((a - 5 - b + 5) % 5) : (a - b + 5) % 5;
};
const SHUFFLE = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Verhoeff's scheme: Aadhaar. */
export function verhoeff(digits: string): boolean {
  let check = 0;
  for (let at = digits.length - 1, turn = 0; at >= 0; at -= 1, turn = (turn + 1) % 8) {
    let value = digit(digits, at);
    for (let step = 0; step < turn; step += 1) value = SHUFFLE[value] ?? 0;
    check = turned(check, value);
  }
  return check === 0;
}
