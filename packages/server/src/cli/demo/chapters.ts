/** The scenes of the demonstration, each one a promise that it keeps or throws. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { pathOf } from '../../client/index.ts';
import { claudeSays, runClaude } from './claude.ts';
import { type AgentRun, codexSays, runCodex } from './codex.ts';
import { ANSWER_PROMPT, REPAIR_PROMPT } from './scenarios.ts';
import type { Stage } from './stage.ts';
import type { Teller } from './tell.ts';
import { git, resetWorkshop, testsPass, type Workshop } from './workshop.ts';

export const AGENT = 'payments-test-repair-editor-dev';

export interface Show {
  readonly stage: Stage;
  readonly tell: Teller;
  readonly workshop: Workshop;
  readonly signal: AbortSignal;
}

export interface Task {
  readonly id: string;
  readonly mandate: string;
  /** An agent's key that carries the mandate: a client needs to know nothing else. */
  readonly key: string;
}

export class DemoFailed extends Error {}

export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new DemoFailed(what);
}

/** Lin, who owns the agent, asks for a task; the answer is five questions and a signed mandate. */
export async function admitTask({ stage, tell }: Show, ticket: string): Promise<Task> {
  const lin = await stage.clientOf('lin');
  const { json } = await lin.post('/api/v1/tasks', {
    agent: AGENT,
    ticket,
    repository: 'payments',
    modules: ['payments-slug'],
    capabilities: ['file.edit', 'command'],
    actions: ['model.call', 'model.count'],
    useCase: 'code-maintenance',
    changeClass: 'code',
    dataClass: 'internal',
    estimateMicroUsd: 2_000_000,
    budgetMicroUsd: 5_000_000,
  });
  for (const answer of recordsOf(json['answers'])) tell.line(`${String(answer['text']).padEnd(48)} ${String(answer['answer'])}`);
  const mandate = recordOf(json['mandate']);
  const id = String(mandate['id']);
  tell.good(
    `mandate ${id}, on behalf of ${String(mandate['onBehalfOf'])}, ticket ${String(mandate['ticket'])}, until ${String(mandate['expiresAt'])}`,
  );
  return { id: String(json['task']), mandate: id, key: await stage.keyOf('agents', AGENT, { mandate: id }) };
}

type Client = 'codex' | 'claude';

function runOf({ stage, workshop, signal, tell }: Show, task: Task, binary: string): Omit<AgentRun, 'model' | 'prompt'> {
  const onLine = (line: string) => {
    const text = codexSays(line);
    if (text !== undefined) tell.line(`codex ${text}`);
  };
  return { binary, workshop, url: stage.server.url, key: task.key, onLine, signal };
}

const MODELS: Readonly<Record<Client, string>> = { codex: 'gpt-5.5', claude: 'claude-sonnet-5-5' };

/** The agent's own client, unmodified, finds the bug and fixes it. */
export async function repair(show: Show, task: Task, client: Client, binary: string): Promise<void> {
  const { tell, workshop } = show;
  resetWorkshop(workshop);
  expect(!testsPass(workshop), 'the sample is not broken');
  tell.line('the test of the sample fails');
  const run = { ...runOf(show, task, binary), model: MODELS[client], prompt: REPAIR_PROMPT };
  const ended = client === 'codex' ? await runCodex(run) : await runClaude(run);
  if (client === 'claude') tell.line(`claude says: ${claudeSays(ended.stdout)}`);
  expect(
    ended.code === 0 && !ended.timedOut,
    `${client} ended with ${String(ended.code)}: ${(ended.stderr || ended.stdout).slice(-600)}`,
  );
  expect(testsPass(workshop), `the test still fails after ${client}'s work`);
  for (const line of git(workshop.repository, 'diff', '--unified=0')
    .split('\n')
    .filter((text) => /^[+-] /.test(text)))
    tell.line(line);
  tell.good(`${client} fixed it, and the test passes`);
}

/** The same client says that its data is restricted: the call is denied, and the client shows why. */
export async function denied(show: Show, task: Task, binary: string): Promise<void> {
  const { tell } = show;
  const told: string[] = [];
  const run = {
    ...runOf(show, task, binary),
    model: MODELS.codex,
    prompt: ANSWER_PROMPT,
    headers: { 'X-Countersign-Data-Class': 'restricted' },
    onLine: (line: string) => {
      const text = codexSays(line);
      if (text !== undefined) told.push(text);
    },
  };
  const ended = await runCodex(run);
  expect(ended.code !== 0, 'codex was not denied');
  const reason = told.find((text) => text.startsWith('was told')) ?? '';
  expect(reason.includes('higher class'), `codex did not show the reason: ${told.join(' | ')}`);
  tell.bad(`codex ${reason}`);
}

/** A preview model needs a person: the call is held open, Grace looks and approves, and the same call goes on. */
export async function heldAndApproved(show: Show, task: Task, binary: string): Promise<void> {
  const { stage, tell } = show;
  const grace = await stage.clientOf('grace');
  const run = runCodex({ ...runOf(show, task, binary), model: 'gpt-6-astra', prompt: ANSWER_PROMPT });
  const approval = await openApproval(show, grace);
  const shown = recordOf(approval['shown']);
  const [why] = recordsOf(shown['why']);
  const [gate] = recordsOf(approval['gates']);
  tell.line(`held: ${String(why?.['message'])}`);
  tell.line(
    `      ${String(shown['action'])} of ${AGENT} for ${String(shown['onBehalfOf'])}, at most ${String(recordOf(shown['cost'])['estimateMicroUsd'])} micro-USD`,
  );
  tell.line(`      needs ${String(gate?.['min'])} of ${String(gate?.['approvers'])}: ${String(approval['url'])}`);
  const id = String(approval['id']);
  await grace.post(pathOf`/api/v1/approvals/${id}/verdict`, {
    answer: 'approve',
    reason: 'A question about code that is public anyway.',
    shownDigest: String(approval['shownDigest']),
  });
  tell.good('grace approved exactly this call, once');
  const ended = await run;
  expect(ended.code === 0, `codex did not go on: ${ended.stdout.slice(-600)}`);
}

/** Waits for the request that the held call opened. */
async function openApproval(
  { signal }: Show,
  person: { get(path: string, query: { state: string }): Promise<{ json: JsonRecord }> },
): Promise<JsonRecord> {
  const until = Date.now() + HELD_MS;
  while (Date.now() < until && !signal.aborted) {
    const { json } = await person.get('/api/v1/approvals', { state: 'open' });
    const [approval] = recordsOf(json['data']);
    if (approval !== undefined) return approval;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new DemoFailed('no call was held');
}

/** A client needs a few seconds to start; more than this means that nothing was held. */
const HELD_MS = 30_000;

export const recordOf = (value: unknown): JsonRecord => (isRecord(value) ? value : {});
export const recordsOf = (value: unknown): readonly JsonRecord[] => (Array.isArray(value) ? value.filter(isRecord) : []);
