/** A call to a legacy server on its way: what it was asked meanwhile, and who is to hear of it. */
import type { Json, JsonRecord } from '@countersign/kernel/json';
import type { ToolReply } from '../../../ports/tool.ts';
import type { Ask } from '../wire/wire.ts';
import type { Act } from './act.ts';
import { answerTo } from './reply.ts';

/** More would only be noise; what a server says beyond is dropped. */
const EVENTS_MAX = 1_000;
const ASKED_MAX = 32;

const NOT_BEGUN = new Promise<never>(() => undefined);

interface Asked {
  /** JSON-RPC id of the server's request. */
  readonly id: Json;
  readonly request: JsonRecord;
}

export class LiveCall {
  readonly token: number;
  /** Ends it at the server. */
  readonly stop = new AbortController();
  readonly asks = new Set<Ask>();
  /** By key, each used once. */
  readonly #open = new Map<string, Asked>();
  act: Act;
  parked = false;
  over = false;
  failed = false;
  /** Set when it begins. */
  run: Promise<ToolReply> = NOT_BEGUN;
  #asked: () => void = () => undefined;
  #keys = 0;
  #events = 0;

  constructor(token: number, act: Act) {
    this.token = token;
    this.act = act;
  }

  /** Resolves when the server asks for input; at once where it has asked already. */
  whenAsked(): Promise<'asked'> {
    return new Promise((done) => {
      this.#asked = () => done('asked');
      if (this.#open.size > 0) done('asked');
    });
  }

  /** @returns false where it asks too much */
  ask(id: Json, request: JsonRecord): boolean {
    if (this.#open.size >= ASKED_MAX) return false;
    this.#keys += 1;
    this.#open.set(`input-${this.#keys}`, { id, request });
    this.#asked();
    return true;
  }

  /** What is open, in the port's form. */
  requests(): JsonRecord {
    return Object.fromEntries([...this.#open].map(([key, { request }]) => [key, request]));
  }

  /** Takes out what is answered: ids of the server's requests with `{result}` or `{error}`. */
  answer(responses: JsonRecord): readonly { readonly id: Json; readonly answer: JsonRecord }[] {
    const found: { id: Json; answer: JsonRecord }[] = [];
    for (const [key, { id, request }] of this.#open) {
      const response = responses[key];
      if (typeof response !== 'object' || response === null || Array.isArray(response)) continue;
      this.#open.delete(key);
      found.push({ id, answer: answerTo(request.method, response as JsonRecord) });
    }
    return found;
  }

  get waits(): boolean {
    return this.#open.size > 0;
  }

  progress(params: JsonRecord): void {
    const { progressToken: _token, _meta: _ours, ...rest } = params;
    if (this.#count()) this.act.events.progress(rest);
  }

  message(params: JsonRecord): void {
    const { _meta: _ours, ...rest } = params;
    if (this.#count()) this.act.events.message(rest);
  }

  #count(): boolean {
    this.#events += 1;
    return !this.parked && this.#events <= EVENTS_MAX;
  }
}
