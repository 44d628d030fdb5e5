/**
 * Reads the protobuf wire format: as much of it as the frozen messages of OTLP need, with bounds that a library for all of protobuf does not have.
 * Groups are gone since proto3 and refused; unknown fields are passed over.
 */

export type Field =
  | { readonly no: number; readonly kind: 'number' /** Varint or fixed, unsigned. */; readonly value: bigint }
  | { readonly no: number; readonly kind: 'bytes'; readonly value: Uint8Array };

/** The bytes are not protobuf. */
export class WireProblem extends Error {}

/** @throws WireProblem */
export function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) throw new WireProblem('a number ends early');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireProblem('a number is too long');
  };
  const take = (length: number): number => {
    if (length > bytes.length - at) throw new WireProblem('a field ends early');
    at += length;
    return at - length;
  };
  while (at < bytes.length) {
    const tag = varint();
    const no = Number(tag >> 3n);
    if (no < 1 || no > FIELD_NO_MAX) throw new WireProblem('a field has no number');
    switch (Number(tag & 7n)) {
      case 0:
        fields.push({ no, kind: 'number', value: varint() });
        break;
      case 1:
        fields.push({ no, kind: 'number', value: view.getBigUint64(take(8), true) });
        break;
      case 2: {
        const length = varint();
        if (length > BigInt(bytes.length)) throw new WireProblem('a field ends early');
        const from = take(Number(length));
        fields.push({ no, kind: 'bytes', value: bytes.subarray(from, at) });
        break;
      }
      case 5:
        fields.push({ no, kind: 'number', value: BigInt(view.getUint32(take(4), true)) });
        break;
      default:
        throw new WireProblem('a field is of no known kind');
    }
  }
  return fields;
}

const FIELD_NO_MAX = 536_870_911;

/** A varint field and a text field, as the one answer of ours needs them. */
export function message(...parts: readonly (readonly [no: number, value: bigint | string | Uint8Array])[]): Uint8Array {
  const out: number[] = [];
  const varint = (value: bigint): void => {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      out.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    out.push(Number(rest));
  };
  for (const [no, value] of parts) {
    if (typeof value === 'bigint') {
      varint(BigInt(no) << 3n);
      varint(value);
    } else {
      const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
      varint((BigInt(no) << 3n) | 2n);
      varint(BigInt(bytes.length));
      out.push(...bytes);
    }
  }
  return Uint8Array.from(out);
}
