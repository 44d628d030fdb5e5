/** Fixed-point numbers with up to four digits after the point, held as a count of ten-thousandths in 64 bits. */
import { EXTENSION_FAILURE } from '../fail.ts';
import { type Long, parseLong } from '../long.ts';

const DECIMAL = /^(-?)([0-9]+)\.([0-9]{1,4})$/;

export class Decimal {
  readonly scaled: Long;

  constructor(scaled: Long) {
    this.scaled = scaled;
  }
}

/** `-?digits.digits{1,4}`, from -922337203685477.5808 to 922337203685477.5807; anything else is an extension failure. */
export function parseDecimal(text: string): Decimal {
  const match = DECIMAL.exec(text);
  if (match === null) throw EXTENSION_FAILURE;
  const [, sign = '', whole = '', fraction = ''] = match;
  const scaled = parseLong(`${sign}${whole}${fraction.padEnd(4, '0')}`);
  if (scaled === undefined) throw EXTENSION_FAILURE;
  return new Decimal(scaled);
}
