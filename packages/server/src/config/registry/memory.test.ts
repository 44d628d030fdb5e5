import { describe, expect, test } from 'vitest';
import { MEMORY_RULES } from '../../ports/memory.ts';
import { unpackArchive } from '../build/archive.ts';
import { buildBundle, type BuildResult } from '../build/build.ts';
import { snapshotOf } from '../build/snapshot.ts';
import { findingText } from '../finding.ts';
import { diffSnapshots } from '../plan/diff.ts';
import { starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';

const MAIN = 'countersign.yaml';

/** The starter with another `memory` block, which is the last of its file; none where it is empty. */
async function build(block: string): Promise<BuildResult> {
  const files = await starterFiles();
  const text = files[MAIN] ?? '';
  return await buildBundle({ ...files, [MAIN]: text.slice(0, text.indexOf('\nmemory:') + 1) + block }, { cedar: cedarText });
}

async function built(block: string): Promise<Extract<BuildResult, { ok: true }>> {
  const result = await build(block);
  if (!result.ok) throw new Error(result.findings.map(findingText).join('\n'));
  return result;
}

const told = async (block: string): Promise<string> => (await build(block)).findings.map(findingText).join('\n');

describe('rules about memories', () => {
  test('the starter says what holds anyway, and what is left out has its default', async () => {
    const result = await buildBundle(await starterFiles(), { cedar: cedarText });
    if (!result.ok) throw new Error('the starter');
    expect(result.snapshot.settings.memory).toEqual(MEMORY_RULES);
    expect((await built('')).snapshot.settings.memory).toEqual(MEMORY_RULES);
    const own = await built('memory:\n  internal: { allowed: true, days: 3, finest: agent, coarsest: team }\n');
    expect(own.snapshot.settings.memory).toEqual({
      ...MEMORY_RULES,
      internal: { allowed: true, days: 3, finest: 'agent', coarsest: 'team' },
    });
  });

  test('an archive that is older than they are has the defaults', async () => {
    const { archive, revision } = await built('memory:\n  public: { allowed: false, days: 1, coarsest: task }\n');
    const { built: parts } = unpackArchive(archive, revision);
    expect(snapshotOf('r', parts).settings.memory.public.allowed).toBe(false);
    const { memory: _memory, ...older } = parts.registries.settings;
    expect(snapshotOf('r', { ...parts, registries: { ...parts.registries, settings: older } }).settings.memory).toEqual(
      MEMORY_RULES,
    );
  });

  test('a plan shows that they differ', async () => {
    const [before, after] = [
      await built(''),
      await built('memory:\n  public: { allowed: true, days: 91, coarsest: organisation }\n'),
    ];
    const [change] = diffSnapshots(before.snapshot, after.snapshot);
    expect([change?.group, change?.details.length, change?.details[0]?.startsWith('memory: ')]).toEqual(['settings', 1, true]);
  });

  test.each([
    ['restricted: { allowed: true, days: 1, coarsest: task }', /error memory\.restricted: Restricted data is never remembered/],
    ['internal: { allowed: true, days: 1, finest: team, coarsest: agent }', /error memory\.scopes: No scope is left/],
    ['confidential: { allowed: true, days: 100, coarsest: agent }', /warning memory\.order: .*confidential live longer/],
    [
      'confidential: { allowed: true, days: 1, coarsest: organisation }\n  internal: { allowed: true, days: 1, coarsest: team }',
      /memory\.order/,
    ],
    ['internal: { allowed: true, days: 0, coarsest: team }', /`memory\.internal\.days`/],
    ['internal: { allowed: true, days: 3651, coarsest: team }', /`memory\.internal\.days`/],
    ['internal: { allowed: true, days: 1 }', /`memory\.internal\.coarsest` is missing/],
    ['internal: { allowed: true, days: 1, coarsest: planet }', /`memory\.internal\.coarsest`/],
    ['secret: { allowed: true, days: 1, coarsest: team }', /`memory\.secret` is not a key here/],
  ])('%s', async (rule, finding) => {
    expect(await told(`memory:\n  ${rule}\n`)).toMatch(finding);
  });
});
