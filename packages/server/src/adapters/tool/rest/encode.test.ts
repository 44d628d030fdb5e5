import type { Json } from '@countersign/kernel/json';
import { describe, expect, it } from 'vitest';
import { headerText, pathText, queryPairs } from './encode.ts';
import type { Placed, Style } from './operation.ts';

const placed = (where: Placed['in'], style: Style, explode: boolean): Placed => ({
  argument: 'c',
  name: 'c',
  in: where,
  style,
  explode,
  json: false,
});
const list = ['x', 'y z'];
const object = { R: 1, G: 'a&b' };

// The tables of OpenAPI 3.1, "Style Examples".
describe('a query', () => {
  const rows: readonly (readonly [Style, boolean, Json, string])[] = [
    ['form', false, 'b', 'c=b'],
    ['form', true, list, 'c=x&c=y%20z'],
    ['form', false, list, 'c=x,y%20z'],
    ['form', true, object, 'R=1&G=a%26b'],
    ['form', false, object, 'c=R,1,G,a%26b'],
    ['spaceDelimited', false, list, 'c=x%20y%20z'],
    ['pipeDelimited', false, list, 'c=x%7Cy%20z'],
    ['deepObject', true, object, 'c%5BR%5D=1&c%5BG%5D=a%26b'],
    ['form', true, true, 'c=true'],
    ['form', true, "a'(b)*!", 'c=a%27%28b%29%2A%21'],
  ];
  for (const [style, explode, value, text] of rows)
    it(`${style} ${explode} ${JSON.stringify(value)}`, () =>
      expect(queryPairs(placed('query', style, explode), value).join('&')).toBe(text));
  it('of JSON', () =>
    expect(queryPairs({ ...placed('query', 'form', true), json: true }, object)).toEqual([
      'c=%7B%22R%22%3A1%2C%22G%22%3A%22a%26b%22%7D',
    ]));
});

describe('a path', () => {
  const rows: readonly (readonly [Style, boolean, Json, string])[] = [
    ['simple', false, 'b', 'b'],
    ['simple', false, list, 'x,y%20z'],
    ['simple', false, object, 'R,1,G,a%26b'],
    ['simple', true, object, 'R=1,G=a%26b'],
    ['label', false, 'b', '.b'],
    ['label', false, list, '.x,y%20z'],
    ['label', true, list, '.x.y%20z'],
    ['label', true, object, '.R=1.G=a%26b'],
    ['matrix', false, 'b', ';c=b'],
    ['matrix', false, list, ';c=x,y%20z'],
    ['matrix', true, list, ';c=x;c=y%20z'],
    ['matrix', true, object, ';R=1;G=a%26b'],
    ['matrix', false, object, ';c=R,1,G,a%26b'],
  ];
  for (const [style, explode, value, text] of rows)
    it(`${style} ${explode} ${JSON.stringify(value)}`, () => expect(pathText(placed('path', style, explode), value)).toBe(text));
});

describe('a header', () => {
  it('is plain', () => {
    expect(headerText(placed('header', 'simple', false), ['a', 'b'])).toBe('a,b');
    expect(headerText(placed('header', 'simple', true), object)).toBe('R=1,G=a&b');
    expect(() => headerText(placed('header', 'simple', false), 'a\r\nX: y')).toThrow('no header can carry');
    expect(() => headerText(placed('header', 'simple', false), { deep: { er: 1 } })).toThrow('nested deeper');
  });
});
