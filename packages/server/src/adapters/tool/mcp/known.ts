/** What has to be known of a tool to call it: arguments that go into headers, and whether it answers through a task only. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { type ParamHeader, paramHeaders } from './param-headers.ts';

interface KnownTool {
  readonly headers: readonly ParamHeader[];
  readonly taskRequired: boolean;
}

const UNKNOWN: KnownTool = { headers: [], taskRequired: false };

export class KnownTools {
  #tools: Map<string, KnownTool> | undefined;
  #asking: Promise<void> | undefined;

  /** As the server listed them. */
  learn(tools: readonly JsonRecord[]): void {
    const map = new Map<string, KnownTool>();
    for (const tool of tools) {
      const headers = isRecord(tool.inputSchema) ? paramHeaders(tool.inputSchema) : [];
      const taskRequired = isRecord(tool.execution) && tool.execution.taskSupport === 'required';
      map.set(String(tool.name), { headers: typeof headers === 'string' ? [] : headers, taskRequired });
    }
    this.#tools = map;
  }

  forget(): void {
    this.#tools = undefined;
  }

  /** Asks for the list where it was never seen; calls that come meanwhile wait for the same answer. */
  async of(name: string, list: () => Promise<readonly JsonRecord[]>): Promise<KnownTool> {
    if (this.#tools === undefined) {
      this.#asking ??= list()
        .then((tools) => this.learn(tools))
        .finally(() => {
          this.#asking = undefined;
        });
      await this.#asking;
    }
    return this.#tools?.get(name) ?? UNKNOWN;
  }
}
