/**
 * Reads the protobuf wire format: as much of it as the frozen messages of OTLP need, with bounds that a library for all of protobuf does not have.
 * Groups are gone since proto3 and refused; unknown fields are passed over.
 */

export type Field =
  | { readonly no: number; readonly kind: 'number' /** Varint or fixed, unsigned. */; readonly value: bigint }
  | { readonly no: number; readonly kind: 'bytes'; readonly value: Uint8Array };

/** The bytes are not protobuf. */
export class WireProblem extends Error {}

/** Fields of a whole body. A megabyte of real events has a hundred thousand; many more would keep the process from everything else for seconds. */
export const FIELDS_MAX = 500_000;

/** Reads messages of one body, whose fields are counted together. */
export class WireReader {
  #left = FIELDS_MAX;

  /** @throws WireProblem */
  fieldsOf(bytes: Uint8Array): readonly Field[] {
    const fields: Field[] = [];
    const at = new Place(bytes);
    while (at.more) {
      this.#left -= 1;
      if (this.#left < 0) throw new WireProblem('there are too many fields');
      fields.push(at.field());
    }
    return fields;
  }
}

class Place {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  field(): Field {
    const tag = this.#number();
    const no = Math.floor(tag / 8);
    if (no < 1 || no > FIELD_NO_MAX) throw new WireProblem('a field has no number');
    switch (tag % 8) {
      case 0:
        return { no, kind: 'number', value: this.#varint() };
      case 1:
        return { no, kind: 'number', value: this.#view.getBigUint64(this.#take(8), true) };
      case 2: {
        const from = this.#take(this.#number());
        return { no, kind: 'bytes', value: this.#bytes.subarray(from, this.#at) };
      }
      case 5:
        return { no, kind: 'number', value: BigInt(this.#view.getUint32(this.#take(4), true)) };
      default:
        throw new WireProblem('a field is of no known kind');
    }
  }

  /** Of a tag or a length: what is beyond 2^53 is beyond every bound as well. Nearly all of them are one byte long. */
  #number(): number {
    return Number(this.#varint());
  }

  #varint(): bigint {
    const first = this.#bytes[this.#at];
    if (first !== undefined && first < 0x80) {
      this.#at += 1;
      return BigInt(first);
    }
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new WireProblem('a number ends early');
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireProblem('a number is too long');
  }

  #take(length: number): number {
    if (length > this.#bytes.length - this.#at) throw new WireProblem('a field ends early');
    this.#at += length;
    return this.#at - length;
  }
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
