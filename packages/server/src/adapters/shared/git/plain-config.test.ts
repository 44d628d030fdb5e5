import { expect, test } from 'vitest';
import { plainConfig } from './plain-config.ts';

test('a configuration that names no program stays as it is', () => {
  const text =
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n[user]\n\tname = N\n[remote "origin"]\n\turl = https://example.org/x.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[branch "main"]\n\tremote = origin\n\tmerge = refs/heads/main\n';
  expect(plainConfig(text)).toBe(text);
});

test.each([
  ['[core]\n\tfsmonitor = ./evil\n'],
  ['[core]\n\thooksPath = x\n'],
  ['[core] fsmonitor = evil\n'],
  ['[core]\n\tsshCommand = "x"\n'],
  ['[alias]\n\tx = !evil\n'],
  ['[filter "f"]\n\tclean = evil\n'],
  ['[include]\n\tpath = evil\n'],
  ['[includeIf "gitdir:/"]\n\tpath = evil\n'],
  ['[remote "o"]\n\turl = ext::evil\n'],
  ['[remote "o"]\n\turl = "ext::evil"\n'],
  ['[remote "o"]\n\tuploadpack = evil\n'],
  ['[core]\n\tfilemode = true \\\n\tfsmonitor = evil\n'],
  ['[CORE]\n\tFSMONITOR = evil\n'],
  ['[diff "x"]\n\ttextconv = evil\n'],
  ['[core]\n\tpager = evil\n'],
  ['[gpg]\n\tprogram = evil\n'],
])('what git would run goes: %j', (text) => {
  expect(plainConfig(text)).not.toContain('evil');
  expect(plainConfig(text)).not.toMatch(/hookspath/i);
});
