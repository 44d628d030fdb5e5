import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalHost, type HostProblem, isHost } from './host.ts';

const plain = (text: string): string => {
  const read = canonicalHost(text);
  return isHost(read) ? read.host : `! ${read}`;
};

describe('one name, however it is written', () => {
  test.each([
    ['registry.npmjs.org', 'registry.npmjs.org'],
    ['REGISTRY.npmjs.ORG', 'registry.npmjs.org'],
    ['registry.npmjs.org.', 'registry.npmjs.org'],
    ['localhost', 'localhost'],
    ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
    ['a-b.example', 'a-b.example'],
    ['_dmarc.example', '_dmarc.example'],
    ['1.2.3.4.example', '1.2.3.4.example'],
    ['0x7f.example', '0x7f.example'],
    ['example.0xg', 'example.0xg'],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
  ])('%s', (text, host) => expect(plain(text)).toBe(host));
});

describe('addresses', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['[::1]', '::1'],
    ['::1', '::1'],
    ['::', '::'],
    ['2001:DB8::0:0:1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::ffff:127.0.0.1', '::ffff:7f00:1'],
    ['::ffff:7f00:1', '::ffff:7f00:1'],
    ['[64:ff9b::169.254.169.254]', '64:ff9b::a9fe:a9fe'],
    ['fe80::1', 'fe80::1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s', (text, host) => expect(plain(text)).toBe(host));
});

/** Each of these is a name, an address or nothing at all to some parser. */
const REFUSED: readonly (readonly [string, HostProblem])[] = [
  ['', 'empty'],
  ['.', 'label'],
  ['..', 'label'],
  ['a..example', 'label'],
  ['.example', 'label'],
  ['example..', 'label'],
  ['-a.example', 'label'],
  ['a-.example', 'label'],
  [`${'a'.repeat(64)}.example`, 'label'],
  [`${'a.'.repeat(126)}example`, 'too-long'],
  // Control characters, spaces, and what ends a host elsewhere.
  ['registry.npmjs.org\0.evil.example', 'character'],
  ['evil.example\r\nHost: registry.npmjs.org', 'ipv6'],
  ['evil.example\tx', 'character'],
  ['a b.example', 'character'],
  ['registry.npmjs.org/evil', 'character'],
  ['registry.npmjs.org\\evil', 'character'],
  ['registry.npmjs.org?evil', 'character'],
  ['registry.npmjs.org#evil', 'character'],
  ['user@registry.npmjs.org', 'character'],
  ['user:password@registry.npmjs.org', 'ipv6'],
  ['registry.npmjs.org,evil.example', 'character'],
  ['registry.npmjs.org;evil', 'character'],
  ['"registry.npmjs.org"', 'character'],
  ["'registry.npmjs.org'", 'character'],
  ['*.npmjs.org', 'character'],
  ['registry.npmjs.org:443', 'ipv6'],
  // Escapes, and other scripts: fullwidth letters, dots of other kinds, zero-width characters, soft hyphens.
  ['registry%2enpmjs.org', 'character'],
  ['%31%32%37.0.0.1', 'character'],
  ['münchen.example', 'character'],
  ['ｒegistry.npmjs.org', 'character'],
  ['registry。npmjs。org', 'character'],
  ['regi\u200bstry.npmjs.org', 'character'],
  ['regi\u00adstry.npmjs.org', 'character'],
  ['registry.npmjs.org\u2024', 'character'],
  ['KELVIN\u212a.example', 'character'],
  ['ſ.example', 'character'],
  // All that inet_aton and the URL standard read as an address.
  ['2130706433', 'number'],
  ['0x7f000001', 'number'],
  ['0X7F000001', 'number'],
  ['017700000001', 'number'],
  ['127.1', 'number'],
  ['127.0.1', 'number'],
  ['0x7f.0.0.1', 'number'],
  ['0177.0.0.1', 'number'],
  ['127.0.0.01', 'number'],
  ['127.0.0.0x1', 'number'],
  ['127.0.0.1.', 'number'],
  ['127.0.0.256', 'number'],
  ['1.2.3.4.5', 'number'],
  ['0', 'number'],
  ['0x', 'number'],
  ['example.0x', 'number'],
  ['example.1', 'number'],
  ['0.0.0.0.0', 'number'],
  ['00.0.0.0', 'number'],
  // IPv6 that some take: zones, prefixes, brackets that do not fit, too much, too little.
  ['[::1', 'ipv6'],
  ['::1]', 'ipv6'],
  ['[[::1]]', 'ipv6'],
  ['[::1]x', 'ipv6'],
  ['[]', 'ipv6'],
  ['fe80::1%eth0', 'ipv6'],
  ['fe80::1%25eth0', 'ipv6'],
  ['::1/128', 'ipv6'],
  [':::', 'ipv6'],
  ['1::2::3', 'ipv6'],
  ['1:2:3:4:5:6:7', 'ipv6'],
  ['1:2:3:4:5:6:7:8:9', 'ipv6'],
  ['1:2:3:4:5:6:7:8::', 'ipv6'],
  ['12345::', 'ipv6'],
  ['::g', 'ipv6'],
  ['::127.1', 'ipv6'],
  ['::0127.0.0.1', 'ipv6'],
  ['::127.0.0.1:1', 'ipv6'],
  ['127.0.0.1::', 'ipv6'],
  ['[127.0.0.1]', 'ipv6'],
  ['[registry.npmjs.org]', 'ipv6'],
  ['v1.fe80::a+en1', 'ipv6'],
];

describe('what could be read in two ways is refused', () => {
  test.each(REFUSED)('%j', (text, problem) => expect(canonicalHost(text)).toBe(problem));
});

describe('for any text', () => {
  const pieces = fc.constantFrom(...'abz019-_.:[]%@/\\ \0\r\n*xX,'.split(''), 'xn--', '0x', '::', '127', '.1', 'é', '。');
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.array(pieces, { maxLength: 16 }).map((list) => list.join('')),
  );

  test('the canonical form is its own canonical form, in plain lower-case ASCII', () => {
    fc.assert(
      fc.property(text, (given) => {
        const read = canonicalHost(given);
        if (!isHost(read)) return;
        expect(read.host).toMatch(read.kind === 'ipv6' ? /^[0-9a-f:]+$/ : /^[a-z0-9_.-]+$/);
        expect(canonicalHost(read.host)).toEqual(read);
        if (read.kind === 'ipv6') expect(canonicalHost(`[${read.host}]`)).toEqual(read);
        if (read.kind === 'name') expect(canonicalHost(`${read.host.toUpperCase()}.`)).toEqual(read);
      }),
      { numRuns: 5_000 },
    );
  });

  test('a name never ends in a number, so that no resolver takes it for an address', () => {
    fc.assert(
      fc.property(text, (given) => {
        const read = canonicalHost(given);
        if (isHost(read) && read.kind === 'name') expect(read.host).not.toMatch(/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/);
      }),
      { numRuns: 5_000 },
    );
  });

  test('any eight groups are one address in each of their spellings', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const long = groups.map((each) => each.toString(16).padStart(4, '0')).join(':');
        const tail = groups.slice(6).flatMap((each) => [each >> 8, each & 255]);
        const dotted = `${groups
          .slice(0, 6)
          .map((each) => each.toString(16).toUpperCase())
          .join(':')}:${tail.join('.')}`;
        const read = plain(long);
        expect([plain(dotted), plain(`[${long}]`), plain(read)]).toEqual([read, read, read]);
      }),
    );
  });
});
