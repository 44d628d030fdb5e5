import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTree, type Tree } from './tree.ts';

interface Issue {
  readonly file: string;
  readonly files?: readonly { readonly name: string }[];
  readonly exports?: readonly { readonly name: string }[];
  readonly types?: readonly { readonly name: string }[];
  readonly unlisted?: readonly { readonly name: string }[];
  readonly dependencies?: readonly { readonly name: string }[];
  readonly unresolved?: readonly { readonly name: string }[];
}

let tree: Tree;
let code: number | null;
let issues: readonly Issue[];

beforeAll(() => {
  tree = makeTree();
  tree.plant('packages/kernel/src/fault.ts', 'export const fault = 1;\n');
  tree.plant('packages/kernel/src/json.ts', 'export const json = 1;\n');
  tree.plant(
    'packages/server/src/cli/main.ts',
    "import { alive } from '../govern/road.ts';\nimport 'not-in-the-manifest';\nimport './gone.ts';\nalive();\n",
  );
  tree.plant(
    'packages/server/src/govern/road.ts',
    'export const alive = (): number => 1;\nexport const dead = (): number => 2;\nexport type DeadType = 1;\n',
  );
  tree.plant('packages/server/src/govern/nobody.ts', 'export const nobody = 1;\n');
  const outcome = tree.run('knip/bin/knip.js', '--no-progress', '--reporter', 'json');
  code = outcome.code;
  const report = JSON.parse(outcome.text.slice(outcome.text.indexOf('{'))) as { issues: readonly Issue[] };
  issues = report.issues;
});

afterAll(() => tree.remove());

const found = (kind: Exclude<keyof Issue, 'file'>, file: string): string[] =>
  issues.filter((issue) => issue.file === file).flatMap((issue) => (issue[kind] ?? []).map(({ name }) => name));

describe('the search for dead code', () => {
  it('fails', () => {
    expect(code).not.toBe(0);
  });

  it('finds a file that nobody imports, and not one that somebody does', () => {
    const files = issues.flatMap((issue) => (issue.files ?? []).map(({ name }) => name));
    expect({
      dead: files.includes('packages/server/src/govern/nobody.ts'),
      alive: files.includes('packages/server/src/govern/road.ts'),
    }).toEqual({
      dead: true,
      alive: false,
    });
  });

  it('finds an export and a type that nobody imports', () => {
    const file = 'packages/server/src/govern/road.ts';
    expect([found('exports', file), found('types', file)]).toEqual([['dead'], ['DeadType']]);
  });

  it('finds a dependency that nobody uses', () => {
    expect(found('dependencies', 'packages/server/package.json')).toContain('hono');
  });

  it('finds an import that no manifest lists, and one that leads nowhere', () => {
    const file = 'packages/server/src/cli/main.ts';
    expect([found('unlisted', file), found('unresolved', file)]).toEqual([['not-in-the-manifest'], ['./gone.ts']]);
  });
});
