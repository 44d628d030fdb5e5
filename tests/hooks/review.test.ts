/** The real Codex asks a model for leave to act, and the model door answers from the road: allowed, denied, and approved by a person. */
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerOf } from '../support/installation.ts';
import { HookStage } from './stage.ts';

let stage: HookStage;
let fork: Server;
let reviews = 0;

/** The client's questions about its agent go to the model door, everything else to the scripted model: only a model is replaced. */
beforeAll(async () => {
  stage = await HookStage.open();
  fork = createServer((req: IncomingMessage, res) => {
    const isReview = req.headers['x-openai-subagent'] === 'guardian';
    if (isReview) reviews += 1;
    const target = new URL(isReview ? stage.at.server.url : stage.model.url);
    const onward = request(
      { hostname: target.hostname, port: target.port, method: req.method, path: req.url, headers: req.headers },
      (back) => {
        res.writeHead(back.statusCode ?? 502, back.headers);
        back.pipe(res);
      },
    );
    onward.on('error', () => res.destroy());
    res.on('close', () => onward.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((done) => fork.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  fork?.closeAllConnections();
  fork?.close();
  await stage?.close();
});

test('a wish to leave the sandbox is decided on the road', async () => {
  const outside = join(stage.workshop.home, 'reviewed');
  const step = (cmd: string) => ({ tool: 'exec_command', input: { cmd, sandbox_permissions: 'require_escalated' } });
  const running = stage.run('codex', [step('git push origin main'), step(`touch ${outside}`), step(`touch ${outside}`)], {
    points: { model: `http://127.0.0.1:${(fork.address() as AddressInfo).port}`, review: true },
    args: [
      ...[
        '-c',
        'approvals_reviewer="auto_review"',
        '-c',
        'features.guardian_approval=true',
        '-c',
        'approval_policy="on-request"',
      ],
    ],
    timeoutMs: 150_000,
  });
  await stage.verdict('approve', outside);
  await expect.poll(() => existsSync(outside), { timeout: 60_000 }).toBe(true);
  rmSync(outside, { force: true });
  await stage.verdict('deny', outside);
  const ended = await running;
  const told = JSON.stringify(ended, null, 1).slice(0, 8_000);
  expect(ended.results[0], told).toContain('Branches are pushed through the git door');
  expect(ended.results[2], told).toContain('said no');
  expect(existsSync(outside)).toBe(false);
  expect(reviews).toBeGreaterThanOrEqual(3);
  const decided = (await ledgerOf(stage.at)).filter(
    ({ type, action }) => type === 'decision' && String(action).startsWith('command.'),
  );
  expect(decided.map(({ decision }) => (decision as { answer: string }).answer)).toContain('allow');
}, 240_000);
