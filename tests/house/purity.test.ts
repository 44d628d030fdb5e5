import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTree, type Tree } from './tree.ts';

/** Each file must be refused by the compiler, with the error of this number. */
const REFUSED: readonly (readonly [what: string, code: string, error: string])[] = [
  ['the network', "export const get = (): unknown => fetch('x');\n", 'TS2304'],
  ['the environment', 'export const env = (): unknown => process.env;\n', 'TS2591'],
  ['the console', "export const say = (): void => console.log('x');\n", 'TS2584'],
  ['timers', 'export const later = (): unknown => setTimeout(() => 1, 1);\n', 'TS2304'],
  ['randomness', 'export const id = (): string => crypto.randomUUID();\n', 'TS2304'],
  ['buffers', "export const bytes = (): unknown => Buffer.from('x');\n", 'TS2591'],
  ['text encoders', 'export const bytes = (): unknown => new TextEncoder();\n', 'TS2304'],
  ['files', "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n", 'TS2591'],
  ['the server', "import { isoTime } from '../../../server/src/ports/clock.ts';\nexport const time = isoTime;\n", 'TS6059'],
];

const STRICT: readonly (readonly [what: string, code: string, error: string])[] = [
  ['an index that may be missing', 'export const first = (list: readonly string[]): string => list[0];\n', 'TS2322'],
  ['undefined for an absent member', 'export const one: { a?: number } = { a: undefined };\n', 'TS2375'],
  ['an enum', 'export enum Colour {\n  Red,\n}\n', 'TS1294'],
  ['a parameter property', 'export class Box {\n  constructor(readonly inside: number) {}\n}\n', 'TS1294'],
  ['a type imported as a value', "import { FaultCode } from '../fault.ts';\nexport type Code = FaultCode;\n", 'TS1484'],
  ['an implicit any', 'export const go = (value) => value;\n', 'TS7006'],
  ['a null that is not looked at', 'export const size = (text: string | null): number => text.length;\n', 'TS18047'],
  ['a local that nobody uses', 'export const go = (): number => {\n  const idle = 1;\n  return 2;\n};\n', 'TS6133'],
  [
    'a case that falls through',
    'export function go(n: number): number {\n  switch (n) {\n    case 1:\n      n += 1;\n    case 2:\n      return n;\n  }\n  return 0;\n}\n',
    'TS7029',
  ],
  [
    'an override that does not say so',
    'class A {\n  go(): void {}\n}\nexport class B extends A {\n  go(): void {}\n}\n',
    'TS4114',
  ],
];

let tree: Tree;
let text: string;
let code: number | null;

const slug = (what: string): string => what.replaceAll(/\W+/g, '-');

beforeAll(() => {
  tree = makeTree();
  tree.plant('packages/kernel/src/fault.ts', "export type FaultCode = 'a';\n");
  tree.plant('packages/kernel/src/decide/pure.ts', 'export const sum = (a: number, b: number): number => a + b;\n');
  tree.plant('packages/server/src/ports/clock.ts', 'export const isoTime = (ms: number): string => String(ms);\n');
  for (const [what, body] of [...REFUSED, ...STRICT]) tree.plant(`packages/kernel/src/planted/${slug(what)}.ts`, body);
  ({ code, text } = tree.run('typescript/bin/tsc', '-p', 'packages/kernel', '--noEmit', '--pretty', 'false'));
});

afterAll(() => tree.remove());

const errorsOf = (path: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${path}(`))
    .map((line) => /error (TS\d+)/.exec(line)?.[1] ?? line);

describe('the compiler', () => {
  it('fails, and says nothing about the file that is pure', () => {
    expect({ failed: code !== 0, errors: errorsOf('packages/kernel/src/decide/pure.ts') }).toEqual({ failed: true, errors: [] });
  });

  it.each(REFUSED)('keeps the kernel from %s', (what, _body, error) => {
    expect(errorsOf(`packages/kernel/src/planted/${slug(what)}.ts`)).toContain(error);
  });

  it.each(STRICT)('refuses %s', (what, _body, error) => {
    expect(errorsOf(`packages/kernel/src/planted/${slug(what)}.ts`)).toContain(error);
  });
});
