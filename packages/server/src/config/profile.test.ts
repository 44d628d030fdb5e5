import { asFault } from '@countersign/kernel/fault';
import { describe, expect, test } from 'vitest';
import { readProfile } from './profile.ts';
import { specOf } from '../ports/sandbox-profile.ts';

const refusal = (text: string): string => {
  try {
    readProfile(text, 'p.yaml');
  } catch (thrown) {
    const fault = asFault(thrown);
    return `${fault.code} ${fault.publicText}`;
  }
  return 'accepted';
};

describe('a profile', () => {
  test('everything has a safe default', () => {
    expect(readProfile('# Nothing but the defaults.\n', 'My Profile.yaml')).toEqual({
      name: 'my-profile',
      about: '',
      least: 'bwrap',
      workspace: {
        mode: 'write',
        hidden: ['.env', '.env.local', '.env.development', '.env.production', '.netrc', '.aws', '.ssh', '.kube', '.docker'],
        protect: [],
        scratch: [],
        linkedFiles: 'hold',
      },
      mounts: [],
      clients: [],
      environment: {},
      limits: {
        memoryBytes: 2 ** 31,
        processes: 256,
        cpuPercent: 0,
        fileBytes: 2 ** 30,
        openFiles: 4_096,
        workspaceBytes: 0,
        workspaceFiles: 0,
        tmpBytes: 2 ** 28,
        outputBytes: 2 ** 24,
        wallMs: 900_000,
      },
      network: 'none',
      nested: false,
      debug: false,
    });
  });

  test('says what it says', () => {
    const profile = readProfile(
      'name: x\nmounts: [{ path: /opt/a, at: /opt/b, mode: write }]\nlimits: { memory: none, cpu: 150, workspace: 1GiB, time: 90s }\nnetwork: door\negress: { rules: [{ hosts: [registry.example.org], methods: [GET] }], upload: 1MiB }\n',
      'p.yaml',
    );
    expect(profile.mounts).toEqual([{ path: '/opt/a', at: '/opt/b', mode: 'write' }]);
    expect([profile.limits.memoryBytes, profile.limits.cpuPercent, profile.limits.workspaceBytes, profile.limits.wallMs]).toEqual(
      [0, 150, 2 ** 30, 90_000],
    );
    expect([
      profile.egress?.unfamiliar,
      profile.egress?.uploadBytes,
      profile.egress?.rules.map(({ id, host, methods }) => [id, host, methods]),
    ]).toEqual(['deny', 2 ** 20, [['profile/rule-1', 'registry.example.org', ['GET']]]]);
  });

  test.each([
    ['an unknown key', 'netwrok: none\n', 'did you mean `network`?'],
    ['an unknown key below', 'limits: { memmory: 1GiB }\n', 'did you mean `memory`?'],
    ['a size without a unit', "limits: { memory: '100' }\n", 'must be a whole number'],
    ['a path that leads out', 'workspace: { hidden: [../x] }\n', 'must be a path below'],
    ['a mount that is not absolute', 'mounts: [{ path: x }]\n', 'must be an absolute path'],
    ['a mount with dots', 'mounts: [{ path: /a/../b }]\n', 'must be an absolute path'],
    ['the same place twice', 'mounts: [{ path: /a }, { path: /b, at: /a }]\n', 'mounted twice'],
    ['a client’s place taken', 'network: door\nclients: [codex]\nmounts: [{ path: /a, at: /etc/codex }]\n', 'mounted twice'],
    ['clients without a network', 'clients: [claude]\n', 'must have `network: door`'],
    ['a client that is none', 'network: door\nclients: [gemini]\n', 'clients'],
    ['a variable of ours', 'environment: { HTTPS_PROXY: x }\n', 'is a variable that the sandbox sets itself'],
    ['rules without a network', 'egress: { rules: [] }\n', 'must have `network: door`'],
    ['a host that is none', "network: door\negress: { rules: [{ hosts: ['http://x'] }] }\n", 'http://x'],
    ['a list', '[]\n', 'must be'],
    ['a second document', 'name: a\n---\nname: b\n', 'p.yaml:2:1 error yaml.documents'],
    ['more bytes than can be counted', 'limits: { memory: 999999TiB }\n', '`limits.memory` must be at most 1024TiB'],
    ['a file size between two blocks', 'limits: { fileSize: 1000B }\n', '`limits.fileSize` must be a multiple of 512B'],
    ['more time than a timer has', 'limits: { time: 25d }\n', '`limits.time` must be at most 24d'],
    ['no process for the command', 'limits: { processes: 2 }\n', '`limits.processes` must be at least 3'],
    ['a number in quotes', "limits: { processes: '9' }\n", 'must be a whole number from 3 to 1000000, or `none`'],
    ['settings of git that are ours', "environment: { GIT_CONFIG_COUNT: '0' }\n", 'is a variable that the sandbox sets itself'],
    [
      'authorities of its own',
      'network: door\nenvironment: { PIP_CERT: /x }\n',
      '`environment.PIP_CERT` is a variable that the sandbox sets itself',
    ],
    ['an alias', 'about: &a something\nname: *a\n', 'Anchors and aliases'],
  ])('with %s is refused', (_, text, words) => {
    expect(refusal(text)).toContain(words);
    expect(refusal(text)).toMatch(/^config\.invalid/);
  });
});

describe('a specification', () => {
  const identity = { org: 'o', agent: 'a', onBehalfOf: 'p', mandate: null, task: null, repository: null, run: 'r' };
  const profile = readProfile('mounts: [{ path: /opt/a }]\n', 'p.yaml');

  test('has the workspace and what the roots allow', () => {
    const spec = specOf(profile, { identity, workspace: '/srv/w', roots: ['/srv', '/opt/a'] });
    expect([spec.workspace.path, spec.workspace.mode, spec.roots, spec.identity]).toEqual([
      '/srv/w',
      'write',
      ['/srv', '/opt/a'],
      identity,
    ]);
  });

  test.each([
    ['/srv/w/../x', ['/srv', '/opt/a']],
    ['srv/w', ['/srv', '/opt/a']],
    ['/srv/w/', ['/srv', '/opt/a']],
    ['/srv2', ['/srv', '/opt/a']],
    ['/srv/w', ['/srv']],
    ['/srv/w', []],
  ])('is refused for %s within %j', (workspace, roots) => {
    expect(() => specOf(profile, { identity, workspace, roots })).toThrow(/not an absolute path|outside of what/);
  });
});
