import { canonicalize } from '@countersign/kernel/ledger';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildBundle } from '../../../config/build/build.ts';
import { starterFiles } from '../../../config/testing/starter.ts';
import { cedarText } from '../../../config/testing/tools.ts';
import { approve, makeWorld, MANDATE, type World } from '../../../govern/testing/world.ts';
import { readCommandRecord, verdictOn } from '../../../ports/command-record.ts';
import type { Inspector } from '../../../ports/inspect.ts';
import type { BundleSnapshot } from '../../../ports/registry.ts';
import type { Denial } from '../../../ports/road.ts';
import type { ScriptFindings } from '../../../ports/shell-script.ts';
import { type CommandCall, judgeCall, type JudgeDeps } from './index.ts';

let snapshot: BundleSnapshot;
let world: World;
let deps: JudgeDeps;

beforeAll(async () => {
  const result = await buildBundle(await starterFiles(), { cedar: cedarText });
  if (!result.ok) throw new Error('the starter does not build');
  snapshot = result.snapshot;
}, 120_000);

beforeEach(() => {
  world = makeWorld();
  world.snapshot = snapshot;
  deps = { snapshots: { current: () => world.snapshot } };
});

function call(text: string, changes: Partial<CommandCall> = {}): CommandCall {
  const agent = snapshot.agents.get('payments-test-repair-editor-dev');
  if (agent === undefined) throw new Error('the starter has no such agent');
  const actions = ['command.read', 'command.draft', 'command.mutateLow', 'command.mutateHigh'];
  return {
    caller: {
      org: 'example',
      agent,
      credential: 'crd_1',
      onBehalfOf: 'lin',
      mandate: { ...MANDATE, agent: agent.id, repository: 'payments', useCase: 'code-maintenance', actions },
    },
    command: { text, dialect: 'bash' },
    cwd: '/checkout',
    roots: ['/checkout'],
    shell: '/bin/bash',
    environment: ['PATH', 'HOME', 'PATH'],
    profile: 'work',
    enforcement: 'runner',
    trace: 'a'.repeat(32),
    ...changes,
  };
}

/** Runs it, or says why not. */
async function ask(given: CommandCall): Promise<Denial | 'ran'> {
  const judged = await judgeCall(deps, given);
  const governed = await world.road.govern(judged.ask, async () => ({ value: null, status: 'done', charge: 'none' }));
  return governed.ok ? 'ran' : governed.denial;
}

describe('what the rules say is what happens', () => {
  test.each(['npm test', 'ls -la src && cat README.md', 'timeout 60 npm test'])('%s runs', async (text) => {
    expect(await ask(call(text))).toBe('ran');
  });

  test('a denial is in the words of the rule', async () => {
    expect(await ask(call('git -C . push'))).toMatchObject({
      kind: 'policy',
      code: 'command.forbidden',
      message: 'Branches are pushed through the git door.',
      instead: 'Commit, then open a pull request with the tool pull_request.open.',
      escalate: { group: 'team:platform' },
      reasons: [
        { code: 'command.forbidden', reference: 'commands.yaml#git.no-push' },
        { code: 'command.forbidden', policy: 'command.forbidden' },
      ],
    });
  });

  test('what nothing matches asks, in the words of the code, and runs once it was approved', async () => {
    const given = call('frobnicate --all');
    const denial = await ask(given);
    expect(denial).toMatchObject({
      kind: 'approval',
      code: 'approval.required',
      message: 'No rule allows this command by itself.',
      reasons: [{ code: 'approval.command', reference: 'command:command.unmatched' }, { policy: 'command.ask.command' }],
    });
    if (denial === 'ran') throw new Error('it ran');
    approve(world, denial.approval?.id ?? '');
    expect(await ask(given)).toBe('ran');
    expect(await ask(given)).toMatchObject({ code: 'approval.required' });
  });

  test('the gate of a rule is who is asked', async () => {
    const { ask: asked } = await judgeCall(deps, call('terraform -chdir=prod apply'));
    expect(asked).toMatchObject({
      action: 'command.mutateHigh',
      resource: { type: 'Countersign::Command', id: 'terraform' },
      args: { verdict: 'ask', gates: ['infra'], rules: ['terraform.change'], sandbox: 'work', enforcement: 'runner' },
      grounds: [{ code: 'approval.infra', message: 'Changes real infrastructure.', reference: 'commands.yaml#terraform.change' }],
    });
    expect(await ask(call('terraform apply'))).toMatchObject({
      code: 'approval.required',
      reasons: [{ message: 'Changes real infrastructure.' }, {}],
    });
  });

  test('without rules nothing runs', async () => {
    const commands = { rules: [], default: 'forbid', executables: new Map(), gates: new Map() } as const;
    world.snapshot = { ...snapshot, commands };
    expect(await ask(call('ls'))).toMatchObject({ code: 'command.forbidden', message: 'No rule allows this command by itself.' });
  });

  test('without a bundle nothing runs, and nothing throws', async () => {
    world.snapshot = undefined;
    const judged = await judgeCall(deps, call('ls'));
    expect([judged.revision, judged.verdict.verdict]).toEqual(['none', 'forbid']);
    expect(await ask(call('ls'))).toMatchObject({ code: 'bundle.missing' });
  });

  test('a planner only reads', async () => {
    const agent = snapshot.agents.get('docs-refresh-planner-dev');
    if (agent === undefined) throw new Error('the starter has no such agent');
    const { caller } = call('ls');
    const mandate =
      caller.mandate === undefined ? undefined : { ...caller.mandate, agent: agent.id, useCase: agent.useCases[0] ?? '' };
    const as = { caller: { ...caller, agent, mandate } };
    expect(await ask(call('npm test', as))).toMatchObject({ code: 'role.planner-reads' });
  });
});

describe('an approval is for this and nothing else', () => {
  const digest = async (changes: Partial<CommandCall>): Promise<string | undefined> =>
    (await judgeCall(deps, call('frobnicate', changes))).ask.contentDigest;

  test.each<[string, Partial<CommandCall>]>([
    ['another directory', { cwd: '/checkout/src' }],
    ['other roots', { roots: ['/checkout', '/data'] }],
    ['another shell', { shell: '/bin/sh' }],
    ['another variable', { environment: ['PATH', 'HOME', 'TOKEN'] }],
    ['another profile', { profile: 'wide' }],
    ['a hook', { enforcement: 'hook' }],
    ['another text', { command: { text: 'frobnicate ', dialect: 'bash' } }],
    ['words', { command: { argv: ['frobnicate'] } }],
  ])('%s is another request', async (_, changes) => {
    expect(await digest(changes)).not.toBe(await digest({}));
  });

  test('the order of names is not', async () => {
    expect(await digest({ environment: ['HOME', 'PATH'] })).toBe(await digest({}));
  });
});

describe('what an approver is shown', () => {
  test('words that can be told apart, and nothing that hides', async () => {
    const { ask: asked } = await judgeCall(deps, call("frobnicate 'a b' \u202Ec"));
    const shown = canonicalize(asked.shown ?? null);
    expect(shown).not.toMatch(/[\u202E\u0000-\u001f]/u);
    expect(asked.shown).toMatchObject({ commands: null, codes: ['shell.hidden-char'], cwd: '/checkout', sandbox: 'work' });
  });

  test('a half of a surrogate pair denies, and is recorded', async () => {
    expect(await ask(call('frobnicate \ud800'))).toMatchObject({ code: 'approval.required' });
  });

  test('what the scanner takes out is not shown, and raises the class', async () => {
    const inspector: Inspector = {
      inspect: (text) => ({
        text: text.replaceAll('hunter2', '[REDACTED]'),
        findings: text.includes('hunter2') ? [{ rule: 'generic-password', raises: 'restricted' }] : [],
      }),
    };
    const { ask: asked } = await judgeCall({ ...deps, inspector }, call('frobnicate --password hunter2'));
    expect(canonicalize(asked.shown ?? null)).not.toContain('hunter2');
    expect(asked).toMatchObject({
      detectedClass: 'restricted',
      args: { findings: ['generic-password'] },
      payloads: [{ class: 'restricted' }],
    });
  });

  test('what cannot be scanned does not run', async () => {
    const inspector: Inspector = { inspect: () => Promise.reject(new Error('late')) };
    deps = { ...deps, inspector };
    expect(await ask(call('ls'))).toMatchObject({ code: expect.stringMatching(/^(?:command\.forbidden|data\.)/) as string });
    expect((await judgeCall(deps, call('ls'))).ask.args).toMatchObject({ verdict: 'forbid' });
  });
});

describe('a look inside', () => {
  const scripts = (answer: () => Promise<ScriptFindings>) => ({ ...deps, scripts: { inspect: answer } });

  test('finds what is forbidden in what could not be split', async () => {
    const judged = await judgeCall(
      scripts(async () => ({ commands: [['git', 'push']] })),
      call('echo $(git push)'),
    );
    expect(judged.verdict).toMatchObject({ verdict: 'forbid', rules: ['git.no-push'] });
  });

  test('never allows, and says when it could not look', async () => {
    const late = await judgeCall(
      scripts(async () => ({ commands: [], notInspected: 'deadline' })),
      call('echo $(date)'),
    );
    expect([late.verdict.verdict, late.record.notInspected]).toEqual(['ask', 'deadline']);
    const broken = await judgeCall(
      scripts(() => Promise.reject(new Error('gone'))),
      call('echo $(date)'),
    );
    expect([broken.verdict.verdict, broken.record.notInspected]).toEqual(['ask', 'failed']);
    const fine = await judgeCall(
      scripts(async () => ({ commands: [['date']] })),
      call('echo $(date)'),
    );
    expect(fine.verdict.verdict).toBe('ask');
  });

  test('is recorded, so that the verdict comes out the same again', async () => {
    const judged = await judgeCall(
      scripts(async () => ({ commands: [['git', 'push']] })),
      call('echo $(git push) \ud800'),
    );
    const [payload] = judged.ask.payloads ?? [];
    const record = readCommandRecord(payload?.bytes ?? new Uint8Array());
    if (record === undefined) throw new Error('no record');
    expect(record).toEqual(judged.record);
    expect(verdictOn(record.command, record.facts, snapshot.commands)).toEqual(judged.verdict);
  });
});
