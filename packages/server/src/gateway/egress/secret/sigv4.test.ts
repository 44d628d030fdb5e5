import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { signature, type SignedRequest } from './sigv4.ts';

/** Of the test suite that AWS published for the algorithm. */
const KEY = {
  accessKey: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
};
const EMPTY = createHash('sha256').update('').digest('hex');
const request = (more: Partial<SignedRequest>): SignedRequest => ({
  method: 'GET',
  path: '/',
  query: '',
  headers: new Map([
    ['host', 'example.amazonaws.com'],
    ['x-amz-date', '20150830T123600Z'],
  ]),
  payload: EMPTY,
  now: Date.UTC(2015, 7, 30, 12, 36),
  ...more,
});

test.each<[string, Partial<SignedRequest>, string]>([
  ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'get-vanilla-query-order-key-case',
    { query: '?Param2=value2&Param1=value1' },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
])('%s', (_name, more, proof) => {
  expect(signature(request(more), KEY)).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${proof}`,
  );
});

test('a path is escaped once more, but for S3', () => {
  const one = request({ path: '/model/a%3A0/invoke' });
  const proofs = ['bedrock', 's3'].map((service) => signature(one, { ...KEY, service }));
  const plain = ['bedrock', 's3'].map((service) => signature(request({ path: '/model/a:0/invoke' }), { ...KEY, service }));
  expect(proofs[0]).not.toBe(plain[0]);
  expect(new Set([...proofs, ...plain]).size).toBe(4);
});

test('a query that is not well escaped cannot be signed', () => {
  expect(() => signature(request({ query: '?a=%zz' }), KEY)).toThrow(URIError);
});
