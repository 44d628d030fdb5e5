import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeApi } from '../../api/testing/world.ts';
import { starterDirectory } from '../../config/starter.ts';
import { cli, newPlace, type Ran } from '../testing/run.ts';

const GOVERNANCE = starterDirectory();
const CODEX = fileURLToPath(new URL('../../../../../node_modules/.bin/codex', import.meta.url));

const run = (...argv: string[]): Promise<Ran> => cli(['command', ...argv], { cwd: newPlace() });
const check = (...argv: string[]): Promise<Ran> => run('check', '--governance', GOVERNANCE, ...argv);

/** One rule of a commands.yaml, in a directory of its own. */
function directory(rule: string, head = ''): string {
  const place = newPlace();
  const text = `version: 1
owner: team:platform
gates: { command: { approvers: 'team:platform', message: Nobody said that it may run. } }
${head}
rules:
${rule}`;
  writeFileSync(join(place, 'commands.yaml'), text);
  writeFileSync(join(place, 'countersign.yaml'), readFileSync(join(GOVERNANCE, 'countersign.yaml')));
  return place;
}

describe('check', () => {
  test.each<[string, number, string]>([
    [
      'git -C . push',
      3,
      'forbid, class mutate-high\n  git.no-push: Branches are pushed through the git door.\n    instead: Commit,',
    ],
    ['npm test', 0, 'allow, class draft\n  npm.test: Tests run in the sandbox.'],
    ['frobnicate', 8, 'ask, class mutate-high, asks command\n  command.unmatched: No rule allows this command by itself.'],
    ['echo $(date)', 8, 'ask, class mutate-high, asks command\n  shell.expansion: '],
    ['terraform apply', 8, 'ask, class mutate-high, asks infra\n  terraform.change: Changes real infrastructure.'],
  ])('%s ends with %i', async (text, code, out) => {
    const ran = await check('--', text);
    expect([ran.code, ran.out.slice(0, out.length)]).toEqual([code, out]);
  });

  test('several words are arguments, and no shell reads them', async () => {
    expect((await check('--json', '--', 'echo', '$(git push)')).json).toMatchObject({
      verdict: 'allow',
      commands: [['echo', '$(git push)']],
    });
    expect((await check('--json', '--', 'git', '-C', '.', 'push')).json).toMatchObject({
      verdict: 'forbid',
      rules: ['git.no-push'],
      reasons: [{ rule: 'git.no-push', text: 'Branches are pushed through the git door.' }],
      unclear: null,
    });
  });

  test('a text that is not understood says where and why', async () => {
    expect((await check('--json', '--', 'ls && echo `x`')).json).toMatchObject({
      verdict: 'ask',
      commands: null,
      unclear: { code: 'shell.expansion', at: 11 },
    });
  });

  test('paths are those of the task', async () => {
    const verdict = async (...argv: string[]) => ((await check('--json', ...argv)).json as { verdict: string }).verdict;
    expect(await verdict('--cwd', '/repo', '--', 'cat /repo/a')).toBe('allow');
    expect(await verdict('--cwd', '/repo', '--', 'cat /data/a')).toBe('ask');
    expect(await verdict('--cwd', '/repo', '--root', '/repo', '--root', '/data', '--', 'cat /data/a')).toBe('allow');
  });

  test('what nobody proved for a shell is not allowed there', async () => {
    expect((await check('--dialect', 'zsh', '--', 'ls')).code).toBe(8);
    expect(await check('--dialect', 'fish', '--', 'ls')).toMatchObject({ code: 2, out: '' });
  });

  test('./governance is used where no server is named, and nothing at all is told', async () => {
    const cwd = newPlace();
    const none = await cli(['command', 'check', '--', 'ls'], { cwd });
    expect([none.code, none.err.includes('no server is named')]).toEqual([1, true]);
    mkdirSync(join(cwd, 'governance'));
    for (const name of ['commands.yaml', 'countersign.yaml'])
      writeFileSync(join(cwd, 'governance', name), readFileSync(join(GOVERNANCE, name)));
    expect((await cli(['command', 'check', '--', 'ls'], { cwd })).code).toBe(0);
    expect((await cli(['command', 'check'], { cwd })).code).toBe(2);
  });

  test('rules that are wrong judge nothing', async () => {
    const wrong = directory(`  - id: ls.all
    decision: allow
    class: read
    prefix: [ls]
    why: Listing is fine here.
    match: [cat x]
    not_match: [ls]
`);
    const ran = await run('check', '--governance', wrong, '--', 'ls');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('command.unsafe');
    expect(ran.err).toContain('`ls.all` does not match its example `cat x`');
    expect(ran.err).toContain('`ls.all` matches its example `ls`');
  });

  test('a server says it of the rules in force', async () => {
    const made = makeApi();
    const fetching: typeof fetch = async (input, init) =>
      made.api.hono.request(String(input).replace('http://127.0.0.1:7070', ''), init as RequestInit);
    const env = { COUNTERSIGN_KEY: made.keys.get('usr_ada') ?? '', COUNTERSIGN_URL: 'http://127.0.0.1:7070' };
    const ran = await cli(['command', 'check', '--json', '--', 'ls'], { cwd: newPlace(), fetch: fetching, env });
    // Its bundle has no command rules.
    expect([ran.code, ran.json]).toMatchObject([
      3,
      { verdict: 'forbid', rules: [], codes: ['command.unmatched'], commands: [['ls']] },
    ]);
  });
});

const codexSays = (rules: string, ...argv: string[]): unknown => {
  const file = join(newPlace(), 'x.rules');
  writeFileSync(file, rules);
  return JSON.parse(
    execFileSync(CODEX, ['execpolicy', 'check', '--rules', file, ...argv], {
      encoding: 'utf8',
      env: { ...process.env, CODEX_HOME: newPlace() },
    }),
  );
};

describe('codex', () => {
  test('its own checker takes the starter’s rules, examples and all, and says what we say', async () => {
    const { code, out, err } = await run('export', 'codex', GOVERNANCE);
    expect(code).toBe(0);
    expect(err).toContain('tighter');
    expect(codexSays(out, 'git', 'push', 'origin')).toMatchObject({ decision: 'forbidden' });
    expect(codexSays(out, 'terraform', 'apply')).toMatchObject({ decision: 'prompt' });
    // Only rules that were named are written as allows: it has nothing to say.
    expect(codexSays(out, 'npm', 'test')).not.toMatchObject({ decision: 'allow' });
    // What it cannot do, and why our door decides.
    expect(codexSays(out, 'git', '-C', 'x', 'push')).not.toMatchObject({ decision: 'forbidden' });
  }, 60_000);

  test('an allow is asked for by name', async () => {
    expect((await run('export', 'codex', GOVERNANCE, '--allow', 'npm.tset')).code).toBe(2);
    expect((await run('export', 'codex', GOVERNANCE, '--allow', 'git.no-push')).code).toBe(2);
    expect((await run('export', 'claude', GOVERNANCE, '--allow', 'npm.test')).code).toBe(2);
    const wide = await run('export', 'codex', GOVERNANCE, '--allow', 'npm.test', '--accept-wider');
    expect(codexSays(wide.out, 'npm', 'test')).toMatchObject({ decision: 'allow' });
  }, 60_000);

  test('there and back is a commands.yaml that stands', async () => {
    const cwd = newPlace();
    const { out } = await run('export', 'codex', GOVERNANCE);
    writeFileSync(join(cwd, 'x.rules'), out);
    const imported = await cli(['command', 'import', 'codex', 'x.rules'], { cwd });
    expect(imported.code).toBe(0);
    writeFileSync(join(cwd, 'commands.yaml'), imported.out);
    writeFileSync(join(cwd, 'countersign.yaml'), readFileSync(join(GOVERNANCE, 'countersign.yaml')));
    const ran = await cli(['command', 'check', '--json', '--governance', cwd, '--', 'git -C . push'], { cwd });
    expect([ran.err, ran.json]).toMatchObject([expect.not.stringContaining('error'), { verdict: 'forbid' }]);
  }, 60_000);

  test('what is wider is written only when it was accepted', async () => {
    const cwd = newPlace();
    writeFileSync(
      join(cwd, 'x.rules'),
      'network_rule(host="example.com", protocol="https", decision="deny")\nprefix_rule(pattern=["a", "b"], decision="forbidden")\n',
    );
    const refused = await cli(['command', 'import', 'codex', 'x.rules'], { cwd });
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect((await cli(['command', 'import', 'codex', 'x.rules', '--accept-wider'], { cwd })).out).toContain('codex.a-b');
  });

  test('a file that is none is refused with its line', async () => {
    const cwd = newPlace();
    writeFileSync(join(cwd, 'x.rules'), '\nprefix_rule(pattern=[x])');
    expect(await cli(['command', 'import', 'codex', 'x.rules'], { cwd })).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('line 2') as string,
    });
    expect(await cli(['command', 'import', 'codex', 'none.rules'], { cwd })).toMatchObject({ code: 1 });
    expect(await cli(['command', 'import', 'vim', 'x.rules'], { cwd })).toMatchObject({ code: 2 });
    expect(await cli(['command', 'import', 'codex', 'x.rules', '--owner', 'ada'], { cwd })).toMatchObject({ code: 2 });
  });
});

describe('claude', () => {
  test('permissions of the starter, and back', async () => {
    const cwd = newPlace();
    const exported = await run('export', 'claude', GOVERNANCE);
    expect(exported.code).toBe(0);
    const { permissions } = exported.json as { permissions: Record<'allow' | 'ask' | 'deny', string[]> };
    expect(permissions.deny).toContain('Bash(git push *)');
    expect(permissions.ask).toContain('Bash(rg *)');
    expect(permissions.allow).toContain('Bash(npm test)');
    writeFileSync(join(cwd, 'settings.json'), exported.out);
    const imported = await cli(['command', 'import', 'claude', 'settings.json'], { cwd });
    writeFileSync(join(cwd, 'commands.yaml'), imported.out);
    writeFileSync(join(cwd, 'countersign.yaml'), readFileSync(join(GOVERNANCE, 'countersign.yaml')));
    const ran = await cli(['command', 'check', '--json', '--governance', cwd, '--', 'timeout 9 git push'], { cwd });
    expect([imported.code, ran.json]).toMatchObject([0, { verdict: 'forbid' }]);
  }, 60_000);

  test('a deny that cannot be said is accepted by name', async () => {
    const cwd = newPlace();
    writeFileSync(join(cwd, 's.json'), JSON.stringify({ permissions: { deny: ['Bash(* --force)', 'Bash(rm *)'] } }));
    expect((await cli(['command', 'import', 'claude', 's.json'], { cwd })).code).toBe(1);
    const named = ['command', 'import', 'claude', 's.json', '--accept', 'Bash(* --force)'];
    expect((await cli(named, { cwd })).code).toBe(1);
    expect(await cli([...named, '--accept-wider'], { cwd })).toMatchObject({
      code: 0,
      out: expect.stringContaining('claude.rm') as string,
    });
  });
});
