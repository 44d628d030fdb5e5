/** Keys that are known by their own form: what is in blocks is in `blocks.ts`. */
import { formatSample } from '../format.ts';
import { near, type SecretRule, token, written } from '../rule.ts';
import { bech32, bech32Checksum, jwtHeader } from '../validators.ts';
import { base64Encode, utf8Encode } from '../../../ledger/index.ts';

const BECH32 = [...'qpzry9x8gf2tvdw0s3jn54khce6mua7l'];

function ageKey(): string {
  const data = Array.from({ length: 52 }, (_, i) => BECH32[(i * 7 + (i % 5)) % 32]).join('');
  return `age-secret-key-1${data}${bech32Checksum('age-secret-key-', data)}`.toUpperCase();
}

const segment = (value: object): string =>
  base64Encode(utf8Encode(JSON.stringify(value)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
const jwt = (header: object): string =>
  `${segment(header)}.${segment({ sub: 'agent-7', exp: 1_900_000_000 })}.${formatSample('{w:43}', 'jwt')}`;

export const KEYS: readonly SecretRule[] = [
  written('age-secret-key', 'age identity', 'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}', {
    keywords: ['age-secret-key-1'],
    right: 'A-Z0-9',
    check: bech32,
    positive: [ageKey(), `key: ${ageKey()}`],
    negative: ['AGE-SECRET-KEY-1', `age1${'q'.repeat(58)}`],
  }),
  written('jwt', 'JSON Web Token', 'eyJ[A-Za-z0-9_\\-]{12,900}\\.eyJ[A-Za-z0-9_\\-]{8,2400}\\.[A-Za-z0-9_\\-]{0,700}', {
    keywords: ['eyj'],
    right: 'A-Za-z0-9_-',
    check: jwtHeader,
    harmless: false,
    positive: [`Authorization: Bearer ${jwt({ alg: 'RS256', typ: 'JWT' })}`, jwt({ alg: 'none' })],
    negative: [`${segment({ type: 'nothing to sign' })}.${segment({ a: 1, b: 2 })}.`, 'eyJhbGciOi...'],
  }),
  token('jwt-base64', 'JSON Web Token, base 64 once more', 'ZXlK{b:60-1200}', {
    harmless: false,
    right: 'A-Za-z0-9+/',
    entropy: 0.6,
  }),
  written('jwk-private', 'JSON Web Key with its private part', `kty"[^{}]{1,900}"d" {0,2}: {0,2}"([A-Za-z0-9_\\-]{40,700})`, {
    keywords: ['kty'],
    right: 'A-Za-z0-9_-',
    positive: [`{"kty":"EC","crv":"P-256","x":"${formatSample('{w:43}', 'x')}","d":"${formatSample('{w:43}', 'd')}"}`],
    negative: [`{"kty":"EC","crv":"P-256","x":"${formatSample('{w:43}', 'x')}","y":"${formatSample('{w:43}', 'y')}"}`],
  }),
  token('putty-private-mac', 'PuTTY private key checksum', 'Private-MAC: {h:40-64}', {
    keywords: ['private-mac:'],
    raises: 'confidential',
    frame: '@',
  }),
  near(
    'wireguard-private-key',
    'WireGuard private key, and other private keys of 32 bytes',
    { words: ['privatekey', 'private_key', 'presharedkey', 'preshared_key'], format: '{b:43}=' },
    { right: 'A-Za-z0-9+/=', frame: '[Interface]\nPrivateKey = @' },
  ),
  token('laravel-app-key', 'Laravel application key', '(base64:{b:43}=|base64:{b:22}==)', {
    keywords: ['base64:'],
    left: 'A-Za-z0-9_-',
    right: 'A-Za-z0-9+/=',
    frame: 'APP_KEY=@',
  }),
  near(
    'ethereum-private-key',
    'Private key of an Ethereum account',
    { words: ['private_key', 'privatekey'], format: '(0x{H:64}|{H:64})' },
    {
      frame: 'PRIVATE_KEY=@',
    },
  ),
];
