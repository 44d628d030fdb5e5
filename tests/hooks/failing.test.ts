/** When nobody can be asked, nothing happens: each way in which a decision point can go wrong, with the real clients and generated files. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Faulty, TROUBLES } from './faulty.ts';
import { type ClientKind, HookStage } from './stage.ts';

let stage: HookStage;
let faulty: Faulty;
beforeAll(async () => {
  stage = await HookStage.open();
  faulty = await Faulty.open(stage.at.server.url);
});
afterAll(async () => {
  await faulty?.close();
  await stage?.close();
});

const shell = (kind: ClientKind, command: string) =>
  kind === 'claude' ? { tool: 'Bash', input: { command, description: 'x' } } : { tool: 'exec_command', input: { cmd: command } };
const write = (kind: ClientKind, name: string) =>
  kind === 'claude'
    ? { tool: 'Write', input: { file_path: join(stage.workshop.repository, name), content: 'x\n' } }
    : { tool: 'apply_patch', input: `*** Begin Patch\n*** Add File: ${name}\n+x\n*** End Patch\n` };

/** Where it may take a while, the client is given less patience than its files have. */
const run = (kind: ClientKind, steps: Parameters<HookStage['run']>[1]) => {
  const patience = faulty.trouble === 'slow' ? { patience: 3 } : {};
  return stage.run(kind, steps, { points: { doors: faulty.url, ...patience } });
};

const allows = async (): Promise<number> => (await stage.query("select 1 from hook_call where word = 'allow'")).length;

describe.each(['claude', 'codex'] as const)('%s', (kind) => {
  test('does what it may while the decision point is well', async () => {
    faulty.trouble = undefined;
    const { results, ...ended } = await run(kind, [shell(kind, 'ls -a'), write(kind, `src/well-${kind}`)]);
    expect(results[0], JSON.stringify(ended).slice(0, 4_000)).toContain('README.md');
    expect(existsSync(join(stage.workshop.repository, `src/well-${kind}`))).toBe(true);
  });

  test.each(TROUBLES)('does nothing when the answer is: %s', async (trouble) => {
    faulty.trouble = trouble;
    faulty.asked = 0;
    const before = await allows();
    const marker = `src/${trouble.replaceAll(' ', '-')}-${kind}`;
    const { results, ...ended } = await run(kind, [
      shell(kind, 'ls -a'),
      shell(kind, `touch ${marker}`),
      write(kind, `${marker}.md`),
    ]);
    const told = JSON.stringify({ results, ended }, null, 1).slice(0, 6_000);
    expect(faulty.asked, told).toBeGreaterThan(0);
    expect(
      results.some((result) => result.includes('README.md')),
      told,
    ).toBe(false);
    for (const name of [marker, `${marker}.md`])
      expect(existsSync(join(stage.workshop.repository, name)), `${name}\n${told}`).toBe(false);
    expect(await allows()).toBe(before);
  });
});
