/** Classic BPF as the kernel runs it, for tests: written from the manual page of bpf(4), and sharing nothing with the writer but the format. */
export interface Call {
  readonly nr: number;
  readonly architecture: number;
  readonly args?: readonly number[];
}

export function interpret(bytes: Uint8Array, { nr, architecture, args = [] }: Call): number {
  const record = new DataView(new ArrayBuffer(64));
  record.setUint32(0, nr, true);
  record.setUint32(4, architecture, true);
  args.forEach((value, index) => record.setBigUint64(16 + 8 * index, BigInt.asUintN(64, BigInt(value)), true));
  const program = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength / 8;
  let accumulator = 0;
  for (let at = 0; at < length; at += 1) {
    const code = program.getUint16(at * 8, true);
    const jt = program.getUint8(at * 8 + 2);
    const jf = program.getUint8(at * 8 + 3);
    const k = program.getUint32(at * 8 + 4, true);
    const jump = (yes: boolean): void => {
      at += yes ? jt : jf;
    };
    if (code === 0x20) accumulator = record.getUint32(k, true);
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (code === 0x15) jump(accumulator === k);
    else if (code === 0x35) jump(accumulator >= k);
    else if (code === 0x45) jump((accumulator & k) !== 0);
    else if (code === 0x06) return k;
    else throw new Error(`no such instruction: ${code.toString(16)}`);
  }
  throw new Error('the program ran past its end');
}
