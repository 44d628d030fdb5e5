import { judgeCommand, type CommandRules } from '@countersign/kernel/command';
import { afterAll, describe, expect, test } from 'vitest';
import type { Log } from '../../ports/log.ts';
import { openShellScript } from './index.ts';
import { wordOf } from './words.ts';

const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };
const real = openShellScript({ log: quiet, deadlineMs: 30_000, script: new URL('./testing/source-worker.mjs', import.meta.url) });
afterAll(() => real.close());

const rules: CommandRules = {
  rules: [
    {
      id: 'git.no-push',
      decision: 'forbid',
      form: { kind: 'prefix', words: [['git'], ['push']] },
      why: 'Branches are pushed through the git door.',
      match: ['git push'],
      notMatch: ['git pull'],
    },
  ],
  default: 'ask',
  executables: new Map(),
  gates: new Map(),
};
const facts = { cwd: '/srv/repo', roots: ['/srv/repo'] };

describe('a look into scripts', () => {
  test.each([
    'for i in a b; do git push "$i"; done',
    'x=$(git push)',
    'echo "a `git push` b"',
    'f() { git pu\\sh & }; f',
    'cat <(git push)',
    'if git push; then :; fi',
    'case a in a) git push;; esac',
    'while read x; do sudo git "push" $x; done < f',
    'bash <<EOF\ngit push\nEOF\n',
    'cat <<EOF | sudo sh\nx\ngit push\nEOF\n',
    "bash <<< 'git push'",
    'git > out push',
    "git $'pu\\x73h'",
    'git \\\n  push $x',
    'git pu\\\nsh $x',
    '$SUDO git push',
    'git -C "$d" push',
    'eval "git push" $x',
    "trap 'git push' EXIT; x=$(y)",
    '! git push',
    'A=$B git push',
    '(cd x && git push)',
    'x="$(bash -c \'git push\')"',
    '{ git push; }',
    'coproc git push',
    'time git push > $x',
    'git push &',
    'set -e\n\\git push $x',
    'bash <<EOF\n\\git push\nEOF\n',
    'ssh host <<EOF\ngit push\nEOF\n',
    'cat <<EOF\n`git push`\nEOF\n',
    'cat <<EOF; git push\na\nEOF\n',
    'bash <(echo "git push")',
    '. <(printf "git push")',
    'eval "$(echo git push)"',
    'echo "git push" | bash -s "$x"',
    'sh -c "git push $x"',
    'sudo -u "$u" bash -c "cd $d && git push"',
    "alias x='git push'",
    '$SUDO -u x git push',
    '! ! git push',
    'coproc X { git push; }',
    '{fd}>x git push',
    'git $x push',
    'gi${x}t push',
    '${x:-git} push',
    'git$IFS""push',
    'git${IFS}push${IFS}-f',
    '{git,push}',
    'git {push,-f}',
    '$(which git) push',
    '"$(command -v git)" push',
    'GIT_SSH_COMMAND="git push" git fetch',
    'bash < <(echo "git push")',
    'echo ${x//a/`git push`}',
    'echo `echo \\`git push\\``',
    'cat <<-E\n\t$(git push)\n\tE\n',
    '! { git push; }',
  ])('finds what is forbidden in %j', async (text) => {
    const { commands } = await real.inspect(text);
    expect(judgeCommand(text, 'bash', rules, facts).verdict).toBe('ask');
    expect(judgeCommand(text, 'bash', rules, { ...facts, inner: commands }).verdict).toBe('forbid');
  });

  test.each([
    'git commit -m "$(cat <<EOF\nDo not git push\ngit push is bad\nEOF\n)"',
    'for i in a; do echo git push; done',
    "echo $x 'git push'",
    'git pull # git push\ntrue $x',
    'cat > f <<EOF\ngit push\nEOF\n',
    "cat > f <<'EOF'\nrun `git push`\nEOF\nfind . -name x > y",
    'echo "git push" > f; bash -n $x',
    'gh pr create --body "$(cat <<\'EOF\'\nrun `git push`\nEOF\n)"',
    'echo "$(date): git push" >> log',
    'git commit -m "no ${x} git push"',
  ])('leaves alone what only speaks of it: %j', async (text) => {
    const { commands } = await real.inspect(text);
    expect(judgeCommand(text, 'bash', rules, { ...facts, inner: commands }).verdict).toBe('ask');
  });

  test('nothing that is found there allows', async () => {
    const allowing: CommandRules = {
      ...rules,
      rules: [{ ...(rules.rules[0] as CommandRules['rules'][number]), decision: 'allow', class: 'read' }],
    };
    expect(judgeCommand('(git push)', 'bash', allowing, { ...facts, inner: [['git', 'push']] })).toMatchObject({
      verdict: 'ask',
      rules: [],
    });
  });

  test('a text that is no script says so, with what was found', async () => {
    expect(await real.inspect('if ((( ; then git push')).toMatchObject({ notInspected: 'parse' });
  });

  test('a text that is too long is not looked into', async () => {
    expect(await real.inspect('a '.repeat(40_000))).toEqual({ commands: [], notInspected: 'size' });
  });
});

describe('the thread', () => {
  test('one that hangs or dies answers for its script only, and is replaced', async () => {
    const scripts = openShellScript({
      log: quiet,
      deadlineMs: 200,
      script: new URL('./testing/slow-worker.mjs', import.meta.url),
    });
    const answers = await Promise.all(['a', 'hang', 'b', 'die', 'c', 'error'].map((text) => scripts.inspect(text)));
    expect(answers).toEqual([
      { commands: [['a']] },
      { commands: [], notInspected: 'deadline' },
      { commands: [['b']] },
      { commands: [], notInspected: 'failed' },
      { commands: [['c']] },
      { commands: [['error']], notInspected: 'parse' },
    ]);
    await scripts.close();
    expect(await scripts.inspect('a')).toEqual({ commands: [], notInspected: 'failed' });
  });

  test('a parser that is not there is said to have failed, every time', async () => {
    const scripts = openShellScript({ log: quiet, script: new URL('./testing/no-such-worker.mjs', import.meta.url) });
    for (let times = 0; times < 5; times++) expect(await scripts.inspect('a')).toEqual({ commands: [], notInspected: 'failed' });
    await scripts.close();
  });
});

test('words are unquoted by the rule of the splitter', () => {
  expect(['r\\m', "r'm'", '"a b"', "$'a\\x62\\n'", '$"x"', 'a$b', "'it'\\''s'"].map(wordOf)).toEqual([
    'rm',
    'rm',
    'a b',
    'ab\n',
    'x',
    'a$b',
    "it's",
  ]);
});
