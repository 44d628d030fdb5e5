import { createHash } from 'node:crypto';
import type { CommandRules } from '@countersign/kernel/command';
import { describe, expect, test } from 'vitest';
import { commandRecordBytes, type CommandRecord, verdictOn } from '../ports/command-record.ts';
import { verdictDifferences } from './command-replay.ts';
import type { DecisionEntry, Evaluated, LedgerSource } from './recorded.ts';

const RULES: CommandRules = {
  rules: [
    {
      id: 'git.no-push',
      decision: 'forbid',
      form: { kind: 'prefix', words: [['git'], ['push']] },
      why: 'Not from here.',
      match: ['git push'],
      notMatch: ['git log'],
    },
  ],
  default: 'ask',
  executables: new Map(),
  gates: new Map(),
};
const command = { text: 'echo $(git push) \ud800', dialect: 'bash' } as const;
const facts = { cwd: '/checkout', roots: ['/checkout'], inner: [['git', 'push']] };
const RECORD: CommandRecord = {
  command,
  facts,
  shell: '/bin/bash',
  environment: ['PATH'],
  profile: null,
  enforcement: 'hook',
  verdict: verdictOn(command, facts, RULES),
};

interface Change {
  readonly record?: CommandRecord;
  readonly args?: Record<string, unknown>;
  readonly bytes?: Uint8Array;
  readonly state?: 'erased';
  readonly kept?: false;
  readonly rules?: CommandRules;
}

async function differences({
  record = RECORD,
  args = {},
  bytes,
  state,
  kept,
  rules = RULES,
}: Change): Promise<readonly string[]> {
  const recorded = commandRecordBytes(record);
  const blind = Buffer.alloc(32, 7);
  const digest = createHash('sha256').update(blind).update(recorded).digest('hex');
  const payload = state === undefined ? { state: 'present', blind, bytes: bytes ?? recorded } : { state };
  const source = { org: 'acme', payloads: { payload: async () => payload } } as unknown as LedgerSource;
  const entry = { payloads: [{ kind: 'command', digest, ...(kept === undefined ? {} : { kept }) }] } as unknown as DecisionEntry;
  const request = { args: { verdict: record.verdict.verdict, rules: record.verdict.rules, findings: [], ...args } };
  return verdictDifferences(source, entry, { request } as unknown as Evaluated, rules);
}

test('a verdict comes out the same, with what was found inside and half of a surrogate pair', async () => {
  expect(RECORD.verdict).toMatchObject({ verdict: 'forbid', rules: ['git.no-push'] });
  expect(await differences({})).toEqual([]);
});

describe('a record that does not give the verdict is found', () => {
  test.each<[string, Change, string]>([
    ['other rules', { rules: { ...RULES, rules: [] } }, 'command: forbid -> ask, of the rules of its revision'],
    [
      'nothing found inside',
      { record: { ...RECORD, facts: { cwd: '/checkout', roots: ['/checkout'] } } },
      'command: forbid -> ask, of the rules of its revision',
    ],
    ['another verdict decided', { args: { verdict: 'allow' } }, 'command: what was decided is not what was recorded'],
    ['other rules decided', { args: { rules: [] } }, 'command: what was decided is not what was recorded'],
    ['other bytes', { bytes: Buffer.from('{}') }, 'command: the record was tampered with'],
  ])('%s', async (_, change, expected) => {
    expect(await differences(change)).toEqual([expected]);
  });

  test('bytes that are no record', async () => {
    const record = { ...RECORD, verdict: undefined } as unknown as CommandRecord;
    expect(
      await differences({ record: { ...record, verdict: RECORD.verdict, facts: null } as unknown as CommandRecord }),
    ).toEqual(['command: the record cannot be read']);
  });
});

test('what is gone, or was never kept, is not guessed', async () => {
  expect(await differences({ state: 'erased' })).toEqual([]);
  expect(await differences({ kept: false })).toEqual([]);
});

test('what could not be scanned was refused, whatever the rules said', async () => {
  expect(await differences({ args: { verdict: 'forbid', findings: ['unscannable'], rules: [] } })).toEqual([]);
});
