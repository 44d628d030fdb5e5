import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foreignCedar } from '../../adapters/cedar/index.ts';
import { runConformance } from './conform.ts';
import { parseExact } from './exact-json.ts';

const CASES = join(import.meta.dirname, 'cases');
const run = (dir: string) => runConformance(dir, { cedar: foreignCedar });

describe('runConformance', () => {
  it('passes every case that ships with it, in all formats and layouts', async () => {
    const report = await run(CASES);
    expect(report.cases.filter(({ passed }) => !passed)).toEqual([]);
    expect([report.total, report.passed, report.failed]).toEqual([16, 16, 0]);
  });

  it('finds the files when only a part of the tree is given', async () => {
    expect((await run(join(CASES, 'tests'))).failed).toBe(0);
    expect(await run(join(CASES, 'corpus-tests'))).toMatchObject({ total: 3, failed: 0 });
  });

  it('tells progress after each file', async () => {
    const seen: number[] = [];
    await runConformance(join(CASES, 'tests'), { cedar: foreignCedar, onProgress: ({ done, files }) => seen.push(files - done) });
    expect(seen.at(-1)).toBe(0);
    expect(seen.length).toBeGreaterThan(4);
  });
});

describe('runConformance, when something is wrong', () => {
  let dir = '';

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'conform-'));
    await cp(CASES, dir, { recursive: true });
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const edit = async (file: string, from: string, to: string) => {
    const text = await readFile(join(dir, file), 'utf8');
    expect(text).toContain(from);
    await writeFile(join(dir, file), text.replace(from, to));
  };
  const failures = async () => (await run(dir)).cases.filter(({ passed }) => !passed);

  it.each([
    ['a wrong decision', 'tests/photos/1.json', '"decision": "allow"', '"decision": "deny"'],
    ['a wrong reason', 'tests/photos/1.json', '["policy0", "policy1"]', '["policy0"]'],
    ['a wrong error', 'tests/photos/1.json', '"errors": ["policy3"]', '"errors": []'],
    ['a wrong count of errors', 'tests/runs/tests.json', '"num_errors": 1', '"num_errors": 0'],
    ['a reason that is not there', 'tests/runs/tests.json', '["readers"]', '["readers", "broken"]'],
    ['a wrong verdict on validation', 'tests/photos/1.json', '"shouldValidate": false', '"shouldValidate": true'],
    ['a policy file that is missing', 'tests/photos/2_links.json', 'links.cedar', 'gone.cedar'],
    ['JSON that is cut off', 'tests/classic/old_names.json', '"no principal at all",', '"no principal at all"'],
    ['a request without a decision', 'tests/photos/3_json_policy.json', '"decision": "allow",', ''],
    ['policies that do not parse', 'tests/classic/policies.cedar', 'permit (principal', 'permit (principle'],
    ['entities that cannot be read', 'tests/classic/entities.json', '"type": "User"', '"typ": "User"'],
    ['a link to no template', 'tests/photos/2_links.json', '"policy0"', '"policy7"'],
  ])('%s fails, and says what was expected', async (_name, file, from, to) => {
    await edit(file, from, to);
    const failed = await failures();
    expect(failed.length).toBeGreaterThan(0);
    for (const { expected, got } of failed)
      expect([expected === '', got === '', expected === got]).toEqual([false, false, false]);
  });

  it('a folder without cases fails', async () => {
    await rm(dir, { recursive: true });
    dir = await mkdtemp(join(tmpdir(), 'conform-'));
    await writeFile(join(dir, 'entities.json'), '[]');
    expect(await run(dir)).toMatchObject({ total: 1, passed: 0, failed: 1 });
  });

  it('a test without requests fails', async () => {
    await writeFile(join(dir, 'tests', 'empty.json'), '{"policies": "classic/policies.cedar", "entities": [], "requests": []}');
    expect((await failures()).map(({ got }) => got)).toEqual(['none']);
  });
});

describe('parseExact', () => {
  it('reads integers beyond 2^53 without rounding, and leaves text alone', () => {
    const text = '{"a": 9007199254740993, "b": [-9223372036854775808, 1, 1.5], "c": "9007199254740993", "i64:": "i64:5"}';
    expect(parseExact(text)).toEqual({
      a: 9007199254740993n,
      b: [-9223372036854775808n, 1, 1.5],
      c: '9007199254740993',
      'i64:': 'i64:5',
    });
    expect(() => parseExact('{"a": 9007199254740993')).toThrow(SyntaxError);
  });
});
