import { expect, test } from 'vitest';
import { pathsNamedIn } from './named.ts';
import { gitSettings } from './settings.ts';

const place = { tree: '/tree', git: '/tree/.git' };
const named = (text: string): string[] => pathsNamedIn(text, '/tree/.git', place).map(({ path, kind }) => `${kind} ${path}`);
const setting = (name: string, value: string): string => {
  const [section = '', key = ''] = name.split('.');
  return `[${section}]\n\t${key} = ${value}\n`;
};

test.each<[string, string[]]>([
  ['[core]\n\teditor = "a b" c # not this\n', ['core.editor=a b c']],
  ['[core] editor = a ; not this\n pager\n', ['core.editor=a', 'core.pager=']],
  ['[a "x]\\"y"] b = 1\r\n[A.c]\r\nB = 2\r\n', ['a.b=1', 'a.b=2']],
  ['[a]\n\tb = one \\\n two\n\tc = "x#y;z\\n\\\\"\n', ['a.b=one  two', 'a.c=x#y;z\n\\']],
  ['\ufeff[a]\nb = 1\n', ['a.b=1']],
  ['[a]\nb = "never closed\nc = 2\n]]]\n[broken\nd = 3\n', ['a.b=never closed', 'a.c=2', 'a.d=3']],
  ['', []],
])('settings of %j', (text, expected) => {
  expect(gitSettings(text).map(({ section, key, value }) => `${section}.${key}=${value}`)).toEqual(expected);
});

test.each<[string, string, string[]]>([
  ['core.hooksPath', '.husky/_', ['folder /tree/.husky/_', 'folder /tree/.git/.husky/_']],
  ['core.hooksPath', '/elsewhere', ['folder /elsewhere', 'folder /elsewhere']],
  ['include.path', '../shared.cfg', ['include /tree/shared.cfg']],
  ['core.fsmonitor', '\\"./scripts/watch\\" --x', ['program /tree/scripts/watch']],
  ['core.fsmonitor', 'true', []],
  ['core.pager', 'less -FRX', []],
  ['credential.helper', 'store', []],
  ['credential.helper', '!f() { ./tools/token; }; f', ['program /tree/tools/token']],
  ['diff.textconv', 'node tools/show.js src', ['script /tree/tools/show.js', 'word /tree/src']],
  [
    'merge.driver',
    'env A=b ./m %A',
    ['script /tree/A', 'script /tree/A.py', 'script /tree/A/__main__.py', 'word /tree/b', 'argument /tree/m', 'word /tree/%A'],
  ],
  [
    'filter.clean',
    'python3 -m tools.clean',
    ['script /tree/tools.clean', 'script /tree/tools/clean.py', 'script /tree/tools/clean/__main__.py'],
  ],
  ['filter.clean', 'git-lfs clean -- %f', ['word /tree/clean', 'word /tree/%f']],
  [
    'filter.clean',
    '\\"$(git rev-parse --show-toplevel)/scripts/c\\"',
    ['word /tree/rev-parse', 'program /scripts/c', 'program /tree/scripts/c'],
  ],
  ['alias.st', 'status src/x', []],
  ['alias.l', "!sh -c 'git log src'", ['word /tree/log', 'word /tree/src']],
  ['alias.m', "!env bash -ec './tools/x a'", ['program /tree/tools/x', 'word /tree/a']],
  ['alias.x', '!cd tools && ./x', ['word /tree/tools', 'program /tree/x', 'program /tree/tools/x']],
  ['user.name', './x', []],
  ['branch.merge', 'refs/heads/main', []],
  ['difftool.path', 'bin/tool', ['program /tree/bin/tool']],
  ['submodule.path', 'lib/x', []],
])('%s = %s', (name, value, expected) => {
  expect(named(setting(name, value))).toEqual(expected);
});

test('where hooks are looked for in the work tree itself, it is each of them', () => {
  expect(named(setting('core.hooksPath', '/tree'))).toContain('script /tree/pre-commit');
});
