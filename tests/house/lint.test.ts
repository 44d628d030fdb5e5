import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTree, type Tree } from './tree.ts';

interface Row {
  readonly what: string;
  /** Folder of the planted file. */
  readonly in: string;
  readonly code: string;
  /** The rule that must speak, or null: nothing may be said. */
  readonly rule: string | null;
  readonly name?: string;
}

const SERVER = 'packages/server/src';
const imports = (from: string): string => `import { thing } from '${from}';\nexport const used = thing;\n`;
const wall = (what: string, folder: string, from: string): Row => ({
  what,
  in: folder,
  code: imports(from),
  rule: 'eslint(no-restricted-imports)',
});
const open = (what: string, folder: string, from: string): Row => ({ what, in: folder, code: imports(from), rule: null });
const rule = (what: string, name: string, code: string, folder = `${SERVER}/govern`): Row => ({
  what,
  in: folder,
  code,
  rule: name,
});

const WALLS: readonly Row[] = [
  wall('the kernel imports a package', 'packages/kernel/src/decide', 'zod'),
  wall('the kernel imports from Node', 'packages/kernel/src/decide', 'node:http'),
  wall('the kernel imports the server', 'packages/kernel/src/decide', '../../../server/src/ports/clock.ts'),
  wall('ports import the road', `${SERVER}/ports`, '../govern/road.ts'),
  wall('ports import the store', `${SERVER}/ports`, '../store/postgres/store.ts'),
  wall('ports import a package', `${SERVER}/ports`, 'pg'),
  wall('ports import files', `${SERVER}/ports`, 'node:fs'),
  wall('the road imports an adapter', `${SERVER}/govern`, '../adapters/cedar/index.ts'),
  wall('the road imports the store', `${SERVER}/govern`, '../store/road/store.ts'),
  wall('the road imports a door', `${SERVER}/govern`, '../gateway/model/index.ts'),
  wall('the road imports the API', `${SERVER}/govern`, '../api/app.ts'),
  wall('the road imports HTTP', `${SERVER}/govern`, 'node:http'),
  wall('the road imports SQL', `${SERVER}/govern`, 'kysely'),
  wall('a door imports another door', `${SERVER}/gateway/model`, '../tool/index.ts'),
  wall('a door imports another door, from a folder below', `${SERVER}/gateway/model/body`, '../../git/index.ts'),
  wall('a door imports another door, two folders below', `${SERVER}/gateway/model/body/deep`, '../../../egress/index.ts'),
  wall('what doors share imports a door', `${SERVER}/gateway/wire`, '../model/index.ts'),
  wall('a door with a name like it', `${SERVER}/gateway/model`, '../wired/index.ts'),
  wall('a door imports an adapter', `${SERVER}/gateway/model`, '../../adapters/upstream/index.ts'),
  wall('a door imports the store', `${SERVER}/gateway/model/body`, '../../../store/index.ts'),
  wall('a door imports configuration', `${SERVER}/gateway/model`, '../../config/index.ts'),
  wall('a door imports SQL', `${SERVER}/gateway/model`, 'pg'),
  wall('the API imports a door', `${SERVER}/api/agents`, '../../gateway/model/index.ts'),
  wall('the API imports the store', `${SERVER}/api/agents`, '../../store/index.ts'),
  wall('jobs import an adapter', `${SERVER}/jobs`, '../adapters/cedar/index.ts'),
  wall('an adapter imports another adapter', `${SERVER}/adapters/cedar`, '../keys/signing-key.ts'),
  wall('an adapter imports another adapter, from a folder below', `${SERVER}/adapters/cedar/deep`, '../../keys/signing-key.ts'),
  wall('what adapters share imports an adapter', `${SERVER}/adapters/shared`, '../keys/signing-key.ts'),
  wall('an adapter imports one whose name begins like shared', `${SERVER}/adapters/cedar`, '../spool/file-spool.ts'),
  wall('an adapter imports the road', `${SERVER}/adapters/cedar`, '../../govern/road.ts'),
  wall('the store imports the road', `${SERVER}/store/road`, '../../govern/road.ts'),
  wall('the store imports an adapter', `${SERVER}/store/road`, '../../adapters/keys/signing-key.ts'),
  wall('configuration imports the store', `${SERVER}/config`, '../store/index.ts'),
  wall('the verifier imports the ledger that it judges', `${SERVER}/verify`, '../store/ledger/index.ts'),
  wall('the verifier imports ports', `${SERVER}/verify`, '../ports/ledger.ts'),
  wall('the verifier goes online', `${SERVER}/verify`, 'node:https'),
  wall('the verifier imports a package', `${SERVER}/verify`, 'zod'),
  wall('the CLI imports the road', `${SERVER}/cli/task`, '../../govern/road.ts'),
  wall('the CLI imports an adapter', `${SERVER}/cli/task`, '../../adapters/keys/signing-key.ts'),
  wall('the CLI reaches app.ts outside of `up`', `${SERVER}/cli/task`, '../../app.ts'),
  wall('product code imports test code', `${SERVER}/govern`, './testing/fakes.ts'),
  wall('product code imports build output', `${SERVER}/govern`, '../../../kernel/dist/fault.js'),
  {
    what: 'a wall is crossed by a dynamic import',
    in: `${SERVER}/gateway/model`,
    code: "export const late = async () => await import('../../store/index.ts');\n",
    rule: 'eslint(no-restricted-imports)',
  },
  {
    what: 'a wall is crossed by passing on an export',
    in: `${SERVER}/gateway/model`,
    code: "export { thing } from '../../store/index.ts';\n",
    rule: 'eslint(no-restricted-imports)',
  },
  rule(
    'a wall is crossed by an import inside a type',
    'typescript(consistent-type-imports)',
    "export type Late = import('../store/x.ts').X;\n",
  ),
];

const MINT: readonly Row[] = ['gateway/model', 'api/agents', 'jobs', 'adapters/keys', 'store/road', 'config', 'cli/up'].map(
  (folder) => ({
    what: `${folder} claims the mint`,
    in: `${SERVER}/${folder}`,
    code: `import { claimMint } from '${'../'.repeat(folder.split('/').length)}ports/grant.ts';\nexport const mint = claimMint();\n`,
    rule: 'eslint(no-restricted-imports)',
  }),
);

const MINT_LATE: Row = {
  what: 'a door claims the mint by a dynamic import',
  in: `${SERVER}/gateway/model`,
  code: "export const mint = async () => {\n  const { claimMint } = await import('../../ports/grant.ts');\n  return claimMint();\n};\n",
  rule: 'eslint(id-denylist)',
};

const KERNEL = 'packages/kernel/src/decide';
const PURITY: readonly Row[] = [
  rule('the kernel reads the clock', 'eslint(no-restricted-globals)', 'export const now = (): number => Date.now();\n', KERNEL),
  rule('the kernel makes a date', 'eslint(no-restricted-globals)', 'export const now = (): object => new Date();\n', KERNEL),
  rule('the kernel rolls dice', 'eslint(no-restricted-properties)', 'export const roll = (): number => Math.random();\n', KERNEL),
  rule(
    'the kernel rolls dice by another name',
    'eslint(no-restricted-properties)',
    'const { random } = Math;\nexport const roll = random;\n',
    KERNEL,
  ),
  rule('the kernel fetches', 'eslint(no-restricted-globals)', "export const get = async () => await fetch('x');\n", KERNEL),
  rule(
    'the kernel asks for the locale',
    'eslint(no-restricted-properties)',
    "export const order = 'a'.localeCompare('b');\n",
    KERNEL,
  ),
  rule(
    'a door fetches',
    'eslint(no-restricted-globals)',
    "export const get = async () => await fetch('x');\n",
    `${SERVER}/gateway/model`,
  ),
];

const HABITS: readonly Row[] = [
  rule(
    'a promise floats',
    'typescript(no-floating-promises)',
    'const act = async (): Promise<void> => {};\nexport const go = (): void => {\n  act();\n};\n',
  ),
  rule(
    'a promise is taken for a condition',
    'typescript(no-misused-promises)',
    'const ask = async (): Promise<boolean> => false;\nexport const go = (): number => (ask() ? 1 : 2);\n',
  ),
  rule(
    'a switch forgets a case',
    'typescript(switch-exhaustiveness-check)',
    "export function go(what: 'a' | 'b'): number {\n  switch (what) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}\n",
  ),
  rule(
    'something other than an error is thrown',
    'typescript(only-throw-error)',
    "export function go(): never {\n  throw 'no';\n}\n",
  ),
  rule('any', 'typescript(no-explicit-any)', 'export const go = (value: any): unknown => value;\n'),
  rule('as any', 'typescript(no-explicit-any)', 'export const go = (value: unknown): unknown => value as any;\n'),
  rule('the compiler is silenced', 'typescript(ban-ts-comment)', "// @ts-ignore\nexport const go: number = 'a';\n"),
  rule('work is put off', 'eslint(no-warning-comments)', '// TODO: later\nexport const go = 1;\n'),
  rule('loose equality', 'eslint(eqeqeq)', 'export const go = (a: unknown): boolean => a == 1;\n'),
  rule(
    'five parameters',
    'eslint(max-params)',
    'export const go = (a: number, b: number, c: number, d: number, e: number): number => a + b + c + d + e;\n',
  ),
  rule('401 lines', 'eslint(max-lines)', Array.from({ length: 401 }, (_, at) => `export const line${at} = ${at};\n`).join('')),
  rule(
    'a function with 13 ways through it',
    'eslint(complexity)',
    `export function go(n: number): number {\n${Array.from({ length: 12 }, (_, at) => `  if (n === ${at}) return ${at + 1};\n`).join('')}  return 0;\n}\n`,
  ),
  rule('an unused directive', 'unused', '// oxlint-disable-next-line no-var\nexport const go = 1;\n'),
  {
    ...rule(
      'a test is skipped',
      'vitest(no-disabled-tests)',
      "import { expect, it } from 'vitest';\nit.skip('x', () => {\n  expect(1).toBe(1);\n});\n",
    ),
    name: 'skip.test.ts',
  },
  {
    ...rule(
      'a test is singled out',
      'vitest(no-focused-tests)',
      "import { expect, it } from 'vitest';\nit.only('x', () => {\n  expect(1).toBe(1);\n});\n",
    ),
    name: 'only.test.ts',
  },
  {
    ...rule('a test proves nothing', 'vitest(expect-expect)', "import { it } from 'vitest';\nit('x', () => {});\n"),
    name: 'empty.test.ts',
  },
];

const ALLOWED: readonly Row[] = [
  open('the kernel imports itself', 'packages/kernel/src/decide', '../fault.ts'),
  open('ports import the kernel', `${SERVER}/ports`, '@countersign/kernel/fault'),
  open('the road imports ports', `${SERVER}/govern`, '../ports/clock.ts'),
  open('the road imports the kernel', `${SERVER}/govern`, '@countersign/kernel/decide'),
  open('a door imports the road', `${SERVER}/gateway/model/body`, '../../../govern/index.ts'),
  open('a door imports what doors share', `${SERVER}/gateway/model`, '../wire/claims.ts'),
  open('a door imports what doors share, from a folder below', `${SERVER}/gateway/model/body`, '../../wire/scan.ts'),
  open('a door imports its own folders', `${SERVER}/gateway/model/body`, '../relay/sse.ts'),
  open('an adapter imports what adapters share', `${SERVER}/adapters/cedar`, '../shared/breaker.ts'),
  open('an adapter imports what adapters share, from a folder below', `${SERVER}/adapters/cedar/deep`, '../../shared/breaker.ts'),
  open('an adapter imports a package', `${SERVER}/adapters/keys`, 'jose'),
  open('the store imports SQL', `${SERVER}/store/road`, 'pg'),
  open('the verifier imports the kernel', `${SERVER}/verify`, '@countersign/kernel/ledger'),
  open('the verifier reads files', `${SERVER}/verify`, 'node:fs/promises'),
  open('the CLI imports the verifier', `${SERVER}/cli/task`, '../../verify/index.ts'),
  open('the CLI imports configuration', `${SERVER}/cli/task`, '../../config/index.ts'),
  { ...open('`up` reaches app.ts', `${SERVER}/cli/up`, '../../app.ts'), name: 'start.ts' },
  {
    what: 'govern claims the mint',
    in: `${SERVER}/govern`,
    code: "import { claimMint } from '../ports/grant.ts';\nexport const mint = claimMint();\n",
    rule: null,
  },
  {
    ...open('a test reaches into another room', `${SERVER}/govern`, '../store/index.ts'),
    name: 'across.test.ts',
    code: "import { expect, it } from 'vitest';\nimport { thing } from '../store/index.ts';\nit('x', () => {\n  expect(thing).toBe(1);\n});\n",
  },
];

const GROUPS = {
  walls: WALLS,
  'the mint': [...MINT, MINT_LATE],
  'the pure kernel': PURITY,
  habits: HABITS,
  'what is allowed': ALLOWED,
} as const;

interface Report {
  readonly number_of_files: number;
  readonly diagnostics: readonly {
    readonly code?: string;
    readonly message: string;
    readonly filename: string;
    readonly severity: string;
  }[];
}

const rows = Object.values(GROUPS).flat();
const pathOf = (row: Row): string => `${row.in}/planted-${rows.indexOf(row)}${row.name === undefined ? '.ts' : `-${row.name}`}`;

let tree: Tree;
let report: Report;
let code: number | null;

beforeAll(() => {
  tree = makeTree();
  for (const row of rows) tree.plant(pathOf(row), row.code);
  tree.plant('packages/kernel/src/cycle/a.ts', "import { b } from './b.ts';\nexport const a = (): number => b();\n");
  tree.plant('packages/kernel/src/cycle/b.ts', "import { a } from './a.ts';\nexport const b = (): number => a();\n");
  const outcome = tree.run('oxlint/bin/oxlint', '--format=json');
  code = outcome.code;
  report = JSON.parse(outcome.text.slice(outcome.text.indexOf('{'))) as Report;
});

afterAll(() => tree.remove());

const said = (path: string): string[] =>
  report.diagnostics.filter((one) => one.filename === path).map((one) => one.code ?? one.message);

describe('the linter', () => {
  it('looked at every planted file, and fails', () => {
    expect({ code, files: report.number_of_files }).toEqual({ code: 1, files: rows.length + 2 + 1 });
  });

  it('knows errors only', () => {
    expect(report.diagnostics.filter((one) => one.severity !== 'error')).toEqual([]);
  });

  it('catches a cycle of imports', () => {
    expect(said('packages/kernel/src/cycle/a.ts')).toContain('import(no-cycle)');
  });

  for (const [group, members] of Object.entries(GROUPS)) {
    describe(group, () => {
      it.each(members.map((row) => [row.what, row] as const))('%s', (_what, row) => {
        if (row.rule === null) expect(said(pathOf(row))).toEqual([]);
        else if (row.rule === 'unused') expect(said(pathOf(row)).join()).toMatch(/unused .*directive/i);
        else expect(said(pathOf(row))).toContain(row.rule);
      });
    });
  }
});
