/** The demonstration, as a newcomer runs it: the real Codex and the real Claude Code, governed end to end. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';

const PROGRAM = new URL('../../packages/server/dist/cli/main.js', import.meta.url).pathname;
/** A machine that is busy with other tests needs longer than the minute that the demonstration takes by itself. */
const DEMO_MS = 170_000;

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

function run(args: readonly string[]): Promise<Ended> {
  const { OPENAI_API_KEY: _openai, ANTHROPIC_API_KEY: _anthropic, DATABASE_URL: _database, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}

test(
  'real clients work, are denied, held, approved and recorded; the record verifies, replays and backtests',
  async () => {
    const { code, text } = await run(['demo']);
    const folder = /everything of this run is in (\S+)/.exec(text)?.[1];
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    const promises = [
      'codex fixed it, and the test passes',
      'This data is of a higher class than the agent may touch.',
      'held: This model is in preview',
      'grace approved exactly this call, once',
      'claude fixed it, and the test passes',
      'the task spent $0.',
      'entries verify offline against',
      'one bit of the copy changed:',
      'decisions re-evaluate identically',
      'a stricter policy would have flipped',
    ];
    expect(
      promises.filter((promise) => !text.includes(promise)),
      text,
    ).toEqual([]);
    expect(code, text).toBe(0);
  },
  DEMO_MS,
);
