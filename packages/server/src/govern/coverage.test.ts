import { describe, expect, test } from 'vitest';
import { compareVersions } from '../ports/client-version.ts';
import type { ClientSettings } from '../ports/clients.ts';
import { shownBy } from '../jobs/client-watch/shown.ts';
import { coveredClient, judgeShown } from './coverage.ts';

const SETTINGS: ClientSettings = {
  origin: null,
  unmanaged: 'readOnly',
  graceMs: 1_000,
  telemetry: true,
  hosts: [],
  readOnlyPaths: [],
  deniedPaths: [],
  toolServers: [],
  deviceTtlMs: 1,
  codexLeavesSandbox: false,
  codex: { minimumVersion: '0.169.0', models: ['gpt-5.5'], sandbox: 'workspace-write' },
  claude: null,
};
const PUBLISHED = new Map([
  ['now', null],
  ['then', 10_000],
]);

test.each<[string, string, number | undefined]>([
  ['1.2.3', '1.2.3', 0],
  ['0.163.0', '0.169.0', -6],
  ['2.1.1000', '2.1.329', 671],
  ['0.169.0-alpha.1', '0.169.0', -1],
  ['0.169.0+build', '0.169.0', 0],
  ['1.2', '1.2.3', undefined],
  ['1.2.3.4', '1.2.3', undefined],
  ['v1.2.3', '1.2.3', undefined],
])('%s against %s is %s', (a, b, expected) => expect(compareVersions(a, b)).toBe(expected));

describe('what a client shows', () => {
  test.each<[string, string, string | undefined, number, string]>([
    ['the settings in force', '0.169.0', 'now', 0, 'covered'],
    ['a newer version', '1.0.0', 'now', 0, 'covered'],
    ['settings that were replaced a moment ago', '0.169.0', 'then', 11_000, 'covered'],
    ['settings that were replaced long ago', '0.169.0', 'then', 11_001, 'stale'],
    ['settings of somebody else', '0.169.0', 'other', 0, 'unmanaged'],
    ['nothing', '0.169.0', undefined, 0, 'unmanaged'],
    ['an old version', '0.168.9', 'now', 0, 'outdated'],
    ['a version that cannot be read', 'dev', 'now', 0, 'outdated'],
  ])('%s', (_name, version, digest, nowMs, state) => {
    expect(judgeShown(SETTINGS, { client: 'codex', version, digest }, PUBLISHED, nowMs)).toBe(state);
  });

  test.each<[string, ClientSettings | undefined, 'covered' | 'outdated' | 'unmanaged' | 'stale', string, boolean | undefined]>([
    ['covered', SETTINGS, 'covered', '0.169.0', true],
    ['unmanaged', SETTINGS, 'unmanaged', '0.169.0', false],
    ['unmanaged, where that is only reported', { ...SETTINGS, unmanaged: 'report' }, 'unmanaged', '0.169.0', true],
    ['outdated, whatever is only reported', { ...SETTINGS, unmanaged: 'report' }, 'outdated', '0.160.0', false],
    [
      'covered under a floor that was raised since',
      { ...SETTINGS, codex: { ...SETTINGS.codex!, minimumVersion: '0.170.0' } },
      'covered',
      '0.169.0',
      false,
    ],
    ['of a client that is not managed', { ...SETTINGS, codex: null }, 'outdated', '0.1.0', undefined],
    ['where no client is managed', undefined, 'outdated', '0.1.0', undefined],
  ])('%s', (_name, settings, state, version, covered) => {
    expect(coveredClient(settings, { name: 'codex', version, state })?.covered).toBe(covered);
  });
});

test.each<[string, Parameters<typeof shownBy>[0], boolean, unknown]>([
  [
    'Codex',
    { userAgent: 'codex_exec/0.169.0 (Linux)', originator: 'codex_exec', settings: 'a'.repeat(32), checksum: undefined },
    true,
    { client: 'codex', version: '0.169.0', digest: 'a'.repeat(32) },
  ],
  [
    'Codex, driven by a program',
    { userAgent: 'countersign/0.169.0 (Linux)', originator: 'countersign', settings: undefined, checksum: undefined },
    true,
    { client: 'codex', version: '0.169.0', digest: undefined },
  ],
  [
    'Claude Code',
    {
      userAgent: 'claude-cli/2.1.329 (external, cli)',
      originator: undefined,
      settings: undefined,
      checksum: `sha256:${'0'.repeat(64)}`,
    },
    false,
    { client: 'claude', version: '2.1.329', digest: `sha256:${'0'.repeat(64)}` },
  ],
  [
    'a checksum that is none',
    { userAgent: 'claude-cli/2.1.329', originator: undefined, settings: undefined, checksum: 'x' },
    false,
    { client: 'claude', version: '2.1.329', digest: undefined },
  ],
  [
    'another program',
    { userAgent: 'curl/8.0.0', originator: undefined, settings: 'a'.repeat(32), checksum: undefined },
    false,
    undefined,
  ],
  ['nobody', { userAgent: undefined, originator: undefined, settings: undefined, checksum: undefined }, false, undefined],
])('%s is told by its headers', (_name, headers, isCodex, expected) => expect(shownBy(headers, isCodex)).toEqual(expected));
