import { expect, test } from 'vitest';
import fc from 'fast-check';
import { Mask, maskText, needlesOf } from './mask.ts';

const SECRET = 'sk-live"42"/<&x';
const needles = needlesOf(SECRET, `Bearer ${SECRET}`);

function through(mask: Mask, bytes: Buffer, sizes: readonly number[]): Buffer {
  const out: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const end = at + (sizes[index % sizes.length] ?? 1);
    out.push(mask.push(bytes.subarray(at, end)));
    at = end;
  }
  return Buffer.concat([...out, mask.end()]);
}

test.each<[string, string]>([
  ['as it is', SECRET],
  ['percent-encoded', encodeURIComponent(SECRET)],
  ['percent-encoded in small letters', encodeURIComponent(SECRET).replace(/%../g, (escape) => escape.toLowerCase())],
  ['in JSON', JSON.stringify({ authorization: `Bearer ${SECRET}` })],
  ['in HTML', SECRET.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')],
  ['in base64', Buffer.from(`Bearer ${SECRET}`).toString('base64')],
  ['in base64 behind one letter', Buffer.from(`x${SECRET}y`).toString('base64')],
  ['in base64 behind two letters', Buffer.from(`xx${SECRET}yy`).toString('base64')],
  ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
])('%s, it does not come back', (_name, echoed) => {
  const bytes = Buffer.from(`before ${echoed} after`);
  const masked = through(new Mask(needles), bytes, [bytes.length]).toString();
  expect(masked).toHaveLength(bytes.length);
  expect(masked).toMatch(/^before .*\*{6,}.* after$/s);
  for (const form of needles) expect(masked).not.toContain(form.toString('latin1'));
});

const WILD = 'S3cr/et+Va?lue>"1\'&~!x=`(';
const unicode =
  (letters: RegExp, upper = false) =>
  (letter: string) => {
    const escape = letter.charCodeAt(0).toString(16).padStart(4, '0');
    return letters.test(letter) ? `\\u${upper ? escape.toUpperCase() : escape}` : letter;
  };
const each = (text: string, change: (letter: string) => string): string => [...text].map(change).join('');
const html = (ways: Readonly<Record<string, string>>) =>
  each(WILD, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', ...ways })[letter] ?? letter);
const strict = encodeURIComponent(WILD).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

test.each<[string, string]>([
  ['base64 for addresses', Buffer.from(`xx${WILD}yy`).toString('base64url')],
  ['hexadecimal in capitals', Buffer.from(WILD).toString('hex').toUpperCase()],
  ['percent-encoding as JavaScript', encodeURIComponent(WILD)],
  ['percent-encoding of whole addresses', encodeURI(WILD)],
  ['percent-encoding as RFC 3986', strict],
  ['percent-encoding in small letters', strict.replace(/%../g, (escape) => escape.toLowerCase())],
  ['percent-encoding as Python', strict.replaceAll('%2F', '/')],
  ['forms', new URLSearchParams({ key: `Bearer ${WILD}` }).toString()],
  ['JSON with escaped slashes', JSON.stringify(WILD).replaceAll('/', '\\/')],
  ['JSON as Go', each(JSON.stringify(WILD), unicode(/[<>&]/))],
  ['JSON as Rails', each(JSON.stringify(WILD), unicode(/[<>&']/))],
  ['JSON as .NET', `"${each(WILD, unicode(/[<>&'+`"]/, true))}"`],
  ['HTML as Go', html({ '"': '&#34;', "'": '&#39;' })],
  ['HTML as Python', html({ '"': '&quot;', "'": '&#x27;' })],
  ['HTML as PHP', html({ '"': '&quot;', "'": '&#039;' })],
  ['XML', html({ '"': '&quot;', "'": '&apos;' })],
  ['HTML between tags', html({})],
  ['mustache', html({ '"': '&quot;', "'": '&#39;', '/': '&#x2F;', '`': '&#x60;', '=': '&#x3D;' })],
])('in %s, a secret of letters that need escapes does not come back', (_name, echoed) => {
  const masked = maskText(`before ${echoed} after`, needlesOf(WILD, `Bearer ${WILD}`));
  expect(masked).toHaveLength(`before ${echoed} after`.length);
  expect(masked).toMatch(/^before [^*]{0,6}\*{12,}"? after$|^before [\w=-]{0,4}\*{30,}[\w=-]{0,4} after$/);
});

test('wherever the bytes are cut, the secret is gone and the size is the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(SECRET, SECRET.slice(0, 7), SECRET.slice(4), 'x', 'Bearer ', '*'), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      (pieces, sizes) => {
        const bytes = Buffer.from(pieces.join(''));
        const whole = through(new Mask(needles), bytes, [Math.max(1, bytes.length)]);
        const cut = through(new Mask(needles), bytes, sizes);
        expect([cut.length, whole.length]).toEqual([bytes.length, bytes.length]);
        expect(cut.includes(Buffer.from(SECRET))).toBe(false);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('what cannot become the secret is not held back', () => {
  const mask = new Mask(needlesOf('abcdefgh', 'abcdefgh'));
  expect(mask.push(Buffer.from('data: 1\n\n')).toString()).toBe('data: 1\n\n');
  expect([mask.push(Buffer.from('x abc')).toString(), mask.push(Buffer.from('x')).toString(), mask.end().toString()]).toEqual([
    'x ',
    'abcx',
    '',
  ]);
});

test('headers are masked too', () => {
  expect(maskText('token=abcdefgh; path=/', needlesOf('abcdefgh', 'x'))).toBe('token=********; path=/');
});
