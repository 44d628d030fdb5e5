/**
 * Classic BPF: instructions of eight bytes over `struct seccomp_data` (nr at 0, arch at 4, arguments at 16 + 8i, little-endian). Conditions are
 * blocks that end in a verdict, so that no jump is longer than its eight bits.
 */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const LOAD = 0x20;
const AND = 0x54;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const RETURN = 0x06;

export const ALLOW = 0x7fff0000;
export const KILL = 0x80000000;
/** The call fails with this error and does nothing. */
export const failWith = (errno: number): number => 0x00050000 | errno;

const INSTRUCTION_BYTES = 8;
/** Where the parts of the record are. */
export const NR_AT = 0;
export const ARCHITECTURE_AT = 4;
const argumentAt = (index: number): number => 16 + 8 * index;

const step = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });

export const load = (offset: number): Instruction => step(LOAD, offset);
/** The low half of an argument: flags, modes, families and request numbers are 32 bits wide, whatever stands above them. */
export const loadArgument = (index: number): Instruction => load(argumentAt(index));
export const mask = (bits: number): Instruction => step(AND, bits);
export const verdict = (value: number): Instruction => step(RETURN, value);

/** `then` runs when the accumulator equals `value`; it must end in a verdict or leave the accumulator to what follows. */
export const whenEqual = (value: number, then: readonly Instruction[]): Instruction[] => [
  step(EQUAL, value, 0, then.length),
  ...then,
];
export const whenAtLeast = (value: number, then: readonly Instruction[]): Instruction[] => [
  step(AT_LEAST, value, 0, then.length),
  ...then,
];
export const whenAnyBit = (bits: number, then: readonly Instruction[]): Instruction[] => [
  step(ANY_BIT, bits, 0, then.length),
  ...then,
];
export const unlessEqual = (value: number, then: readonly Instruction[]): Instruction[] => [
  step(EQUAL, value, then.length, 0),
  ...then,
];

/** The bytes that `bwrap --seccomp` takes. */
export function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, jt, jf, k }, index) => {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k >>> 0, true);
  });
  return bytes;
}
