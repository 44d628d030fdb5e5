/**
 * Calls that wait for input. Their ids are all that leaves the process: 128 random bits that stand for nothing else, bound to the server
 * and the binding, good for one resumption.
 */
import { randomBytes } from 'node:crypto';
import type { JsonRecord } from '@countersign/kernel/json';
import type { ToolReply } from '../../../ports/tool.ts';
import type { Limits } from '../parts/limits.ts';
import type { Act } from './act.ts';

export interface ParkedCall {
  readonly binding: string;
  /** Goes on with what was answered. @throws Failed */
  resume(inputResponses: JsonRecord, act: Act): Promise<ToolReply>;
  /** Gives it up at the server. */
  cancel(): void;
}

interface Entry {
  readonly call: ParkedCall;
  readonly timer: NodeJS.Timeout;
}

const ID = /^prk_[A-Za-z0-9_-]{22}$/;

export class Parked {
  readonly #limits: Limits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** @returns the state to hand out; undefined where the binding has too many already */
  park(call: ParkedCall): string | undefined {
    let own = 0;
    for (const entry of this.#entries.values()) if (entry.call.binding === call.binding) own += 1;
    if (own >= this.#limits.parkedMax) return undefined;
    const id = `prk_${randomBytes(16).toString('base64url')}`;
    const timer = setTimeout(() => {
      if (this.#entries.delete(id)) call.cancel();
    }, this.#limits.parkedMs);
    this.#entries.set(id, { call, timer });
    return id;
  }

  /** The call, once; `lost` for one that is gone or another's; undefined for a state that is none of ours. */
  take(state: string | null, binding: string): ParkedCall | 'lost' | undefined {
    if (state === null || !ID.test(state)) return undefined;
    const entry = this.#entries.get(state);
    if (entry === undefined || entry.call.binding !== binding) return 'lost';
    this.#entries.delete(state);
    clearTimeout(entry.timer);
    return entry.call;
  }

  close(): void {
    for (const { call, timer } of this.#entries.values()) {
      clearTimeout(timer);
      call.cancel();
    }
    this.#entries.clear();
  }
}
