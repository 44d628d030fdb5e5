import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Findings, findingText } from '../finding.ts';
import { YAML_BYTES_MAX } from '../read/files.ts';
import { starterFiles } from '../testing/starter.ts';
import type { SchemaName } from './emit.ts';
import { parseFile } from './parse.ts';

const REPOSITORY = ['id: shop', 'class: app', 'dataClass: internal', 'environment: dev', 'owners: team:platform', ''];

function complaints(text: string, name: SchemaName = 'repository'): string[] {
  const findings = new Findings();
  const parsed = parseFile(name, { file: 'x.yaml', text }, findings);
  expect(parsed === undefined).toBe(findings.failed);
  return findings.sorted().map(findingText);
}

const repository = (...lines: string[]): string => [...REPOSITORY.slice(0, -1), ...lines, ''].join('\n');

describe('a wrong file is told with line, column and what to write', () => {
  test.each<[string, string, string[]]>([
    [
      'unknown key',
      repository('defaultBrnch: main'),
      ['x.yaml:6:1 error yaml.unknown-key: `defaultBrnch` is not a key here. (did you mean `defaultBranch`?)'],
    ],
    [
      'unknown key within a list',
      repository('modules:', '  - { id: a, path: src, autonomus: true, owners: "team:platform" }'),
      [
        'x.yaml:7:5 error yaml.missing-key: `modules[0].autonomous` is missing. (Whether an agent may change it without asking its owners.)',
        'x.yaml:7:25 error yaml.unknown-key: `modules[0].autonomus` is not a key here. (did you mean `autonomous`?)',
      ],
    ],
    [
      'missing key',
      'id: shop\nclass: app\nenvironment: dev\nowners: team:platform\n',
      [
        'x.yaml:1:1 error yaml.missing-key: `dataClass` is missing. (Data class, weakest first: public, internal, confidential, restricted.)',
      ],
    ],
    [
      'wrong word',
      repository().replace('internal', 'confidental'),
      [
        'x.yaml:3:12 error yaml.value: `dataClass` must be one of public, internal, confidential, restricted. (did you mean `confidential`?)',
      ],
    ],
    ['wrong type', repository('modules: yes'), ['x.yaml:6:10 error yaml.type: `modules` must be a list.']],
    ['duplicate key', repository('id: again'), ['x.yaml:6:1 error yaml.duplicate-key: This key is there twice.']],
    [
      'alias',
      repository('defaultBranch: &b main', 'modules: *b'),
      [
        'x.yaml:6:19 error yaml.alias: Anchors and aliases are not accepted; write the value out.',
        'x.yaml:7:10 error yaml.alias: Anchors and aliases are not accepted; write the value out.',
      ],
    ],
    ['tag', repository('defaultBranch: !!str main'), ['x.yaml:6:22 error yaml.tag: Tags (such as `!!binary`) are not accepted.']],
    [
      'merge key',
      repository('<<: { defaultBranch: main }'),
      [
        'x.yaml:6:1 error yaml.unknown-key: `<<` is not a key here. (known are id, class, defaultBranch, dataClass, environment, owners, modules, freezes)',
      ],
    ],
    ['prototype', repository('__proto__: { admin: true }'), ["x.yaml:6:1 error yaml.reserved-key: `__proto__` can't be a key."]],
    [
      'two documents',
      `${repository()}---\na: 1\n`,
      ['x.yaml:6:1 error yaml.documents: A second document begins here; a file is one document.'],
    ],
    [
      'directive',
      `%YAML 1.1\n---\n${repository()}`,
      ['x.yaml:1:1 error yaml.directive: YAML directives (lines that begin with %) are not accepted.'],
    ],
    [
      'a day that is none',
      repository('freezes: [{ modules: [a], until: 2026-02-30T00:00:00Z, reason: Because of it }]'),
      ['x.yaml:6:34 error yaml.value: `freezes[0].until` is not a day that exists.'],
    ],
    [
      'a path that leads out',
      repository('modules: [{ id: a, path: ../b, autonomous: true, owners: "team:platform" }]'),
      [
        'x.yaml:6:26 error yaml.value: `modules[0].path` must be a path below the repository, without `..` and without a slash at either end.',
      ],
    ],
    ['nothing', '', ['x.yaml:1:1 error yaml.type: `the file` must be a map.']],
    ['a list', '- a\n', ['x.yaml:1:1 error yaml.type: `the file` must be a map.']],
  ])('%s', (_, text, expected) => {
    expect(complaints(text)).toEqual(expected);
  });

  test('too large, too deep', () => {
    expect(complaints(`# ${'x'.repeat(YAML_BYTES_MAX)}`)).toEqual([
      `x.yaml:1:1 error yaml.too-large: The file is larger than ${YAML_BYTES_MAX} bytes.`,
    ]);
    expect(complaints(`id: ${'['.repeat(100_000)}`)[0]).toMatch(/^x\.yaml:\d+:\d+ error yaml\.(too-deep|syntax)/);
  });

  test('all problems of a file at once', () => {
    expect(complaints('id: Shop\nklass: app\nowners: platform\n').length).toBe(6);
  });
});

describe('secrets and addresses', () => {
  test.each([
    ['credential: sk-proj-abcdef', 'must be a reference'],
    ['credential: env:lower', 'must be a reference'],
    ['credential: file:relative/key', 'must be a reference'],
    ['baseUrl: http://models.example.com/v1', 'must be an https URL'],
    ['baseUrl: https://user:pass@models.example.com/v1', 'must be an https URL'],
    ['baseUrl: https://models.example.com/v1/', 'must be an https URL'],
    ['baseUrl: https://models.example.com/v1?key=1', 'must be an https URL'],
    ['baseUrl: file:///etc/passwd', 'must be an https URL'],
  ])('%s is refused', async (line, problem) => {
    const files = await starterFiles();
    const [key = ''] = line.split(':');
    const text = (files['countersign.yaml'] ?? '').replace(new RegExp(`${key}: \\S+`), line);
    expect(complaints(text, 'countersign').join()).toContain(problem);
  });

  test('plain http to this machine is accepted', async () => {
    const files = await starterFiles();
    expect(
      complaints(
        (files['countersign.yaml'] ?? '').replace('https://api.openai.com/v1', 'http://127.0.0.1:4010/v1'),
        'countersign',
      ),
    ).toEqual([]);
  });
});

test('no bytes make the reader throw', () => {
  const junk = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(...'{}[]:-,&*!|>%#\'"\n\t a1?@`'), maxLength: 60 }),
    fc.json(),
  );
  fc.assert(
    fc.property(junk, (text) => {
      const findings = new Findings();
      const parsed = parseFile('repository', { file: 'x.yaml', text }, findings);
      return (parsed === undefined) === findings.failed;
    }),
    { numRuns: 1_000 },
  );
});
