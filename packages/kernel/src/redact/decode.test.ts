import { expect, test } from 'vitest';
import { allDetectors } from './detectors.ts';
import { find } from './find.ts';
import { formatSample } from './secret/format.ts';

const TOKEN = formatSample('ghp_{n:36}', 'decode');
const detectors = allDetectors();
const found = (text: string) =>
  find(text, { place: 'data', regions: [], detectors })
    .filter(({ rule }) => rule === 'github-pat')
    .map(({ start, end, path, value }) => ({ original: text.slice(start, end), path, value }));

const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');
const units = (text: string, write: (unit: number) => string) => Array.from(text, (char) => write(char.charCodeAt(0))).join('');

const SENTENCE = `key ${TOKEN} end`;

test.each([
  ['base64', base64(SENTENCE), base64(SENTENCE)],
  ['hex', hex(SENTENCE), hex(SENTENCE)],
  [
    'base64',
    base64(Buffer.from(SENTENCE, 'utf16le').toString('latin1')),
    base64(Buffer.from(SENTENCE, 'utf16le').toString('latin1')),
  ],
  ['percent', `q=1%26k%3D${TOKEN.replace('_', '%5F')}`, TOKEN.replace('_', '%5F')],
  ['entities', `&quot;${TOKEN.replace('_', '&#95;')}&quot;`, TOKEN.replace('_', '&#95;')],
  ['entities', units(TOKEN, (unit) => `&#x${unit.toString(16)};`), units(TOKEN, (unit) => `&#x${unit.toString(16)};`)],
  ['escapes', `line\\n${TOKEN.replace('_', '\\u005f')}`, TOKEN.replace('_', '\\u005f')],
  ['escapes', units(TOKEN, (unit) => `\\x${unit.toString(16)}`), units(TOKEN, (unit) => `\\x${unit.toString(16)}`)],
  [
    'utf16',
    units(TOKEN, (unit) => `${String.fromCharCode(unit)}\0`),
    units(TOKEN, (unit) => `${String.fromCharCode(unit)}\0`).slice(0, -1),
  ],
  ['base64 > base64', base64(base64(SENTENCE)), base64(base64(SENTENCE))],
  [
    'percent > base64',
    encodeURIComponent(`${base64(SENTENCE)}==`).replace('a', '%61'),
    encodeURIComponent(`${base64(SENTENCE)}`).replace('a', '%61'),
  ],
])('%s: what is encoded is found, and its place is that of the encoded text', (path, text, original) => {
  const [hit] = found(`see: ${text} (done)`);
  expect({ ...hit, original: hit?.original.startsWith(original) === true ? original : hit?.original }).toEqual({
    original,
    path,
    value: TOKEN,
  });
});

test('three times encoded is too deep', () => expect(found(base64(base64(base64(SENTENCE))))).toEqual([]));

test('what is no text is not looked into', () => {
  const bytes = Buffer.from(Array.from({ length: 90 }, (_, i) => (i * 151 + 128) % 256)).toString('base64');
  expect(find(bytes, { place: 'data', regions: [], detectors })).toEqual([]);
});

test('a token that is known as it stands is no finding of what is encoded in it', () => {
  const inside = base64(
    `{"signInAddress":"my.1password.com","email":"a1b2c3@mail.acme.de","key":"${formatSample('{n:300}', 'inside')}"}`,
  );
  const text = `token ops_${inside.replace(/=+$/, '')}\n`;
  const values = find(text, { place: 'data', regions: [], detectors }).filter(
    ({ kind }) => kind === 'secret' || kind === 'personal',
  );
  expect(values.map(({ rule, path }) => ({ rule, path }))).toEqual([
    { rule: '1password-service-account-token', path: undefined },
  ]);
});

const hiddenIn = (text: string, place: 'code' | 'data' | 'prose') =>
  find(text, { place, regions: [], detectors })
    .filter(({ kind }) => kind === 'hidden')
    .map(({ rule, path }) => ({ rule, path }));

test.each([
  ['{"description":"Re\\u200bads a file"}', 'data', [{ rule: 'invisible-character', path: 'escapes' }]],
  ['Re&#8203;ads a file', 'prose', [{ rule: 'invisible-character', path: 'entities' }]],
  ['{"d":"a\\u202eb"}', 'data', [{ rule: 'bidi-control', path: 'escapes' }]],
  // Code that names them hides nothing, and neither do colours or ordinary letters.
  ["text.replace(/\\u200b/g, '')", 'code', []],
  ['const RED = "\\u001b[31m", dim = "\\x1b[2mlongword"', 'code', []],
  ['{"msg":"\\u001b[32mINFO\\u001b[39m: ready"}', 'data', []],
  ['{"t":"caf\\u00e9 \\u2026 \\u2019"}', 'data', []],
] as const)('%s in %s hides what it should', (text, place, expected) => expect(hiddenIn(text, place)).toEqual(expected));
