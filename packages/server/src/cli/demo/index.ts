/** `countersign demo`: a real agent, governed end to end, on this machine, in about a minute. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { admitTask, AGENT, DemoFailed, denied, heldAndApproved, repair, type Show } from './chapters.ts';
import { locateClients } from './clients.ts';
import { backtest, replay, timeline, verify } from './record.ts';
import { openStage } from './stage.ts';
import { Teller } from './tell.ts';
import { makeWorkshop } from './workshop.ts';

export interface DemoOptions {
  /** Narration. */
  readonly say: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Leaves the server running until `signal` aborts. */
  readonly keep: boolean;
  /** Absent: whichever is there. */
  readonly client?: 'codex' | 'claude' | 'both';
}

/** @returns false when something did not go as promised; it is told then @throws Fault when the installation does not start */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const tell = new Teller(options.say, process.stdout.isTTY);
  const clients = locateClients(options.env);
  const codex = options.client === 'claude' ? undefined : clients.codex;
  const claude = options.client === 'codex' ? undefined : clients.claude;
  if (codex === undefined && claude === undefined) {
    tell.bad(
      'no agent was found: install @openai/codex or @anthropic-ai/claude-agent-sdk, or set COUNTERSIGN_CODEX or COUNTERSIGN_CLAUDE',
    );
    return false;
  }
  tell.chapter('Start: database, doors and API on this machine');
  const stage = await openStage(options.env);
  try {
    tell.line(`${stage.server.url}, ${stage.server.storage}`);
    tell.line(`everything of this run is in ${stage.dir}`);
    tell.line(
      stage.scripted
        ? 'no provider key is set: the model is scripted, everything else is real'
        : 'the model is the real provider',
    );
    const room = join(stage.dir, 'workshop');
    mkdirSync(room);
    const show: Show = { stage, tell, workshop: makeWorkshop(room), signal: options.signal };
    await play(show, codex, claude);
    if (options.keep) await kept(show);
    return true;
  } catch (error) {
    if (!(error instanceof DemoFailed)) throw error;
    tell.bad(error.message);
    return false;
  } finally {
    await stage.close();
  }
}

async function play(show: Show, codex: string | undefined, claude: string | undefined): Promise<void> {
  const { tell } = show;
  tell.chapter(`Admit: may ${AGENT} do this task?`);
  const task = await admitTask(show, 'PAY-42');
  if (codex !== undefined) {
    tell.chapter('Work: Codex, unmodified, through the model door');
    await repair(show, task, 'codex', codex);
    tell.chapter('Deny: the same agent with restricted data');
    await denied(show, task, codex);
    tell.chapter('Hold: a preview model, and a person who approves');
    await heldAndApproved(show, task, codex);
  }
  if (claude !== undefined) {
    tell.chapter('Work: Claude Code, unmodified, through the same door');
    await repair(show, task, 'claude', claude);
  }
  tell.chapter('Record: what happened in the task, and what it cost');
  await timeline(show, task);
  tell.chapter('Verify: the ledger, offline');
  await verify(show);
  tell.chapter('Replay: every decision again, from the record');
  await replay(show);
  tell.chapter('Backtest: a stricter policy on this history');
  await backtest(show);
  tell.line('');
}

function kept({ stage, tell, signal }: Show): Promise<void> {
  tell.line(
    `still running: COUNTERSIGN_URL=${stage.server.url} COUNTERSIGN_KEY=$(cat ${join(stage.dir, 'data', 'admin.key')}); Ctrl-C ends it`,
  );
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
