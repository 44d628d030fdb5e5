/** What a legacy server says on its own: answered at once, or brought to the call that it belongs to. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { Ask, Hear } from '../wire/wire.ts';
import type { LiveCall } from './live.ts';
import { inputRequest, isKnownAsk, mayAsk } from './reply.ts';
import type { SessionTerms } from './session.ts';

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;

interface EarsTerms {
  readonly tell: (message: JsonRecord) => void;
  /** Capabilities that the server was told of. */
  readonly declared: JsonRecord;
  readonly changed: SessionTerms['changed'];
}

export class Ears {
  readonly #terms: EarsTerms;
  readonly lives = new Set<LiveCall>();

  constructor(terms: EarsTerms) {
    this.#terms = terms;
  }

  readonly hear: Hear = (message, ask) => {
    const params = isRecord(message.params) ? message.params : {};
    if (message.id === undefined) this.#notice(String(message.method), params, ask);
    else this.#request(message.id, { method: String(message.method), params }, ask);
  };

  #request(id: Json, { method, params }: { method: string; params: JsonRecord }, ask: Ask | undefined): void {
    if (method === 'ping') return this.#terms.tell({ jsonrpc: '2.0', id, result: {} });
    const { declared } = this.#terms;
    if (!isKnownAsk(method, declared)) return this.#refuse(id, METHOD_NOT_FOUND, 'Method not found');
    if (!mayAsk(method, params, declared)) return this.#refuse(id, INVALID_PARAMS, 'This mode was not declared');
    const live = this.#callOf(ask);
    if (live?.ask(id, inputRequest({ method, params }, declared)) !== true)
      this.#refuse(id, INTERNAL_ERROR, 'No call that this belongs to');
  }

  #notice(method: string, params: JsonRecord, ask: Ask | undefined): void {
    if (method === 'notifications/progress') this.#byToken(params.progressToken)?.progress(params);
    else if (method === 'notifications/message') this.#callOf(ask)?.message(params);
    else if (/^notifications\/(tools|prompts|resources)\/list_changed$/.test(method)) this.#terms.changed('list');
    else if (method === 'notifications/resources/updated' && typeof params.uri === 'string')
      this.#terms.changed('resource', params.uri);
  }

  #byToken(token: Json | undefined): LiveCall | undefined {
    for (const live of this.lives) if (live.token === token && live.act.request.progress) return live;
    return undefined;
  }

  /** The call whose stream it came on; else the only one that can be meant. */
  #callOf(ask: Ask | undefined): LiveCall | undefined {
    const running = [...this.lives].filter((live) => (ask === undefined ? !live.parked : live.asks.has(ask)));
    return running.length === 1 ? running[0] : undefined;
  }

  #refuse(id: Json, code: number, message: string): void {
    this.#terms.tell({ jsonrpc: '2.0', id, error: { code, message } });
  }
}
