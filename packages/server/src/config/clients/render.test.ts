import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { CLIENT_NAMES, type ClientSettings } from '../../ports/clients.ts';
import { OWN_DOORS_ORIGIN } from '../../ports/own-doors.ts';
import { settingsChecksum } from '../../ports/settings-checksum.ts';
import { compareRequirements } from './effective.ts';
import { plist } from './plist.ts';
import { claudeObjects, codexTexts, renderClient } from './render.ts';
import { type RenderTerms, settingsDigest } from './terms.ts';

const NO_RULES = { codex: [], claudeDeny: [] };

const SETTINGS: ClientSettings = {
  origin: null,
  unmanaged: 'readOnly',
  graceMs: 1,
  telemetry: true,
  hosts: ['artifacts.example.com'],
  readOnlyPaths: ['infra'],
  deniedPaths: ['secrets'],
  toolServers: [{ id: 'issues', url: 'https://issues.example.com/mcp' }],
  deviceTtlMs: 1,
  codexLeavesSandbox: false,
  codex: { minimumVersion: '0.169.0', models: ['gpt-5.5', 'gpt-6-luna'], sandbox: 'workspace-write' },
  claude: { minimumVersion: '2.1.329', models: ['claude-sonnet-5-5'], sandbox: 'workspace-write' },
};
const ORIGIN = 'https://countersign.example.com';
const terms = (changes: Partial<RenderTerms> = {}): RenderTerms => ({
  settings: SETTINGS,
  origin: ORIGIN,
  rules: NO_RULES,
  ...changes,
});
const withSettings = (changes: Partial<ClientSettings>): RenderTerms => terms({ settings: { ...SETTINGS, ...changes } });

type Tree = { readonly [key: string]: Tree } & { readonly length: number };
const requirements = (given: RenderTerms): Tree => parse(codexTexts(given).requirements) as never;

describe('Codex', () => {
  test('names no path to its sandbox that is not there', () => {
    const roots = (given: RenderTerms) =>
      requirements(given)['permissions']?.['countersign']?.['filesystem']?.[':workspace_roots'];
    expect(roots(terms())).toEqual({ '.': 'write' });
    expect(roots(terms({ present: ['infra'] }))).toEqual({ '.': 'write', infra: 'read' });
    expect(roots(terms({ present: ['infra', 'secrets', 'else'] }))).toEqual({ '.': 'write', infra: 'read', secrets: 'none' });
  });

  test('asks for every command, and never through a tool that no hook sees', () => {
    const made = requirements(terms());
    expect(made['allowed_approval_policies']).toEqual(['untrusted']);
    expect(made['features']).toEqual({ hooks: true, plugins: false, apps: false, unified_exec: false, unified_exec_tty: false });
    expect(Object.keys(made['hooks'] ?? {})).toEqual(['SessionStart', 'PreToolUse', 'PermissionRequest']);
  });

  test('gets a key in its own copy, or a variable, or neither', () => {
    const provider = (given: RenderTerms) => requirements(given)['model_providers']?.['countersign'];
    expect(provider(terms())).toMatchObject({ env_key: 'COUNTERSIGN_TOKEN' });
    expect(provider(terms({ device: { key: 'csk_x' } }))).toMatchObject({ experimental_bearer_token: 'csk_x' });
    const floor = provider(terms({ configServer: 'https://countersign.example.com/devices/x' }));
    expect([floor?.['env_key'], floor?.['experimental_bearer_token']]).toEqual([undefined, undefined]);
    expect(codexTexts(terms({ device: { key: 'csk_x' } })).config).not.toContain('COUNTERSIGN_TOKEN');
  });

  test('reads only, says nothing and reaches nothing where the bundle says so', () => {
    const made = requirements(
      withSettings({
        codex: { minimumVersion: '0.169.0', models: ['gpt-5.5'], sandbox: 'read-only' },
        telemetry: false,
        hosts: [],
      }),
    );
    expect([made['allowed_sandbox_modes'], made['otel'], made['experimental_network']]).toEqual([
      ['read-only'],
      undefined,
      undefined,
    ]);
  });
});

describe('Claude Code', () => {
  test('has no allow rule, and every hook that decides blocks when it fails', () => {
    const { settings } = claudeObjects(terms({ rules: { codex: [], claudeDeny: ['Bash(git push *)'] } }));
    const { permissions, hooks } = settings as unknown as {
      permissions: Record<string, readonly string[]>;
      hooks: Record<string, { hooks: { onFailure: string }[] }[]>;
    };
    expect(Object.hasOwn(permissions, 'allow')).toBe(false);
    expect(permissions['deny']).toEqual(expect.arrayContaining(['Edit(./infra/**)', 'Read(./secrets/**)', 'Bash(git push *)']));
    for (const event of Object.values(hooks))
      for (const { hooks: each } of event) for (const { onFailure } of each) expect(onFailure).toBe('block');
  });

  test('reaches our doors from its own sandbox within one of ours, and only there', () => {
    const sandboxOf = (given: RenderTerms) =>
      claudeObjects(given).settings['sandbox'] as {
        network: { allowedDomains: string[] };
        filesystem: { denyWrite: string[] };
      };
    const inside = sandboxOf(terms({ origin: OWN_DOORS_ORIGIN }));
    expect(inside.network.allowedDomains).toEqual(['countersign.internal', '127.1.0.1', 'artifacts.example.com']);
    expect(inside.filesystem.denyWrite).toContain('./.claude');
    const machine = sandboxOf(terms());
    expect(machine.network.allowedDomains).toEqual(['countersign.example.com', 'artifacts.example.com']);
    expect(machine.filesystem.denyWrite).not.toContain('./.claude');
  });

  test('shows one checksum for what it fetched and for the file that let it sign in', () => {
    const [file, fetched] = [
      claudeObjects(terms({ signIn: true })).settings,
      claudeObjects(terms({ device: { key: 'csk_x' } })).settings,
    ];
    expect(file['env']).toEqual(fetched['env']);
    expect(file['forceLoginGatewayUrl']).toBe(ORIGIN);
    expect(settingsChecksum(fetched)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(renderClient('claude', terms({ signIn: true })).map(({ name }) => name)).toEqual(['managed-settings.json']);
  });
});

test('the digest changes with whatever is written, and with nothing else', () => {
  const digest = settingsDigest(terms());
  expect(settingsDigest(terms({ present: ['infra'], device: { key: 'csk_x' } }))).toBe(digest);
  for (const other of [
    withSettings({ hosts: [] }),
    withSettings({ telemetry: false }),
    terms({ origin: 'https://other.example.com' }),
  ])
    expect(settingsDigest(other)).not.toBe(digest);
});

test('a client that the bundle does not manage has no files', () => {
  expect(() => renderClient('codex', withSettings({ codex: null }))).toThrow(expect.objectContaining({ code: 'config.invalid' }));
});

describe('what the client prints is compared with what was written', () => {
  const printed = (requirements_: object) => ({ configRequirements: { requirements: requirements_ } });
  test.each<[string, object, object, string[]]>([
    ['the same', { model_provider: 'x' }, { modelProvider: 'x' }, []],
    ['another', { model_provider: 'x' }, { modelProvider: 'y' }, ['`model_provider` is `"y"`, and should be `"x"`.']],
    ['none', { features: { hooks: true } }, {}, ['`features` is not in force.']],
    [
      'fewer',
      { allowed_approval_policies: ['untrusted'] },
      { allowedApprovalPolicies: ['untrusted', 'never'] },
      ['`allowed_approval_policies` is `["untrusted","never"]`, and should be `["untrusted"]`.'],
    ],
    ['no search', { allowed_web_search_modes: [] }, { allowedWebSearchModes: ['disabled'] }, []],
    ['a hidden value', { otel: { key: 'x' } }, { otel: { key: '[redacted]' } }, []],
    ['what is not printed', { mcp_servers: { a: {} }, rules: {} }, {}, []],
  ])('%s', (_name, meant, effective, told) => {
    expect(compareRequirements(meant as never, printed(effective))).toEqual(told);
  });
  test('nothing that can be read', () =>
    expect(compareRequirements({}, 'x')).toEqual(['The client did not print its requirements.']));
});

describe('configuration profiles', () => {
  /** Python's own reader of property lists, as far away from our writer as can be. */
  function readBack(text: string): unknown {
    const script =
      'import plistlib,sys,json,base64\nprint(json.dumps(plistlib.loads(sys.stdin.buffer.read()),default=lambda b:{"base64":base64.b64encode(b).decode()}))';
    const { status, stdout, stderr } = spawnSync('python3', ['-c', script], { input: text, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  test('hold the same bytes as the files', () => {
    const [file] = renderClient('codex', terms(), 'profile');
    const { PayloadContent } = readBack(file?.text ?? '') as { PayloadContent: Record<string, string>[] };
    const [payload] = PayloadContent;
    const { requirements: text, config } = codexTexts(terms());
    expect(payload?.['PayloadType']).toBe('com.openai.codex');
    expect(
      [payload?.['requirements_toml_base64'], payload?.['config_toml_base64']].map((value) =>
        Buffer.from(value ?? '', 'base64').toString(),
      ),
    ).toEqual([text, config]);
    const [claude] = renderClient('claude', terms(), 'profile');
    const back = readBack(claude?.text ?? '') as { PayloadContent: Record<string, unknown>[] };
    expect(back.PayloadContent[0]).toMatchObject(claudeObjects(terms({ signIn: true })).settings);
  });

  test('are the same for the same settings', () => {
    for (const name of CLIENT_NAMES)
      expect(renderClient(name, terms(), 'profile')).toEqual(renderClient(name, terms(), 'profile'));
    const uuid = (given: RenderTerms) =>
      /<key>PayloadUUID<\/key>\s*<string>([0-9A-F-]{36})/.exec(renderClient('codex', given, 'profile')[0]?.text ?? '')?.[1];
    expect(uuid(terms())).not.toBe(uuid(withSettings({ hosts: [] })));
  });

  test('any value comes back as it was', () => {
    const text = fc
      .string({ unit: 'grapheme' })
      .filter((each) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(each));
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.array(tie('value')),
        fc.dictionary(text, tie('value')),
      ),
    })).value;
    const samples = [...fc.sample(value, 60), 'a line\r\nand another\r'];
    expect(readBack(plist(samples as never))).toEqual(JSON.parse(JSON.stringify(samples)));
    expect(() => plist('\u0000')).toThrow(RangeError);
    expect(() => plist(0.5)).toThrow(RangeError);
  });
});
