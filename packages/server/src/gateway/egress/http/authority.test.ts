import { expect, test } from 'vitest';
import { absoluteTarget, authority, connectTarget, hostHeader, originLocation } from './authority.ts';
import { isHeadProblem, type RequestHead, requestHead } from './head.ts';

function head(...lines: readonly string[]): RequestHead {
  const read = requestHead(lines.join('\r\n'));
  if (isHeadProblem(read)) throw new Error(read);
  return read;
}

test.each<[string, object]>([
  ['a.test:443', { host: 'a.test', port: 443 }],
  ['A.Test.:8443', { host: 'a.test', port: 8443 }],
  ['[2001:DB8::1]:443', { host: '2001:db8::1', port: 443 }],
  ['192.0.2.1:80', { host: '192.0.2.1', port: 80 }],
  ['a.test', { host: 'a.test', port: 7 }],
])('%s is an authority', (text, expected) => {
  expect(authority(text, 7)).toEqual(expected);
});

test.each([
  '',
  ':443',
  'a.test:',
  'a.test:0',
  'a.test:0443',
  'a.test:65536',
  'a.test:99999999',
  'a.test:443:443',
  'user@a.test:443',
  'user:pw@a.test:443',
  'a.test:443/',
  'a.test/x:443',
  'a.test?x:443',
  'a.test#x:443',
  'a.test\\@b.test:443',
  'a.test%00.b.test:443',
  'a.test\u0000b.test:443',
  'a..test:443',
  '.a.test:443',
  '-a.test:443',
  '2130706433:443',
  '0x7f000001:443',
  '0x7f.1:443',
  '0177.0.0.1:443',
  '127.1:443',
  '127.0.0.1.:443',
  '127.0.0.01:443',
  '127.0.0.256:443',
  '[::1:443',
  '::1:443',
  '[::ffff:127.0.0.1%lo]:443',
  '[::g]:443',
  '[1::2::3]:443',
  'ａ.test:443',
  '*.a.test:443',
])('%j is none', (text) => {
  expect(authority(text, undefined)).toMatchObject({ kind: 'invalid' });
});

test.each<[string, RequestHead, string | undefined]>([
  ['no host header', head('CONNECT a.test:443 HTTP/1.1'), undefined],
  ['the same host', head('CONNECT a.test:443 HTTP/1.1', 'Host: a.test:443'), undefined],
  ['the same host without its port', head('CONNECT a.test:443 HTTP/1.1', 'Host: A.test.'), undefined],
  ['another host', head('CONNECT a.test:443 HTTP/1.1', 'Host: b.test:443'), 'mismatch'],
  ['another port', head('CONNECT a.test:443 HTTP/1.1', 'Host: a.test:80'), 'mismatch'],
  ['two hosts', head('CONNECT a.test:443 HTTP/1.1', 'Host: a.test', 'Host: a.test'), 'invalid'],
  ['a path', head('CONNECT /a HTTP/1.1'), 'invalid'],
  ['no port', head('CONNECT a.test HTTP/1.1'), 'invalid'],
  ['a URL', head('CONNECT https://a.test:443 HTTP/1.1'), 'invalid'],
])('CONNECT with %s', (_name, request, problem) => {
  expect(connectTarget(request)).toMatchObject(problem === undefined ? { host: 'a.test', port: 443 } : { kind: problem });
});

test.each<[string, string, string | undefined]>([
  ['http://a.test/x?y', 'a.test', undefined],
  ['HTTP://A.test:80/x?y', 'a.test:80', undefined],
  ['http://a.test', 'a.test', undefined],
  ['http://a.test?y', 'a.test', undefined],
  ['http://a.test/x', 'b.test', 'mismatch'],
  ['http://a.test/x', 'a.test:81', 'mismatch'],
  ['https://a.test/x', 'a.test', 'invalid'],
  ['ftp://a.test/x', 'a.test', 'invalid'],
  ['/x', 'a.test', 'invalid'],
  ['*', 'a.test', 'invalid'],
  ['http:///x', 'a.test', 'invalid'],
  ['http://a.test/x#y', 'a.test', 'invalid'],
  ['http://u@a.test/x', 'a.test', 'invalid'],
  ['http://a.test\\x', 'a.test', 'invalid'],
  ['http:a.test/x', 'a.test', 'invalid'],
])('a request for %s with the host %s', (target, host, problem) => {
  const located = absoluteTarget(head(`GET ${target} HTTP/1.1`, `Host: ${host}`));
  expect(located).toMatchObject(problem === undefined ? { host: 'a.test', port: 80 } : { kind: problem });
});

test.each<[string, string[], string | undefined]>([
  ['the same host', ['GET /x HTTP/1.1', 'Host: a.test'], undefined],
  ['the host with its port', ['GET /x HTTP/1.1', 'Host: a.test:443'], undefined],
  ['another host', ['GET /x HTTP/1.1', 'Host: b.test'], 'mismatch'],
  ['another port', ['GET /x HTTP/1.1', 'Host: a.test:8443'], 'mismatch'],
  ['no host', ['GET /x HTTP/1.1'], 'invalid'],
  ['an empty host', ['GET /x HTTP/1.1', 'Host:'], 'invalid'],
  ['two hosts', ['GET /x HTTP/1.1', 'Host: a.test', 'Host: b.test'], 'invalid'],
  ['a list of hosts', ['GET /x HTTP/1.1', 'Host: a.test, b.test'], 'invalid'],
  ['a whole URL', ['GET http://b.test/x HTTP/1.1', 'Host: a.test'], 'invalid'],
])('inside a connection for a.test, %s', (_name, lines, problem) => {
  const located = originLocation(head(...lines), 443, { host: 'a.test', port: 443 });
  expect(located).toMatchObject(
    problem === undefined ? { host: 'a.test', port: 443, origin: { path: '/x' } } : { kind: problem },
  );
});

test.each<[string, number, 'http' | 'https', string]>([
  ['a.test', 443, 'https', 'a.test'],
  ['a.test', 8443, 'https', 'a.test:8443'],
  ['::1', 80, 'http', '[::1]'],
])('the host header of %s:%d', (host, port, scheme, text) => {
  expect(hostHeader({ host, port }, scheme)).toBe(text);
});
