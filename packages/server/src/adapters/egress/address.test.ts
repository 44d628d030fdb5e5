import { expect, test } from 'vitest';
import { classOf, OwnAddresses } from './address.ts';

const OWN = new Set(['93.184.216.10', '2a00::10']);

test.each([
  '93.184.216.34',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '2606:4700::1111',
  '2a00::1',
])('%s is dialled', (address) => {
  expect(classOf(address, OWN)).toBe('public');
});

test.each([
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '127.0.0.1',
  '127.255.255.254',
  '100.64.0.1',
  '100.127.255.255',
  '::1',
  'fc00::1',
  'fd12:3456::1',
])('%s is private', (address) => {
  expect(classOf(address, OWN)).toBe('private');
});

test.each<[string, string]>([
  ['169.254.169.254', 'metadata of most clouds'],
  ['169.254.170.2', 'credentials of containers'],
  ['169.254.1.1', 'link-local'],
  ['100.100.100.200', 'metadata inside a carrier range'],
  ['168.63.129.16', 'metadata at a public address'],
  ['192.0.0.192', 'metadata'],
  ['fd00:ec2::254', 'metadata inside a private range'],
  ['fd00:0ec2:0:0:0:0:0:0254', 'the same, spelled out'],
  ['fd00:ec2::23', 'credentials of containers'],
  ['fd00:ec2:ffff::1', 'services of a cloud to its machines'],
  ['fd00:42::42', 'metadata inside a private range'],
  ['fd20:ce::254', 'metadata'],
  ['2a00::5efe:7f00:1', 'ISATAP'],
  ['2a00:1:2:3:200:5efe:a9fe:a9fe', 'ISATAP'],
  ['0.0.0.0', 'unspecified: this machine on many systems'],
  ['0.1.2.3', 'this network'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['240.0.0.1', 'reserved'],
  ['192.0.2.1', 'documentation'],
  ['198.51.100.1', 'documentation'],
  ['203.0.113.1', 'documentation'],
  ['198.18.0.1', 'benchmarks'],
  ['192.88.99.1', 'relays of 6to4'],
  ['::', 'unspecified'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local with a zone'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
  ['::ffff:127.0.0.1', 'mapped'],
  ['::ffff:7f00:1', 'mapped, in hexadecimal'],
  ['::ffff:93.184.216.34', 'mapped, of a public one'],
  ['::ffff:0:127.0.0.1', 'translated'],
  ['::127.0.0.1', 'compatible'],
  ['::a9fe:a9fe', 'compatible, in hexadecimal'],
  ['64:ff9b::7f00:1', 'NAT64'],
  ['64:ff9b::169.254.169.254', 'NAT64'],
  ['64:ff9b:1::a00:1', 'NAT64 of a site'],
  ['2002:7f00:1::', '6to4'],
  ['2002:a9fe:a9fe::1', '6to4'],
  ['2001::1', 'Teredo'],
  ['2001:0:53aa:64c:0:0:f5ff:fffe', 'Teredo'],
  ['2001:db8::1', 'documentation'],
  ['3fff::1', 'documentation'],
  ['2001:2::1', 'benchmarks'],
  ['2001:10::1', 'keys'],
  ['2001:20::1', 'keys'],
  ['100::1', 'discarded'],
  ['5f00::1', 'segments'],
  ['4000::1', 'given to nobody'],
  ['e000::1', 'given to nobody'],
  ['', 'nothing'],
  ['localhost', 'a name'],
  ['127.1', 'a short form'],
  ['2130706433', 'a number'],
  ['0x7f000001', 'a number'],
  ['0177.0.0.1', 'octal'],
])('%s is never dialled: %s', (address) => {
  expect(classOf(address, OWN)).toBe('never');
});

test('addresses of this machine are its own, whatever their range, and are looked up anew', () => {
  expect([classOf('93.184.216.10', OWN), classOf('2a00:0::10', OWN)]).toEqual(['own', 'own']);
  let now = 0;
  let listed = ['93.184.216.10'];
  const own = new OwnAddresses(
    () => now,
    () => listed,
  );
  expect([...own.get()]).toEqual(['93.184.216.10']);
  listed = ['93.184.216.11', 'nonsense'];
  expect([...own.get()]).toEqual(['93.184.216.10']);
  now += 5_001;
  expect([...own.get()]).toEqual(['93.184.216.11']);
});
