/** Servers of kind `memory`: no wire, no credential, the same places and deadlines as every other. */
import type { ToolServerRecord } from '../../ports/registry.ts';
import type { ServerOffer, ToolReply } from '../../ports/tool.ts';
import type { InProcess } from './deps.ts';
import type { Act } from './mcp/act.ts';
import { within } from './parts/within.ts';
import type { Source } from './source.ts';

export class MemorySource implements Source {
  readonly #record: ToolServerRecord;
  readonly #inProcess: InProcess;

  constructor(record: ToolServerRecord, inProcess: InProcess) {
    this.#record = record;
    this.#inProcess = inProcess;
  }

  call({ request, grant, signal }: Act): Promise<ToolReply> {
    return within(this.#inProcess.call(grant, { ...request, signal }), signal, true);
  }

  offer(): Promise<ServerOffer> {
    return this.#inProcess.offer(this.#record);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
