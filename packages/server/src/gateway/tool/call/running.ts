/** One request while it runs: how it is cancelled, and what may be told or asked before it ends. */
import { randomBytes } from 'node:crypto';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { ToolEvents } from '../../../ports/tool.ts';
import { Leaving } from '../../wire/leaving.ts';
import { type Client, progressToken, wantsLog } from '../era/client.ts';
import { hasUrlElicitation } from '../era/versions.ts';
import type { Exchange } from '../exchange.ts';
import { readAnswer } from '../input/questions.ts';
import type { Answer } from '../rpc/answer.ts';
import type { RpcRequest } from '../rpc/message.ts';
import { readNotice } from './act.ts';

export interface Running {
  readonly answer: Answer;
  readonly signal: AbortSignal;
  readonly events: ToolEvents;
  readonly progress: boolean;
  /** Legacy clients are asked in the middle of the call. */
  readonly ask: ((asked: JsonRecord) => Promise<JsonRecord>) | undefined;
  /** Everything that was told before has gone out. */
  told(): Promise<void>;
  done(): void;
}

/** Undefined where the client runs a request with this id already. */
export function start(x: Exchange, client: Client, message: RpcRequest, server: string): Running | undefined {
  const answer = x.answer();
  const line = new Line(x, client, message, { answer, server });
  const rest = { answer, events: line, progress: line.token !== undefined, told: () => line.tail };
  const { session } = client;
  if (session === undefined) {
    // Closing the stream is how a modern client cancels.
    const leaving = new Leaving(x.res);
    return { ...rest, signal: leaving.signal, ask: undefined, done: () => leaving.done() };
  }
  const controller = x.door.inFlight.start(session.id, message.id);
  if (controller === undefined) return undefined;
  const { signal } = controller;
  return {
    ...rest,
    signal,
    ask: (asked) => askAll({ x, answer, session: session.id, version: client.version, signal }, asked),
    done: () => x.door.inFlight.end(session.id, message.id),
  };
}

/** Notifications in the order in which they came; reading them takes its time. */
class Line implements ToolEvents {
  readonly token: string | number | undefined;
  tail: Promise<void> = Promise.resolve();
  readonly #x: Exchange;
  readonly #client: Client;
  readonly #answer: Answer;
  readonly #server: string;
  #waiting = 0;

  constructor(x: Exchange, client: Client, message: RpcRequest, to: { readonly answer: Answer; readonly server: string }) {
    this.#x = x;
    this.#client = client;
    this.#answer = to.answer;
    this.#server = to.server;
    this.token = progressToken(message);
  }

  progress(params: JsonRecord): void {
    const { token } = this;
    const { progress, total, message } = params;
    if (token === undefined || typeof progress !== 'number') return;
    this.#later(async () => {
      const text = typeof message === 'string' ? await readNotice(this.#x.door, this.#server, message) : undefined;
      this.#answer.notify('notifications/progress', {
        progressToken: token,
        progress,
        ...(typeof total === 'number' ? { total } : {}),
        ...(text === undefined ? {} : { message: text }),
      });
    });
  }

  message(params: JsonRecord): void {
    const { level, logger, data } = params;
    if (!wantsLog(this.#client, level)) return;
    this.#later(async () => {
      const from = typeof logger === 'string' ? `${this.#server}/${logger.slice(0, 64)}` : this.#server;
      const read = await readNotice(this.#x.door, this.#server, data ?? null);
      this.#answer.notify('notifications/message', { level: level ?? 'info', logger: from, data: read });
    });
  }

  /** What cannot be read is not told. A server that tells more than is read is not listened to. */
  #later(step: () => Promise<void>): void {
    if (this.#waiting >= NOTICES_WAITING_MAX) return;
    this.#waiting += 1;
    this.tail = this.tail
      .then(step)
      .catch((thrown: unknown) => this.#x.door.log.warn('tool.notice', { server: this.#server, error: String(thrown) }))
      .then(() => {
        this.#waiting -= 1;
      });
  }
}

const NOTICES_WAITING_MAX = 256;

interface Asking {
  readonly x: Exchange;
  readonly answer: Answer;
  readonly session: string;
  readonly version: string;
  readonly signal: AbortSignal;
}

/** A question that nobody answers counts as put away. */
async function askAll(asking: Asking, asked: JsonRecord): Promise<JsonRecord> {
  const answers = await Promise.all(
    Object.entries(asked).map(
      async ([key, question]): Promise<[string, Json]> => [key, await askOne(asking, question as JsonRecord)],
    ),
  );
  return Object.fromEntries(answers);
}

const CANCEL: JsonRecord = { action: 'cancel' };

async function askOne({ x, answer, session, version, signal }: Asking, question: JsonRecord): Promise<JsonRecord> {
  const { mode, ...params } = isRecord(question['params']) ? question['params'] : {};
  const method = String(question['method']);
  const id = `ask_${randomBytes(16).toString('hex')}`;
  const waiting = x.door.parked.wait(session, id, signal);
  const modes = hasUrlElicitation(version) && mode !== undefined ? { mode } : {};
  const named = mode === 'url' ? { elicitationId: randomBytes(16).toString('hex') } : {};
  // Without a stream there is no way to ask.
  if (!answer.ask(id, method, { ...modes, ...named, ...params })) {
    x.door.parked.answer(session, id, undefined);
    return CANCEL;
  }
  return readAnswer(question, await waiting) ?? CANCEL;
}
