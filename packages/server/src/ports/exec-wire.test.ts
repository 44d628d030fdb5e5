import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DATA_BYTES_MAX,
  encodeCredit,
  encodeData,
  encodeFrame,
  encodeJson,
  type Frame,
  FRAME_BYTES_MAX,
  frameCredit,
  frameJson,
  FrameReader,
} from './exec-wire.ts';

const plain = (frames: readonly Frame[]) => frames.map(({ kind, bytes }) => [kind, bytes.toString('latin1')]);

test('frames come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('open', 'stdout', 'end', 'alive'), fc.string())),
      fc.array(fc.nat(64)),
      (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(([kind, text]) => encodeFrame(kind as 'open', Buffer.from(text, 'latin1'))));
        const reader = new FrameReader();
        const got: Frame[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          got.push(...reader.push(bytes.subarray(at, at + cut)));
          at = Math.min(bytes.length, at + cut);
        }
        got.push(...reader.push(bytes.subarray(at)));
        expect(plain(got)).toEqual(sent.map(([kind, text]) => [kind, Buffer.from(text, 'latin1').toString('latin1')]));
        expect(reader.partial).toBe(false);
      },
    ),
  );
});

test('a long chunk is several frames, and a frame that is cut off is noticed', () => {
  const reader = new FrameReader();
  const bytes = encodeData('stdout', Buffer.alloc(DATA_BYTES_MAX * 2 + 1, 'x'));
  expect(reader.push(bytes.subarray(0, -1)).map(({ bytes: { length } }) => length)).toEqual([DATA_BYTES_MAX, DATA_BYTES_MAX]);
  expect(reader.partial).toBe(true);
});

test('what is no frame is refused', () => {
  expect(() => new FrameReader().push(Buffer.from([99, 0, 0, 0, 0]))).toThrow('no kind that is known');
  const long = Buffer.alloc(5);
  long.writeUInt8(2);
  long.writeUInt32BE(FRAME_BYTES_MAX + 1, 1);
  expect(() => new FrameReader().push(long)).toThrow('more than');
});

test('JSON and credit are read back, and nothing else passes for them', () => {
  const [open, credit, wrong] = new FrameReader().push(
    Buffer.concat([encodeJson('open', { a: 1 }), encodeCredit(70_000), encodeFrame('open', Buffer.from('[1]'))]),
  );
  expect([frameJson(open as Frame), frameCredit(credit as Frame)]).toEqual([{ a: 1 }, 70_000]);
  expect(() => frameJson(wrong as Frame)).toThrow('no JSON object');
  expect(() => frameCredit(wrong as Frame)).toThrow('four bytes');
});
