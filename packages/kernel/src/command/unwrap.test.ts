import { describe, expect, test } from 'vitest';
import { judgeArgv, judgeCommand, unclearTexts } from './judge.ts';
import { FACTS, NO_PUSH, NPM_TEST, prefix, rule, rulesOf } from './testing/rules.ts';
import { isWrapper } from './unwrap/index.ts';

/** Each line is one spelling; `@` stands for the words of a command, `%` for them as one quoted text. */
const SPELLINGS = `
  nice @|nice -n 5 @|nice -n5 @|nice -5 @|nice --5 @|nice --adjustment=5 @|nice --adj 5 @|nice -- @
  ionice @|ionice -c2 @|ionice -c 2 -n 7 @|ionice --class idle @|ionice -t -c3 @
  nohup @|nohup -- @
  setsid @|setsid -f @|setsid -cfw @|setsid --fork --wait @
  stdbuf -oL @|stdbuf -o L -e 0 @|stdbuf --output=L @|stdbuf --out L @
  timeout 5 @|timeout -k1 5 @|timeout -k 1 5 @|timeout -s KILL 5s @|timeout --signal=KILL 5 @|timeout --sig KILL 5 @|timeout --preserve-status -v 5 @|timeout --foreground -- 5 @
  /usr/bin/time @|/usr/bin/time -p @|/usr/bin/time -f %e -o x @|/usr/bin/time -ao x @|/usr/bin/time --format=x @
  sudo @|sudo -n @|sudo -u root @|sudo -uroot @|sudo -iu root @|sudo -u root -g wheel -- @|sudo -E -H @|sudo --user=root @|sudo --us root @|sudo A=1 @|sudo -C 3 -p x @|sudo -s @|sudo -T 5 @|sudo --preserve-env=PATH @
  doas @|doas -u root @|doas -n -C f @
  pkexec @|pkexec --user root @
  gosu root @|su-exec root @
  setpriv --reuid=1 --clear-groups @|setpriv --no-new-privs @
  chroot / @|chroot --userspec=a:b / @|chroot --userspec a / @|chroot -- / @
  unshare @|unshare -rn @|unshare --user --map-root-user --fork @|unshare -R / -w / @|unshare --mount=f @
  nsenter -t 1 -m @|nsenter -t1 -a @|nsenter --target=1 --mount @|nsenter --target 1 --all -- @|nsenter -m/proc/1/ns/mnt @
  command @|command -p @|command -- @
  exec @|exec -a x @|exec -cl @|exec -ax @
  chrt -f 10 @|chrt --rr 10 @
  taskset 1 @|taskset -c 0,1 @
  strace @|strace -f -e trace=file -o x @|strace -ff @
  ltrace -S @
  fakeroot @|fakeroot -- @
  dbus-run-session -- @|unbuffer @|caffeinate -i @|caffeinate -t 5 @|tini -- @|catchsegv @
  flock f @|flock -n f @|flock -w 5 f @|flock f -c %|flock -c % f
  env @|env -- @|env - @|env -i @|env -u X @|env -uX @|env -iu X @|env A=1 B=2 @|env -C / @|env --chdir=/ @|env --unset=X @|env --uns X A=1 @|env -S %|env -S'git push'|env --split-string=%|env -vS %|env -S "A=1 git push"|env -S "bash -c 'git push'"|env -i A=1 @
  xargs @|xargs -0 @|xargs -n 1 @|xargs -n1 @|xargs -I {} @ {}|xargs -I{} @ {}|xargs -i @|xargs --max-args=1 @|xargs --max-a 1 @|xargs -P 4 -L1 -- @|xargs -0 -r -d x @|xargs -a f @|xargs --arg-file f @
  find . -exec @ {} +|find . -name x -exec @ \\;|find . -execdir @ {} \\;|find . -ok @ \\;|find . -okdir @ {} \\;|find . -exec ls {} \\; -exec @ \\;|find . -exec @ --a {} \\; -print
  fd -x @|fd -X @|fd --exec @|fd --exec-batch @|fd -e ts -x @|fd x -Hx @ \\; -t f|fdfind . -x @
  parallel @|parallel -j 4 @ ::: a|parallel --jobs 4 @ ::: a b|parallel -j4 % ::: a|parallel ::: %|parallel --dry-run @
  bash -c %|sh -c %|dash -c %|zsh -c %|ksh -c %|ash -c %|fish -c %|fish --command=%|bash -lc %|bash -ec %|bash -euo pipefail -c %|bash -o pipefail -c %|bash +x -c %|bash -c -x %|bash -c -- %|bash --norc --noprofile -c %|bash --rcfile f -c %|bash -O extglob -c %|bash -xc % name arg|sh -uc %|/bin/sh -c %|bash -oe pipefail -c %|zsh -fc %
  eval @|eval %|eval -- %
  watch @|watch -n 5 @|watch -n5 @|watch -d @|watch -x @|watch --interval=5 %|watch -d -tn 5 -- %
  su -c %|su root -c %|su - root -c %|su -lc %|su --command=%|su --comm % root|su root -- -c %|runuser -u x -- @|runuser -c % x|su -c'git push'|su root --session-command %
  script -c %|script -qc %|script -q -c % f|script --command=% f|script -q f @|script f -- @|script -qec %
  ssh host @|ssh -p 22 host @|ssh -p22 -i f -l u host @|ssh host -v @|ssh host %|ssh -o ProxyCommand=% host|ssh -oProxyCommand='git push' host|ssh host -- @|ssh -tt host sudo @
  npx @|npx -y @|npx --yes -p x @|npx -c %|npx --call=%|npx --package=x -- @|npm exec @|npm exec -- @|npm x -- @|npm exec -c %|npm --prefix x exec -- @|pnpm dlx @|pnpm exec @|pnpm --filter x exec @|yarn dlx @|yarn exec @|bunx @|bun x @
  uvx @|uvx --from x @|uv run @|uv run --with x -- @|uv tool run @|pipx run @|pipx run --spec x @|poetry run @|pipenv run @|bundle exec @|pyenv exec @
  docker run x @|docker run -it --rm -v a:b x @|docker run --name=n --entrypoint sh x @|docker exec -it c @|docker exec -u root c @|docker container exec c @|docker --context x exec c @|docker compose exec s @|docker compose -f f run --rm s @|podman run x @|kubectl exec p -- @|kubectl -n x exec -it p -c c -- @|kubectl exec p @|docker-compose run s @
  busybox @|busybox sh -c %|toybox @
  nix shell x -c @|nix run x -- @|nix develop -c @
  git -c alias.x='!git push' x|git -c core.pager=% log|git bisect run @|git submodule foreach @|git submodule foreach --recursive %|git rebase -x %|git rebase --exec=%|git rebase -i --exec % HEAD|git difftool -x %|git -C x submodule foreach %
  git config alias.x '!git push'|git config --global core.pager %|git fetch --upload-pack=% o|git clone -u % a b
  gtimeout 5 @|timeout 5 -- @|env -S'git' -P push|env -S 'git' push -f|mise x -- @|docker run --entrypoint sh x -c %|docker run --entrypoint=git x push|pnpm -c exec %|parallel sh -c ::: %
  systemd-run -p A=b @|systemd-run --user --scope @|conda run -n x @|direnv exec . @|aws-vault exec p -- @|op run -- @|xvfb-run -a @|firejail --net=none @|bwrap --ro-bind / / @|prlimit -n5 @|setarch x86_64 -R @|perf stat -e x -- @|valgrind --tool=x @|ls \\| entr -c @|ld.so --library-path x @|nvm exec 20 @|corepack yarn exec @|sshpass -p x ssh host @|hyperfine -w 3 %|tmux new -d %|nix-shell --run %|pwsh -Command %|gdb --args @
  tar --to-command=% -xf x|tar --to-comm % -xf x|tar -I % -xf x|tar -cf x --checkpoint=1 --checkpoint-action=exec=% y|tar -F % -cf x|rsync -ae % a b:|rsync --rsh=% a b:|scp -o ProxyCommand=% a b:|split --filter=% x|sort --compress-program % x|zip -TT % x y|man -P % ls|rg --pre % x|vim -c '!git push'|vim +':silent !git push'|less +'!git push' x
  python3 -c 'import os; os.system("git push")'|python3 -c 'import subprocess as s; s.run(["git", "push"])'|perl -e 'system("git","push")'|perl -e '\`git push\`'|ruby -e 'exec "git push"'|node -e 'require("child_process").execSync("git push")'|php -r 'system("git push");'|awk 'BEGIN{system("git push")}'|awk '{print \\| "git push"}' x|awk 'BEGIN{"git push"\\|getline}'|sed '1e git push' x
  env GIT_SSH_COMMAND=% git fetch|env PAGER=% git log|perl -e 'system(qw(git push))'|ruby -e '%x(git push)'
  echo % \\| sh|printf % \\| sudo bash|echo git push \\| sh -s|printf '%s\\n' "git push" \\| bash|echo % \\| at now|echo % \\| xargs -I{} sh -c {}|printf '%s' "a; git push" \\| env sh
  git -C x push|git --git-dir=x push|git --git-dir x push|git -c a.b=c push|git -c a.b=c -C x --no-pager push|git -p push|git --work-tree x push|git --exec-path=x push|git --namespace=x push|git --config-env=a=b push|git --bare push|git -- push
`;

const PLAIN: [string, string][] = SPELLINGS.trim()
  .split(/\n\s*|(?<!\\)\|(?!\|)/)
  .map((spelling) => spelling.trim().replaceAll('\\|', '|'))
  .map((spelling) => [spelling, spelling.replaceAll('@', 'git push').replace(/%(?!x\()/g, '"git push"')]);

const rules = rulesOf([NO_PUSH, NPM_TEST]);
const verdictOf = (text: string, given = rules) => judgeCommand(text, 'bash', given, FACTS).verdict;

describe('a forbidden program is found', () => {
  test.each(PLAIN)('behind %s', (_, text) => {
    expect([text, verdictOf(text)]).toEqual([text, 'forbid']);
  });

  test.each(['git', 'GIT', '/usr/bin/git', '/opt/x/Git', './git', 'git.exe', "'git'", 'g\\it'])('called %s', (program) => {
    for (const wrapped of ['@ push', 'sudo @ push', 'nice -n 5 env @ push', 'xargs @ push'])
      expect(verdictOf(wrapped.replace('@', program))).toBe('forbid');
  });

  test('to depth 4, in every order of some wrappers', () => {
    const some = ['nice -n 5', 'env A=1', 'sudo -u x', 'timeout -k 1 5', 'xargs -0', 'command'];
    for (const a of some)
      for (const b of some)
        for (const c of some)
          for (const d of some) expect([a, b, c, d, verdictOf(`${a} ${b} ${c} ${d} git push`)]).toEqual([a, b, c, d, 'forbid']);
    expect(verdictOf(`nice bash -c "sudo sh -c 'git push'"`)).toBe('forbid');
  });

  test('deeper, it asks whatever is inside', () => {
    const deep = `${'nice '.repeat(5)}npm test`;
    expect(judgeCommand(deep, 'bash', rules, FACTS)).toMatchObject({ verdict: 'ask', codes: ['command.depth'] });
    expect(verdictOf(`${'env '.repeat(30)}git push`)).toBe('forbid');
  });

  test('in words that no shell reads', () => {
    for (const argv of [
      ['git', 'push'],
      ['bash', '-lc', 'git push'],
      ['bash', '-lc', 'cd x\ngit -C y push'],
      ['env', '-S', 'git push'],
      ['sudo', 'bash', '-c', "sh -c 'git push'"],
    ])
      expect([argv, judgeArgv(argv, rules, FACTS).verdict]).toEqual([argv, 'forbid']);
  });
});

describe('what only looks like it is left alone', () => {
  test.each([
    'git stash push',
    'git pull',
    'echo git push',
    "printf 'git push'",
    'rg "git push" src',
    "bash -c 'echo git push'",
    'sudo git -C push status',
    'find . -name push -exec git log {} \\;',
    'git log push',
    'git -C push status',
    'ssh host git status',
    'docker run x echo git push',
    'tar -I zstd -xf git push',
    'rsync -e ssh git push:',
    'python3 -c \'print("git push")\'',
    "awk '/git push/{print}' x",
    "sed 's/git push/e git push/' x",
    'git config user.name "git push"',
    'git -c user.name="git push" commit',
    'nix-shell -p git push --run ls',
    'ssh host ls git push',
    'op item get git push',
    'echo "git push" | grep x',
    'echo "git push" | tee x.sh',
  ])('%s', (text) => {
    expect([text, verdictOf(text)]).not.toEqual([text, 'forbid']);
  });
});

describe('what is behind a wrapper is never more allowed than by itself', () => {
  test.each(PLAIN.filter(([spelling]) => /[@%]/.test(spelling)))('%s', (spelling) => {
    const text = spelling.replaceAll('@', 'npm test').replaceAll('%', '"npm test"').replaceAll('git push', 'npm test');
    const { verdict } = judgeCommand(text, 'bash', rules, FACTS);
    const isHarmless = /^(?:nice|stdbuf|g?timeout|command(?! -p)|env (?:-- )?@$)/.test(spelling);
    expect([text, verdict]).toEqual([text, isHarmless ? 'allow' : 'ask']);
  });

  test('an option that a wrapper does not have asks, and what is forbidden behind it is still found', () => {
    for (const wrapper of [
      'sudo --what',
      'nice --what',
      'env --what',
      'timeout --what 5',
      'xargs --what',
      'docker run --wh x',
      'watch --what',
      'script --what',
      'git --what',
    ])
      expect([wrapper, verdictOf(`${wrapper} git push`), verdictOf(`${wrapper} npm test`)]).toEqual([wrapper, 'forbid', 'ask']);
  });

  test('words that nobody has seen are allowed only by a rule that allows any', () => {
    const open = rulesOf([
      rule('x', 'allow', prefix('xargs')),
      rule('e', 'allow', { kind: 'exact', words: ['npm', 'test'] }),
      rule('p', 'allow', prefix('grep')),
    ]);
    expect([verdictOf('xargs npm test', open), verdictOf('xargs grep x', open), verdictOf('xargs', open)]).toEqual([
      'ask',
      'allow',
      'allow',
    ]);
  });

  test('words that nobody has seen may be what is forbidden', () => {
    const open = rulesOf([rule('x', 'allow', prefix('xargs')), rule('g', 'allow', prefix('git')), NO_PUSH]);
    expect([
      verdictOf('xargs git', open),
      verdictOf('xargs -I{} git {} x', open),
      verdictOf('xargs git status', open),
      verdictOf('find . -exec {} push \\;', open),
    ]).toEqual(['ask', 'ask', 'allow', 'ask']);
  });

  test('a program that nobody declared and that names one with a rule asks, whatever allows it', () => {
    const open = rulesOf([rule('w', 'allow', prefix('mywrap')), rule('e', 'allow', prefix('echo')), NO_PUSH]);
    for (const text of [
      'mywrap git push',
      'mywrap --run=git',
      "mywrap 'git push'",
      "mywrap 'x; sudo git push'",
      "mywrap 'git -c a.b=c push'",
      "mywrap --run 'x=1; git push'",
      'mywrap /usr/bin/GIT',
      'mywrap sh -c "nice git x"',
      "mywrap 'for x in $y; do git z; done'",
    ])
      expect([text, verdictOf(text, open)]).toEqual([text, 'ask']);
    const git = rulesOf([rule('c', 'allow', prefix('git', ['commit', 'remote'])), rule('r', 'forbid', prefix('rm'))]);
    expect([verdictOf('git commit -m "rm the old one"', git), verdictOf('git remote x "rm y"', git)]).toEqual(['allow', 'ask']);
    expect([verdictOf('mywrap a b', open), verdictOf('echo git push', open), verdictOf('mywrap "a git b"', open)]).toEqual([
      'allow',
      'allow',
      'allow',
    ]);
  });

  test('a shell or an interpreter that reads its commands from standard input asks, whatever allows it', () => {
    const open = rulesOf(
      ['sh', 'bash', 'python3', 'node', 'perl'].map((name) => rule(name, 'allow', prefix(name), { unsafe: 'test' })),
    );
    for (const text of [
      'sh',
      'bash -s a',
      'bash -x',
      'sh -',
      'python3',
      'python3 -',
      'python3 -u',
      'node',
      'node -',
      'perl',
      'sh /dev/stdin',
      'bash -o pipefail',
    ])
      expect([text, verdictOf(text, open)]).toEqual([text, 'ask']);
    for (const text of ['sh x.sh', 'python3 x.py', 'node x.js', 'bash -x x.sh'])
      expect([text, verdictOf(text, open)]).toEqual([text, 'allow']);
  });

  test('code in the arguments is never allowed by how it begins', () => {
    const names = ['python3', 'python3.11', 'node', 'perl', 'ruby', 'awk', 'sed', 'vim', 'php'];
    const open = rulesOf(names.map((name) => rule(name, 'allow', prefix(name))));
    for (const text of [
      "python3 -c 'x'",
      "python3.11 -Bc 'x'",
      "node -e 'x'",
      "node -pe 'x'",
      "node --eval='x'",
      "perl -ne 'x' f",
      "perl -i.bak -pe 'x' f",
      "ruby -e 'x'",
      "awk 'x' f",
      "sed -n '1p' f",
      "vim -c 'x'",
      'vim +x f',
      "php -r 'x'",
    ])
      expect([text, verdictOf(text, open)]).toEqual([text, 'ask']);
  });

  test('a launcher is allowed by a rule that names exactly its call', () => {
    const open = rulesOf([
      rule('a', 'allow', prefix('npx', 'vitest')),
      rule('b', 'allow', { kind: 'exact', words: ['npx', 'tsc'] }),
    ]);
    expect([verdictOf('npx vitest', open), verdictOf('npx tsc', open), verdictOf('npx tsc x', open)]).toEqual([
      'ask',
      'allow',
      'ask',
    ]);
  });

  test('builtins that change what follows carry no allow', () => {
    const names = ['export', 'source', '.', 'eval', 'exec', 'pushd', 'umask', 'unset', 'read'];
    const open = rulesOf(names.map((name) => rule(name, 'allow', prefix(name))));
    for (const name of names) expect([name, verdictOf(`${name} x`, open)]).toEqual([name, 'ask']);
  });
});

test('texts inside that could not be split are named, for a parser to look into', () => {
  expect(unclearTexts('for x in y; do z; done', 'bash')).toEqual(['for x in y; do z; done']);
  expect(unclearTexts('sudo bash -c "(a)" && npx -c "{ b; }" | watch "c > d"', 'bash')).toEqual(['(a)', '{ b; }', 'c > d']);
  expect(unclearTexts(['bash', '-lc', 'a $x'], 'bash')).toEqual(['a $x']);
  expect(unclearTexts('git status', 'bash')).toEqual([]);
});

test('wrappers are known by name', () => {
  expect(['sudo', '/bin/SH', 'npx', 'xargs', 'env', 'git', 'npm', 'docker', 'find', 'rg'].map(isWrapper)).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
