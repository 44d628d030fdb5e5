/** The second half: what is on record, and what the record is good for. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type JsonRecord } from '@countersign/kernel/json';
import { pathOf } from '../../client/index.ts';
import { readDirectory } from '../../config/read/files.ts';
import { verifyExport } from '../../verify/export.ts';
import { DemoFailed, expect, recordOf, recordsOf, type Show, type Task } from './chapters.ts';
import { dollars } from './tell.ts';

/** One line for each thing that happened in the task, and what it cost. */
export async function timeline({ stage, tell }: Show, task: Task): Promise<void> {
  const { json } = await stage.admin.get('/api/v1/decisions', { task: task.id, limit: 1_000 });
  let spent = 0;
  for (const item of recordsOf(json['data'])) {
    const cost = typeof item['microUsd'] === 'number' ? item['microUsd'] : 0;
    spent += cost;
    const said = item['answer'] ?? item['status'] ?? '';
    const what = `${String(item['action'] ?? '')} ${String(item['resource'] ?? '')}`.trim();
    tell.line(
      `${String(item['ts']).slice(11, 23)}  ${String(item['type']).padEnd(18)} ${String(said).padEnd(16)} ${what.padEnd(34)} ${String(item['code'] ?? '')}${cost > 0 ? ` ${dollars(cost)}` : ''}`,
    );
  }
  tell.good(`the task spent ${dollars(spent)} of its $5.00`);
}

/** Files and a public key: nothing of the server is asked, or trusted. */
export async function verify({ stage, tell }: Show): Promise<void> {
  const target = join(stage.dir, 'ledger');
  await settled(stage.admin);
  for await (const file of stage.admin.lines('/api/v1/ledger/export')) {
    // The last line says that the export is whole.
    if (typeof file['path'] !== 'string') continue;
    const path = join(target, String(file['path']));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(String(file['base64']), 'base64'));
  }
  const report = await verifyExport(target, { vkey: stage.server.verifierKey });
  for (const level of report.levels)
    tell.line(`${String(level.level)}. ${level.name.padEnd(12)} ${level.status} ${JSON.stringify(level.counts)}`);
  expect(
    report.ok,
    `the ledger does not verify: ${JSON.stringify(report.levels.flatMap((level) => level.findings)).slice(0, 600)}`,
  );
  tell.good(`${String(report.size)} entries verify offline against ${stage.server.verifierKey}`);
  tamper({ stage, tell }, target);
  const forged = await verifyExport(target, { vkey: stage.server.verifierKey });
  expect(!forged.ok, 'a changed entry was not noticed');
  tell.good(`one bit of the copy changed: ${forged.levels.flatMap((level) => level.findings)[0]?.text ?? 'refused'}`);
}

/** Changes one bit of the exported copy. */
function tamper({ stage, tell }: Pick<Show, 'stage' | 'tell'>, target: string): void {
  const entries = readdirSync(join(target, 'tile', 'entries'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const path = join(entries[0]?.parentPath ?? target, entries[0]?.name ?? 'checkpoint');
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  tell.line(`now one bit of ${path.slice(stage.dir.length + 1)} is flipped`);
}

/** The newest checkpoint is at most a second behind. */
async function settled(admin: Show['stage']['admin']): Promise<void> {
  const wanted = (await admin.get('/api/v1/ledger/entries', { limit: 1 })).json;
  const size = typeof wanted['size'] === 'number' ? wanted['size'] : 0;
  for (let tries = 0; tries < 60; tries++) {
    const { json } = await admin.get('/api/v1/ledger/checkpoint').catch(() => ({ json: {} as JsonRecord }));
    if (typeof json['size'] === 'number' && json['size'] >= size && size > 0) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** Waits for a job of the API and gives its report. */
async function reportOf(show: Show, started: JsonRecord): Promise<JsonRecord> {
  const id = String(started['id']);
  for (let tries = 0; tries < 600; tries++) {
    const { json } = await show.stage.admin.get(pathOf`/api/v1/jobs/${id}`);
    if (json['state'] === 'done') return recordOf(json['report']);
    if (json['state'] !== 'running') throw new DemoFailed(`the job ended as ${String(json['state'])}: ${JSON.stringify(json)}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new DemoFailed('the job did not end');
}

export async function replay(show: Show): Promise<void> {
  const { json } = await show.stage.admin.post('/api/v1/replays', {});
  const report = await reportOf(show, json);
  const [decisions, identical] = [Number(report['decisions']), Number(report['identical'])];
  expect(
    decisions > 0 && decisions === identical,
    `not every decision re-evaluates identically: ${JSON.stringify(report).slice(0, 800)}`,
  );
  show.tell.good(`${identical} of ${decisions} decisions re-evaluate identically`);
}

/** The candidate: one more gate, with the two cases that every gate needs. */
const STRICTER: Readonly<Record<string, string>> = {
  'policies/60-trial.cedar': `
// On trial in the demonstration: an answer that may become very long needs a person.
@id("gate.long-answers") @layer("gate") @gate("long-answer") @approvers("group:security") @min("1") @reason("approval.long-answer")
@owner("team:platform") @escalate("group:security") @message("Answers of more than 50,000 tokens need a person.")
forbid (principal is Countersign::Agent, action == Countersign::Action::"model.call", resource)
when { context.outputTokens > 50000 }
unless { context.approvals.contains("long-answer") };
`,
  'policies/tests/trial.yaml': `
cases:
  - name: a long answer asks security
    fixture: call
    principal: Agent::payments-test-repair-editor-dev
    action: model.call
    resource: Model::gpt-5.5
    args: { outputTokens: 50001 }
    expect: { decision: requireApproval, policies: [gate.long-answers] }
  - name: a short answer does not
    fixture: call
    principal: Agent::payments-test-repair-editor-dev
    action: model.call
    resource: Model::gpt-5.5
    args: { outputTokens: 50000 }
    expect: { decision: allow }
`,
};

export async function backtest(show: Show): Promise<void> {
  const { stage, tell } = show;
  const files = { ...(await readDirectory(stage.governance)), ...STRICTER };
  const { json } = await stage.admin.post('/api/v1/backtests', { files });
  const report = await reportOf(show, json);
  const flips = recordsOf(report['flips']);
  for (const flip of flips.slice(0, 6))
    tell.line(
      `${String(flip['at']).slice(11, 23)}  ${String(flip['direction'])}  ${String(flip['agent'])} for ${String(flip['onBehalfOf'])}: ${String(flip['action'])} ${String(flip['resource'])}`,
    );
  expect(flips.length > 0, `the stricter policy changed nothing: ${JSON.stringify(report).slice(0, 600)}`);
  tell.good(
    `a stricter policy would have flipped ${flips.length} decisions: approvals ${JSON.stringify(report['approvals'])}, micro-USD ${JSON.stringify(report['money'])}`,
  );
}
