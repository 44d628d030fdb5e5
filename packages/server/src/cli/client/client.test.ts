import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { starterDirectory } from '../../config/starter.ts';
import { cli, newPlace } from '../testing/run.ts';
import { put } from './folder.ts';

const ORIGIN = 'https://countersign.example.com';
let cwd: string;
beforeEach(() => {
  cwd = newPlace();
});

const FROM = ['--governance', starterDirectory(), '--origin', ORIGIN];
const run = (...args: string[]) =>
  cli(['client', ...args], { cwd, env: { PATH: '', COUNTERSIGN_CODEX: '', COUNTERSIGN_CLAUDE: '' } });
const below = (path: string) => join(cwd, 'root', path);
const list = (path: string) => (existsSync(below(path)) ? readdirSync(below(path)).sort() : []);

describe('render', () => {
  test('writes the files of a client from a directory, and prints them as JSON', async () => {
    const ran = await run('render', 'codex', '--out', 'out', ...FROM);
    expect([ran.code, readdirSync(join(cwd, 'out')).sort()]).toEqual([0, ['managed_config.toml', 'requirements.toml']]);
    const printed = await run('render', 'codex', '--json', ...FROM);
    expect((printed.json as { files: { text: string }[] }).files[0]?.text).toBe(
      readFileSync(join(cwd, 'out', 'requirements.toml'), 'utf8'),
    );
    expect((await run('render', 'claude', '--mdm', ...FROM)).out).toContain('<plist version="1.0">');
  });

  test.each<[string, string[], number]>([
    ['a client that is none', ['render', 'emacs', ...FROM], 2],
    ['an address of settings that is not https', ['render', 'codex', '--config-server', 'http://x', ...FROM], 2],
    ['no origin', ['render', 'codex', '--governance', starterDirectory()], 2],
    ['a directory that is none', ['render', 'codex', '--governance', 'nowhere', '--origin', ORIGIN], 1],
  ])('refused: %s', async (_name, args, code) => {
    expect((await run(...args)).code).toBe(code);
  });
});

describe('install', () => {
  const install = (...args: string[]) => run('install', '--root', 'root', ...FROM, ...args);

  test('puts all files in place, and changes nothing the second time', async () => {
    expect((await install('--dry-run')).err).toContain('would write');
    expect(list('etc/codex')).toEqual([]);
    expect((await install()).code).toBe(0);
    expect(list('etc/codex')).toEqual(['.countersign.json', 'managed_config.toml', 'requirements.toml']);
    expect(list('etc/claude-code')).toEqual(['.countersign.json', 'managed-mcp.json', 'managed-settings.json']);
    expect((await install()).err).toContain('Everything is in place');
  });

  test('keeps what was there, and puts it back', async () => {
    mkdirSync(below('etc/codex'), { recursive: true });
    writeFileSync(below('etc/codex/requirements.toml'), '# of somebody else\n');
    await install('codex');
    expect(readFileSync(below('etc/codex/requirements.toml'), 'utf8')).toContain('Written by Countersign');
    expect(readFileSync(below('etc/codex/requirements.toml.before-countersign'), 'utf8')).toBe('# of somebody else\n');
    expect((await run('uninstall', '--root', 'root')).code).toBe(0);
    expect(list('etc/codex')).toEqual(['requirements.toml']);
    expect(readFileSync(below('etc/codex/requirements.toml'), 'utf8')).toBe('# of somebody else\n');
  });

  test('takes away a file that is not meant to be there any more', async () => {
    await install('claude');
    await install('claude', '--sign-in');
    expect(list('etc/claude-code')).toEqual(['.countersign.json', 'managed-settings.json']);
  });

  test.runIf(process.getuid?.() !== 0)('says who may write there', async () => {
    mkdirSync(below('etc'), { recursive: true });
    chmodSync(below('etc'), 0o555);
    expect((await install()).err).toContain('sudo');
  });

  test('never half: a file that cannot be replaced leaves all as they were', () => {
    const folder = below('etc/codex');
    mkdirSync(join(folder, 'managed_config.toml', 'in'), { recursive: true });
    writeFileSync(join(folder, 'requirements.toml'), 'before\n');
    writeFileSync(
      join(folder, '.countersign.json'),
      JSON.stringify({ files: { 'requirements.toml': 'x', 'managed_config.toml': 'x' } }),
    );
    const files = [
      { name: 'requirements.toml', text: 'after\n' },
      { name: 'managed_config.toml', text: 'after\n' },
    ];
    expect(() => put(folder, files)).toThrow('could not be put in place');
    expect(readFileSync(join(folder, 'requirements.toml'), 'utf8')).toBe('before\n');
    expect(list('etc/codex')).toEqual(['.countersign.json', 'managed_config.toml', 'requirements.toml']);
  });

  test('everybody can read the files, whatever the mask, and nobody else write them', async () => {
    const mask = process.umask(0o077);
    try {
      await install('codex');
    } finally {
      process.umask(mask);
    }
    const mode = (path: string): number => statSync(below(path)).mode & 0o777;
    expect(['etc/codex', 'etc/codex/requirements.toml', 'etc/codex/managed_config.toml'].map(mode)).toEqual([
      0o755, 0o644, 0o644,
    ]);
    chmodSync(below('etc/codex/requirements.toml'), 0o666);
    const { json } = await run('doctor', 'codex', '--root', 'root', '--json', ...FROM);
    expect(JSON.stringify(json)).toContain('requirements.toml may be written by others than its owner');
    await install('codex');
    expect(mode('etc/codex/requirements.toml')).toBe(0o644);
  });

  test('a folder in the place of a file is told, and nothing is changed', async () => {
    mkdirSync(below('etc/codex/managed_config.toml'), { recursive: true });
    const ran = await install('codex');
    expect([ran.code, ran.err.includes('is not a file'), list('etc/codex')]).toEqual([1, true, ['managed_config.toml']]);
  });

  test('a file that others changed is taken away only by force', async () => {
    await install('codex');
    writeFileSync(below('etc/codex/requirements.toml'), '# mine\n');
    expect((await run('uninstall', 'codex', '--root', 'root')).err).toContain('--force');
    expect((await run('uninstall', 'codex', '--root', 'root', '--force')).code).toBe(0);
    expect(list('etc/codex')).toEqual([]);
  });
});

describe('doctor', () => {
  const doctor = async (...args: string[]) => {
    const ran = await run('doctor', '--root', 'root', '--json', ...FROM, ...args);
    const { checks } = ran.json as { checks: { client: string; check: string; state: string; detail: string }[] };
    return {
      code: ran.code,
      files: checks.filter(({ check }) => check === 'files').map(({ state, detail }) => `${state}: ${detail}`),
    };
  };

  test('finds what is missing, changed and old', async () => {
    expect((await doctor('codex')).files).toEqual([expect.stringMatching(/^drift: nothing of ours in /)]);
    await run('install', 'codex', '--root', 'root', ...FROM);
    expect((await doctor('codex')).files).toEqual([
      'ok: managed_config.toml is as it should be',
      'ok: requirements.toml is as it should be',
    ]);
    const old = await run(
      'doctor',
      'codex',
      '--root',
      'root',
      '--json',
      '--governance',
      starterDirectory(),
      '--origin',
      'https://other.example.com',
    );
    expect(JSON.stringify(old.json)).toContain('requirements.toml is of an older bundle');
    writeFileSync(below('etc/codex/requirements.toml'), '# mine\n');
    const found = await doctor('codex');
    expect([found.code, found.files]).toEqual([
      5,
      ['ok: managed_config.toml is as it should be', 'drift: requirements.toml was changed by somebody else'],
    ]);
    expect((await doctor('codex', '--offline')).files).toContain('ok: managed_config.toml is as it was written');
  });
});
