import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { cli, newPlace } from '../testing/run.ts';

const TOKEN = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;
let cwd = '';
const put = (name: string, text: string | Buffer) => writeFileSync(join(cwd, name), text);
beforeEach(() => {
  cwd = newPlace();
});

describe('scan', () => {
  test('clean files: one document, exit 0', async () => {
    put('a.ts', 'export const answer = 42;\n');
    const { code, json } = await cli(['scan', '--json', 'a.ts'], { cwd });
    expect([code, json]).toEqual([0, { files: [{ file: 'a.ts', place: 'code' }], findings: [] }]);
  });

  test('a finding says everything but the value, exit 1', async () => {
    put('config.yml', `# é\r\nx: 1\r\ntoken: ${TOKEN}\r\n`);
    put('key', 'k'.repeat(32));
    const { code, json, out } = await cli(['scan', '--json', '--key-file', 'key', 'config.yml'], { cwd });
    expect([code, json]).toEqual([
      1,
      {
        files: [{ file: 'config.yml', place: 'data' }],
        findings: [
          {
            file: 'config.yml',
            rule: 'github-pat',
            kind: 'secret',
            class: 'restricted',
            line: 3,
            column: 8,
            endLine: 3,
            endColumn: 48,
            confidence: 2,
            fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          },
        ],
      },
    ]);
    expect(out).not.toContain(TOKEN);
    const again = await cli(['scan', '--json', '--key-file', 'key', 'config.yml'], { cwd });
    expect(again.out).toBe(out);
  });

  test('what is decoded says how, and lines for people say as much', async () => {
    put('mail.txt', `see ${Buffer.from(`the token is ${TOKEN}, keep it`).toString('base64')}\n`);
    expect((await cli(['scan', '--json', 'mail.txt'], { cwd })).json).toMatchObject({
      findings: [{ rule: 'github-pat', path: 'base64', line: 1, column: 5 }],
    });
    const { code, out, err } = await cli(['scan', 'mail.txt'], { cwd });
    expect([code, out, err]).toEqual([1, 'mail.txt:1:5: github-pat, confidence 2 (in base64)\n', '1 file, 1 finding\n']);
  });

  test('a walk skips what nobody wrote here, and reads what is named all the same', async () => {
    mkdirSync(join(cwd, 'src/node_modules/x'), { recursive: true });
    put('src/b.env', `T=${TOKEN}\n`);
    put('src/a.bin', Buffer.from(`\0\0${TOKEN}`));
    put('src/wide.txt', Buffer.from(`\uFEFF${TOKEN} ü`, 'utf16le'));
    put('src/node_modules/x/c.js', `// ${TOKEN}\n`);
    const walked = (await cli(['scan', '--json', 'src'], { cwd })).json as {
      files: { file: string }[];
      findings: { file: string }[];
    };
    expect(walked.files.map(({ file }) => file)).toEqual(['src/b.env', 'src/wide.txt']);
    expect(walked.findings.map(({ file }) => file)).toEqual(['src/b.env', 'src/wide.txt']);
    expect((await cli(['scan', 'src/node_modules/x/c.js'], { cwd })).code).toBe(1);
  });

  test('what cannot be read is said last, and takes nothing from the rest; exit 2', async () => {
    put('a.env', `A=${TOKEN}\n`);
    put('b.ts', 'export {};\n');
    const { code, json, err } = await cli(['scan', '--json', 'a.env', 'missing.ts', 'b.ts'], { cwd });
    const { files, findings } = json as { files: object[]; findings: { file: string; rule: string }[] };
    expect([code, files, findings.map(({ file, rule }) => [file, rule])]).toEqual([
      2,
      [
        { file: 'a.env', place: 'data' },
        { file: 'missing.ts', place: 'code', unscannable: 'unreadable' },
        { file: 'b.ts', place: 'code' },
      ],
      [['a.env', 'github-pat']],
    ]);
    expect(err).toContain('error: `missing.ts` cannot be read');
  });

  test.each([
    ['nothing named', ['scan']],
    ['a file that is not there', ['scan', 'nowhere.ts']],
    ['a place that is none', ['scan', '--place', 'attic', 'a.ts']],
    ['a region that is none', ['scan', '--region', 'Britain', 'a.ts']],
    ['a key that is too short', ['scan', '--key-file', 'short', 'a.ts']],
    ['a check of nothing', ['scan', '--check', 'a.ts']],
  ])('%s is a usage error', async (_name, argv) => {
    put('a.ts', '\n');
    put('short', 'k');
    const { code, out, err } = await cli(argv, { cwd });
    expect([code, out, err.startsWith('error: ')]).toEqual([2, '', true]);
  });
});

describe('the rules', () => {
  test('keep their own examples', async () => {
    expect(await cli(['scan', '--rules', '--check', '--json'], { cwd })).toMatchObject({ code: 0, json: { failures: [] } });
  });

  test('are in the documentation as the program has them', async () => {
    const page = readFileSync(new URL('../../../../../docs/scanning.md', import.meta.url), 'utf8');
    const { out } = await cli(['scan', '--rules'], { cwd });
    expect(page.slice(page.indexOf('## Rules\n') + '## Rules\n\n'.length)).toBe(out);
  });
});
