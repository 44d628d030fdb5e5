import { expect, test } from 'vitest';
import fc from 'fast-check';
import { ChunkedReader } from './chunked.ts';

/** @returns content and what was left over, or the problem */
function read(text: string, sizes: readonly number[] = []): { body: string; left: string; done: boolean } | string {
  const reader = new ChunkedReader();
  const bytes = Buffer.from(text, 'latin1');
  let body = '';
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const end = Math.min(bytes.length, at + Math.max(1, sizes[index % Math.max(1, sizes.length)] ?? bytes.length));
    const step = reader.read(bytes.subarray(at, end));
    if (typeof step === 'string') return step;
    body += Buffer.concat(step.data).toString('latin1');
    if (step.done) return { body, left: bytes.toString('latin1', at + step.used), done: true };
    at = end;
  }
  return { body, left: '', done: false };
}

test.each<[string, string, string, string]>([
  ['nothing', '0\r\n\r\n', '', ''],
  ['two chunks', '5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n', 'hello!', ''],
  ['capital digits', 'A\r\n0123456789\r\n0\r\n\r\n', '0123456789', ''],
  ['zeros in front', '005\r\nhello\r\n0\r\n\r\n', 'hello', ''],
  ['an extension', '5;a="b"\r\nhello\r\n0;x\r\n\r\n', 'hello', ''],
  ['a trailer, which is dropped', '0\r\nX-Sum: 1\r\n\r\n', '', ''],
  ['another request behind it', '0\r\n\r\nGET / HTTP/1.1', '', 'GET / HTTP/1.1'],
])('%s', (_name, text, body, left) => {
  expect(read(text)).toEqual({ body, left, done: true });
});

test.each<[string, string, string]>([
  ['no size', '\r\nhello', 'chunk-size'],
  ['a size with 0x', '0x5\r\nhello\r\n', 'chunk-size'],
  ['a signed size', '+5\r\nhello\r\n', 'chunk-size'],
  ['a negative size', '-1\r\n', 'chunk-size'],
  ['a size with an underscore', '1_0\r\n', 'chunk-size'],
  ['a space before the size', ' 5\r\nhello\r\n', 'chunk-size'],
  ['a space behind the size', '5 \r\nhello\r\n', 'chunk-size'],
  ['a size that overflows', `${'f'.repeat(17)}\r\n`, 'chunk-size'],
  ['a bare line feed after the size', '5\nhello\r\n', 'chunk-size'],
  ['a bare carriage return in an extension', '5;a\rb\r\nhello\r\n', 'chunk-size'],
  ['a zero byte in an extension', '5;a\u0000\r\nhello\r\n', 'chunk-size'],
  ['an extension without an end', `5;${'a'.repeat(5_000)}`, 'chunk-size'],
  ['more data than said', '5\r\nhello!\r\n', 'chunk-end'],
  ['a bare line feed after the data', '5\r\nhello\n0\r\n\r\n', 'chunk-end'],
  ['no line end after the data', '5\r\nhello0\r\n\r\n', 'chunk-end'],
  ['a bare line feed in the end', '0\r\n\n', 'trailer'],
  ['a trailer that is no header', '0\r\nGET / HTTP/1.1\r\n\r\n', 'trailer'],
  ['trailers without end', `0\r\n${'X: y\r\n'.repeat(3_000)}`, 'trailer'],
])('%s is refused', (_name, text, problem) => {
  expect(read(text)).toBe(problem);
});

test('where the bytes are cut makes no difference', () => {
  const chunk = fc.string({ minLength: 1, maxLength: 40 }).map((text) => Buffer.from(text).toString('latin1'));
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      (chunks, sizes) => {
        const text = `${chunks.map((one) => `${one.length.toString(16)}\r\n${one}\r\n`).join('')}0\r\n\r\n`;
        expect(read(text, sizes)).toEqual({ body: chunks.join(''), left: '', done: true });
      },
    ),
  );
});

test('whatever comes is read or refused the same way, however it is cut', () => {
  const piece = fc.constantFrom('0', '5', 'a', 'g', ';', '\r\n', '\r', '\n', ' ', 'hello', ':', '\u0000');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
      (pieces, sizes) => {
        const text = pieces.join('');
        const [whole, cut] = [read(text), read(text, sizes)];
        // How far it was read before a problem may differ; that there is one may not.
        if (typeof whole === 'string' || typeof cut === 'string') expect(typeof whole).toBe(typeof cut);
        else expect(cut).toEqual(whole);
      },
    ),
    { numRuns: 5_000 },
  );
});
