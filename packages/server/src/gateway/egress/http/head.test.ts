import { expect, test } from 'vitest';
import fc from 'fast-check';
import { isHeadProblem, requestHead, responseHead } from './head.ts';

const request = (...lines: readonly string[]): string => lines.join('\r\n');

test('a plain request is read as it stands', () => {
  expect(requestHead(request('POST /a?b HTTP/1.1', 'Host: x', 'Content-Length:  5 ', 'X-Empty:'))).toEqual({
    method: 'POST',
    target: '/a?b',
    minor: 1,
    framing: { kind: 'length', bytes: 5 },
    headers: [
      { name: 'Host', key: 'host', value: 'x' },
      { name: 'Content-Length', key: 'content-length', value: '5' },
      { name: 'X-Empty', key: 'x-empty', value: '' },
    ],
  });
});

test.each<[string, string, string]>([
  ['a bare line feed between headers', 'GET / HTTP/1.1\r\nHost: x\nX: y', 'line'],
  ['a bare line feed after the request line', 'GET / HTTP/1.1\nHost: x', 'line'],
  ['a bare carriage return in a value', 'GET / HTTP/1.1\r\nX: a\rb', 'line'],
  ['nothing', '', 'start'],
  ['two spaces in the request line', 'GET  / HTTP/1.1', 'start'],
  ['a tab for a space', 'GET\t/ HTTP/1.1', 'method'],
  ['a space at its end', 'GET / HTTP/1.1 ', 'start'],
  ['a space before it', ' GET / HTTP/1.1', 'start'],
  ['no version', 'GET /', 'version'],
  ['HTTP/0.9', 'GET / HTTP/0.9', 'version'],
  ['HTTP/2.0', 'PRI * HTTP/2.0', 'version'],
  ['a version in small letters', 'GET / http/1.1', 'version'],
  ['HTTP/1.10', 'GET / HTTP/1.10', 'version'],
  ['a method in small letters', 'get / HTTP/1.1', 'method'],
  ['a method with a colon', 'GET: / HTTP/1.1', 'method'],
  ['no method', ' / HTTP/1.1', 'method'],
  ['a control character in the target', 'GET /\u0001 HTTP/1.1', 'start'],
  ['a space before the colon', 'GET / HTTP/1.1\r\nContent-Length : 5', 'header'],
  ['a folded line', 'GET / HTTP/1.1\r\nX: a\r\n b', 'header'],
  ['a folded line with a tab', 'GET / HTTP/1.1\r\nX: a\r\n\tContent-Length: 5', 'header'],
  ['a line without a colon', 'GET / HTTP/1.1\r\nHost', 'header'],
  ['a length with an underscore', 'GET / HTTP/1.1\r\nContent_Length: 5', 'header'],
  ['a coding with an underscore', 'GET / HTTP/1.1\r\nTransfer_encoding: chunked', 'header'],
  ['an empty name', 'GET / HTTP/1.1\r\n: x', 'header'],
  ['a name in parentheses', 'GET / HTTP/1.1\r\nX(y): z', 'header'],
  ['a zero byte in a value', 'GET / HTTP/1.1\r\nX: a\u0000b', 'value'],
  ['a vertical tab in a value', 'GET / HTTP/1.1\r\nX: a\u000bb', 'value'],
  ['two lengths', 'GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6', 'length'],
  ['the same length twice', 'GET / HTTP/1.1\r\nContent-Length: 5\r\ncontent-length: 5', 'length'],
  ['a list of lengths', 'GET / HTTP/1.1\r\nContent-Length: 5, 5', 'length'],
  ['a signed length', 'GET / HTTP/1.1\r\nContent-Length: +5', 'length'],
  ['a hexadecimal length', 'GET / HTTP/1.1\r\nContent-Length: 0x5', 'length'],
  ['an empty length', 'GET / HTTP/1.1\r\nContent-Length:', 'length'],
  ['a huge length', `GET / HTTP/1.1\r\nContent-Length: ${'9'.repeat(16)}`, 'length'],
  ['a length and a coding', 'GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked', 'both'],
  ['a coding and a length', 'GET / HTTP/1.1\r\ntransfer-encoding: identity\r\nContent-Length: 5', 'both'],
  ['two codings', 'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 'coding'],
  ['a list of codings', 'GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked', 'coding'],
  ['a coding with a vertical tab', 'GET / HTTP/1.1\r\nTransfer-Encoding: \u000bchunked', 'value'],
  ['an unknown coding', 'GET / HTTP/1.1\r\nTransfer-Encoding: xchunked', 'coding'],
  ['a coding in quotes', 'GET / HTTP/1.1\r\nTransfer-Encoding: "chunked"', 'coding'],
  ['a coding in HTTP/1.0', 'GET / HTTP/1.0\r\nTransfer-Encoding: chunked', 'coding'],
  ['too many headers', request('GET / HTTP/1.1', ...Array.from({ length: 129 }, (_, index) => `X-${index}: y`)), 'too-many'],
])('%s is refused', (_name, text, problem) => {
  expect(requestHead(text)).toBe(problem);
});

test.each<[string, string, object]>([
  ['no length', 'HTTP/1.1 200 OK', { status: 200, reason: 'OK', framing: { kind: 'close' } }],
  ['no reason', 'HTTP/1.1 204', { status: 204, reason: '' }],
  ['an empty reason', 'HTTP/1.0 500 ', { status: 500, minor: 0 }],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked', { framing: { kind: 'chunked' } }],
])('an answer with %s', (_name, text, expected) => {
  expect(responseHead(text)).toMatchObject(expected);
});

test.each<[string, string]>([
  ['HTTP/1.1 2000 OK', 'start'],
  ['HTTP/1.1 099 OK', 'start'],
  ['HTTP/2 200', 'start'],
  ['ICY 200 OK', 'start'],
  ['HTTP/1.1 200 O\u0000K', 'start'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked', 'both'],
])('%j is no answer', (text, problem) => {
  expect(responseHead(text)).toBe(problem);
});

test('whatever comes is read or refused, and what is read says everything once', () => {
  const piece = fc.constantFrom(
    'GET',
    ' ',
    '/',
    'HTTP/1.1',
    '\r\n',
    '\r',
    '\n',
    ':',
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'chunked',
    '5',
    'x',
    '\t',
    '\u0000',
    ',',
    '\u00ff',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const head = requestHead(pieces.join(''));
      if (isHeadProblem(head)) return;
      const count = (key: string): number => head.headers.filter((header) => header.key === key).length;
      expect(count('content-length') + count('transfer-encoding')).toBeLessThanOrEqual(1);
      expect(JSON.stringify(head)).not.toMatch(/\\r|\\n|\\u0000/);
    }),
    { numRuns: 20_000 },
  );
});
